import { queryOptions } from "@tanstack/react-query";
import { fetchIdentities } from "@/api/identities";
import { fetchSessions, fetchTotp } from "@/api/people";
import { fetchPush } from "@/api/push";
import { currentSubscription, fingerprintOf } from "@/lib/push";

export const totpQuery = queryOptions({ queryKey: ["account", "totp"], queryFn: fetchTotp });
export const sessionsQuery = queryOptions({ queryKey: ["account", "sessions"], queryFn: fetchSessions });
export const identitiesQuery = queryOptions({ queryKey: ["account", "identities"], queryFn: fetchIdentities });
export const pushQuery = queryOptions({ queryKey: ["account", "push"], queryFn: fetchPush });
/** The fingerprint by which the hub lists this browser; empty while it is not subscribed. */
export const hereQuery = queryOptions({
  queryKey: ["account", "push", "here"],
  queryFn: async () => {
    const subscription = await currentSubscription();
    return subscription === null ? "" : fingerprintOf(subscription.endpoint);
  },
});
