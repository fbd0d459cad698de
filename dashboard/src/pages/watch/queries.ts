import { queryOptions } from "@tanstack/react-query";
import { fetchWatch } from "@/api/watch";
import { queryClient } from "@/state/session";

export const watchQuery = queryOptions({ queryKey: ["watch"], queryFn: fetchWatch, refetchInterval: 5000 });

/** Reads how the hub is again. */
export function refresh(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: watchQuery.queryKey });
}
