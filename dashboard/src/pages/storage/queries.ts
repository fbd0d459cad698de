import { queryOptions } from "@tanstack/react-query";
import { fetchRetention } from "@/api/calls";
import { fetchStorage } from "@/api/hub";
import { queryClient } from "@/state/session";

const RETENTION_KEY = ["retention"] as const;

export const retentionQuery = queryOptions({ queryKey: RETENTION_KEY, queryFn: fetchRetention });
export const storageQuery = queryOptions({ queryKey: ["storage"], queryFn: fetchStorage, refetchInterval: 60_000 });

/** Reads anew what is kept, after a rule changed. */
export async function refresh(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: RETENTION_KEY }),
    queryClient.invalidateQueries({ queryKey: storageQuery.queryKey }),
  ]);
}
