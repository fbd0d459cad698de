import { queryOptions } from "@tanstack/react-query";
import { fetchWhy, type WhyQuestion } from "@/api/incidents";
import type { WhySearch } from "@/lib/why-search";
import { ALERTING } from "@/state/alerting";

/** Whether an address says enough to be answered. */
export function isComplete({ incident, alert, agent, rule, metric }: WhySearch): boolean {
  return (
    incident !== undefined || alert !== undefined || rule !== undefined || (agent !== undefined && metric !== undefined)
  );
}

function question({ incident, alert, agent, rule, metric, at }: WhySearch): WhyQuestion {
  return {
    ...(incident === undefined ? {} : { incident_id: incident }),
    ...(alert === undefined ? {} : { fingerprint: alert }),
    ...(agent === undefined ? {} : { agent_id: agent }),
    ...(rule === undefined ? {} : { rule_id: rule }),
    ...(metric === undefined ? {} : { metric }),
    ...(at === undefined ? {} : { at }),
  };
}

export const whyQuery = (search: WhySearch) =>
  queryOptions({
    queryKey: [ALERTING, "why", question(search)],
    queryFn: ({ signal }) => fetchWhy(question(search), signal),
    enabled: isComplete(search),
    placeholderData: (previous) => previous,
  });
