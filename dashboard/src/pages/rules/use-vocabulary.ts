import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Vocabulary } from "@/lib/rule-complete";
import { facetsQuery } from "@/pages/api-tokens/queries";
import { fleet } from "@/state/session";
import { useSignal } from "@/state/use-signal";
import { metricsQuery } from "./queries";

/** What a rule can be written of: the metrics, labels and agents that the hub knows. */
export function useVocabulary(): Vocabulary {
  useEffect(() => fleet.use(), []);
  const { agents } = useSignal(fleet.view);
  const metrics = useQuery(metricsQuery).data?.items ?? [];
  const facets = useQuery(facetsQuery).data;
  return {
    metrics,
    agents: {
      agent: agents.map(({ name }) => name),
      type: facets?.types ?? [],
      environment: facets?.environments ?? [],
      tag: facets?.tags ?? [],
    },
  };
}
