import { queryOptions } from "@tanstack/react-query";
import { fetchEnrollmentTokens } from "@/api/enrollment";
import { queryClient } from "@/state/session";

const KEY = ["enrollment-tokens"] as const;

/** Read again now and then: servers come in while the page is open. */
export const tokensQuery = (spent: boolean) =>
  queryOptions({
    queryKey: [...KEY, spent],
    queryFn: () => fetchEnrollmentTokens(spent),
    refetchInterval: 10_000,
    staleTime: 0,
  });

export function refresh(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: KEY });
}
