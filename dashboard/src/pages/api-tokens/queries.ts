import { queryOptions } from "@tanstack/react-query";
import { fetchApiTokens, fetchFacets } from "@/api/calls";

export const API_TOKENS_KEY = ["api-tokens"] as const;

export const apiTokensQuery = (everybody: boolean) =>
  queryOptions({ queryKey: [...API_TOKENS_KEY, everybody], queryFn: () => fetchApiTokens(everybody) });

export const facetsQuery = queryOptions({ queryKey: ["facets"], queryFn: fetchFacets });
