import { plural, t } from "@lingui/core/macro";
import type { Rollout, RolloutPlan, UpgradeState } from "@/api/types";

type States = Partial<Record<UpgradeState, number>>;

/** What became of the agents of a ring, or of all. */
export interface Tally {
  total: number;
  confirmed: number;
  failed: number;
  busy: number;
  waiting: number;
}

const FAILED: readonly UpgradeState[] = ["refused", "reverted", "failed", "lost"];
const BUSY: readonly UpgradeState[] = ["asked", "downloading", "staged", "applying"];

export function isFailure(state: UpgradeState): boolean {
  return FAILED.includes(state);
}

export function tally(states: States): Tally {
  const sum = (of: readonly UpgradeState[]) => of.reduce((total, state) => total + (states[state] ?? 0), 0);
  const [confirmed, failed, busy, waiting] = [sum(["confirmed"]), sum(FAILED), sum(BUSY), sum(["waiting"])];
  return { total: confirmed + failed + busy + waiting, confirmed, failed, busy, waiting };
}

export function isOpen({ state }: Pick<Rollout, "state">): boolean {
  return state === "running" || state === "paused";
}

/** How many agents a plan asks. */
export function asked(plan: RolloutPlan): number {
  return plan.rings.reduce((total, ring) => total + ring.length, 0);
}

/** "1 agent", "12 agents". */
export function agents(count: number): string {
  return plural(count, { one: "# agent", other: "# agents" });
}

const WORDS: Record<UpgradeState, string> = {
  waiting: t`has not had its turn`,
  asked: t`was asked`,
  downloading: t`downloads it`,
  staged: t`has downloaded it`,
  applying: t`changes over`,
  confirmed: t`runs it`,
  refused: t`refused it`,
  reverted: t`went back`,
  failed: t`could not take it`,
  lost: t`never answered`,
};

/** What an agent does, as the end of a sentence. */
export function describeState(state: UpgradeState): string {
  return WORDS[state];
}

/** One sentence about where a rollout stands; `now` in Unix seconds. */
export function standing(rollout: Rollout, now: number): string {
  const { state, reason, rings, next_ring_at: next } = rollout;
  const ring = rollout.ring + 1;
  const total = rings.length;
  if (state === "halted") return t`Halted in ring ${ring} of ${total}: ${reason}`;
  if (state === "stopped") return t`Stopped in ring ${ring} of ${total}. Agents that were asked before went on.`;
  if (state === "finished") return t`Every agent has come to an end.`;
  if (state === "paused") return t`Paused in ring ${ring} of ${total}. Nobody else is asked.`;
  if (next !== null) {
    const minutes = Math.max(1, Math.ceil((Date.parse(next) / 1000 - now) / 60));
    return t`Ring ${ring} is done. The next one begins in ${plural(minutes, { one: "a minute", other: "# minutes" })}.`;
  }
  const { waiting } = tally(rings[rollout.ring]?.states ?? {});
  return waiting > 0
    ? t`In ring ${ring} of ${total}. Agents that are away are asked when they come back.`
    : t`In ring ${ring} of ${total}.`;
}
