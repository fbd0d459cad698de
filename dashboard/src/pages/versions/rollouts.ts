import { t } from "@lingui/core/macro";
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
  return count === 1 ? "1 agent" : `${count} agents`;
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
  const ring = `ring ${rollout.ring + 1} of ${rollout.rings.length}`;
  if (rollout.state === "halted") return t`Halted in ${ring}: ${rollout.reason}`;
  if (rollout.state === "stopped") return t`Stopped in ${ring}. Agents that were asked before went on.`;
  if (rollout.state === "finished") return t`Every agent has come to an end.`;
  if (rollout.state === "paused") return t`Paused in ${ring}. Nobody else is asked.`;
  if (rollout.next_ring_at !== null) {
    const left = Math.max(0, Math.ceil((Date.parse(rollout.next_ring_at) / 1000 - now) / 60));
    return `Ring ${rollout.ring + 1} is done. The next one begins in ${left <= 1 ? "a minute" : `${left} minutes`}.`;
  }
  const waiting = tally(rollout.rings[rollout.ring]?.states ?? {}).waiting;
  return waiting > 0 ? t`In ${ring}. Agents that are away are asked when they come back.` : `In ${ring}.`;
}
