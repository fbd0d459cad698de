import { queryOptions } from "@tanstack/react-query";
import { fetchShares } from "@/api/shares";

export const SHARES_KEY = ["shares"] as const;

export const sharesQuery = (everybody: boolean) =>
  queryOptions({ queryKey: [...SHARES_KEY, everybody], queryFn: () => fetchShares(everybody) });
