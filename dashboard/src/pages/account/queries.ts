import { queryOptions } from "@tanstack/react-query";
import { fetchIdentities } from "@/api/identities";
import { fetchSessions, fetchTotp } from "@/api/people";

export const totpQuery = queryOptions({ queryKey: ["account", "totp"], queryFn: fetchTotp });
export const sessionsQuery = queryOptions({ queryKey: ["account", "sessions"], queryFn: fetchSessions });
export const identitiesQuery = queryOptions({ queryKey: ["account", "identities"], queryFn: fetchIdentities });
