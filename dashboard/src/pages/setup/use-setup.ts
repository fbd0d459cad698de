import { useQuery } from "@tanstack/react-query";
import { type SetupFacts, type Step, setupSteps } from "@/lib/setup";
import { routesQuery } from "@/pages/notifications/queries";
import { accountsQuery } from "@/pages/people/queries";
import { rulesQuery } from "@/pages/rules/queries";
import { fleet, useGoverns, useUser } from "@/state/session";
import { useSignal } from "@/state/use-signal";

export interface Setup {
  facts: SetupFacts;
  steps: Step[];
  /** Whether all that this person may know is known. */
  complete: boolean;
}

/** How far the hub is set up, by how things are. */
export function useSetup(): Setup {
  const governs = useGoverns();
  const { totp } = useUser();
  const { agents, complete } = useSignal(fleet.view);
  const routes = useQuery({ ...routesQuery, enabled: governs });
  const accounts = useQuery({ ...accountsQuery, enabled: governs });
  const rules = useQuery({ ...rulesQuery, enabled: governs, refetchInterval: false });
  const reporting = agents.find(({ summary }) => summary.time !== null);
  const facts: SetupFacts = {
    reporting: reporting === undefined ? null : { id: reporting.id, name: reporting.name },
    targets: routes.data?.find((one) => one.default)?.targets.length,
    secondFactor: totp,
    people: accounts.data?.length,
    rules: rules.data?.filter(({ enabled }) => enabled).length,
  };
  const answered = !governs || [routes, accounts, rules].every(({ isPending }) => !isPending);
  return { facts, steps: setupSteps(facts), complete: (complete || reporting !== undefined) && answered };
}
