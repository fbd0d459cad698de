import { queryOptions } from "@tanstack/react-query";
import { fetchAgent } from "@/api/calls";

export const agentQuery = (agent: number) =>
  queryOptions({ queryKey: ["agent", agent], queryFn: () => fetchAgent(agent), staleTime: 5000 });
