import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { fetchAudit, fetchAuditChain } from "@/api/calls";
import { type AuditSearch, WINDOWS } from "@/lib/audit-search";
import { hubNow } from "@/lib/clock";

/** The entries that the URL asks for, page by page. */
export function entriesQuery({ q, actor, target, action, result, within }: AuditSearch) {
  return infiniteQueryOptions({
    queryKey: ["audit", q, actor, target, action, result, within],
    queryFn: ({ pageParam, signal }) =>
      fetchAudit(
        {
          ...(q === undefined ? {} : { q }),
          ...(actor === undefined ? {} : { actor: [actor] }),
          ...(target === undefined ? {} : { target: [target] }),
          ...(action === undefined ? {} : { action }),
          ...(result === undefined ? {} : { result: [result] }),
          ...(within === undefined ? {} : { from: Math.floor(hubNow() - WINDOWS[within]) }),
          ...(pageParam === null ? {} : { cursor: pageParam }),
        },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: 5000,
    placeholderData: (previous) => previous,
  });
}

export const chainQuery = queryOptions({ queryKey: ["audit-chain"], queryFn: fetchAuditChain, staleTime: 5000 });
