import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { fetchOffers } from "@/api/commands";
import { parseRule } from "@/api/rules";
import type { Agent } from "@/api/types";
import { actionSpec } from "@/lib/action-spec";
import type { ActionSpec } from "@/lib/action-words";
import type { Demand, RuleForm } from "@/lib/rule-words";
import { covers } from "@/lib/selectors";
import { COMMANDS } from "@/state/awaiting";
import { fleet, useMay } from "@/state/session";
import { useSettled } from "@/state/use-settled";
import { useSignal } from "@/state/use-signal";

/** So many machines are asked what they allow; more would hardly allow anything else. */
const ASKED = 1000;
const PAUSE_MS = 300;

/** What the machines that a runbook covers allow. */
export interface Offers {
  actions: readonly (ActionSpec & { agents: number })[];
  /** The machines that it covers. */
  covered: readonly Agent[];
  /** What is wrong with the text that says which; null for nothing. */
  mistake: { text: string; position: number | null } | null;
  pending: boolean;
}

/** Reads which machines a text is about. Nothing written stands for all. */
function useDemands(on: string) {
  const text = useSettled(on.trim(), PAUSE_MS);
  const asked = useQuery({
    queryKey: ["rule-check", "agents", text],
    queryFn: ({ signal }) => parseRule(`${PROBE}${text}`, signal),
    enabled: text !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (text === "") return { demands: [], mistake: null, pending: false };
  const { data } = asked;
  const { selector = [] } = (data?.definition ?? {}) as Partial<RuleForm>;
  const mistake =
    data === undefined || data.error === ""
      ? null
      : { text: data.error, position: data.position === null ? null : Math.max(0, data.position - PROBE.length) };
  return { demands: data === undefined || mistake !== null ? null : selector, mistake, pending: asked.isPending };
}

/** A condition that holds anywhere, before the text that says where. */
const PROBE = "absent(agent) on ";
const NOBODY: readonly Agent[] = [];

function coveredBy(demands: Demand[] | null, agents: readonly Agent[]): readonly Agent[] {
  return demands === null ? NOBODY : agents.filter((agent) => covers(demands, agent));
}

/** What can be done on the machines that a text is about. */
export function useOffers(on: string): Offers {
  useEffect(() => fleet.use(), []);
  const { agents } = useSignal(fleet.view);
  const may = useMay("operator");
  const { demands, mistake, pending } = useDemands(on);
  const covered = coveredBy(demands, agents);
  const ids = covered.slice(0, ASKED).map(({ id }) => id);
  const offered = useQuery({
    queryKey: [COMMANDS, "offers", ids],
    queryFn: async ({ signal }) =>
      (await fetchOffers(ids, signal)).items.map((one) => ({ ...actionSpec(one), agents: one.agents })),
    enabled: may && ids.length > 0,
    staleTime: 30_000,
  });
  return { actions: offered.data ?? [], covered, mistake, pending: pending || offered.isLoading };
}
