import { queryOptions } from "@tanstack/react-query";
import { fetchAccounts } from "@/api/people";

export const accountsQuery = queryOptions({ queryKey: ["people"], queryFn: fetchAccounts });
