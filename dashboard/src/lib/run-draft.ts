import { t } from "@lingui/core/macro";
import type { EffectName } from "./action-words";

/** A machine that a command is to go to. */
export interface Target {
  id: number;
  name: string;
}

export interface Batch {
  size: number;
  pause_s: number;
  stop_after: number;
}

/** How carefully and until when a command goes out. */
export interface Rollout {
  /** Null: all at once. */
  batch: Batch | null;
  expires_s: number;
  /** 0: as long as each machine allows. */
  timeout_s: number;
  approval: boolean;
  reason: string;
}

/** More machines than this that change or are disrupted need their number to be written. */
const FEW = 10;

/** What a command begins with: careful where it interrupts something, at once where it only reads. */
export function firstRollout(machines: number, effect: EffectName): Rollout {
  const careful = machines > 1 && effect !== "reads";
  return {
    batch: careful ? { size: Math.max(1, Math.ceil(machines / 10)), pause_s: 0, stop_after: 1 } : null,
    expires_s: 3600,
    timeout_s: 0,
    approval: false,
    reason: "",
  };
}

/** Whether the number of machines has to be written before so many of them are touched. */
export function needsNumber(machines: number, effect: EffectName): boolean {
  return effect !== "reads" && machines > FEW;
}

/** "5 at once, a pause of 30 s, ends after 1 that did not end well". */
export function batchText(batch: { size: number; pause_s: number; stop_after: number }, machines: number): string {
  if (batch.size >= machines) return t`all at once`;
  const { size, pause_s: pause, stop_after: failures } = batch;
  const parts = [t`${size} at once`];
  if (pause > 0) parts.push(t`${pause} s between`);
  parts.push(failures === 0 ? t`whatever happens` : t`stops after ${failures} that did not end well`);
  return parts.join(", ");
}

interface Refusing {
  name: string;
  refusal: string;
}

/** Machines that would refuse, by the reason, the most frequent first. */
export function byRefusal(machines: readonly Refusing[]): { refusal: string; names: string[] }[] {
  const found = new Map<string, string[]>();
  for (const { name, refusal } of machines) found.set(refusal, [...(found.get(refusal) ?? []), name]);
  return [...found]
    .map(([refusal, names]) => ({ refusal, names }))
    .sort((one, other) => other.names.length - one.names.length);
}

interface OwnKey {
  key_id: string;
}

/** The key to sign with: one of mine that this browser has, and that the machine trusts where that is known. */
export function bestKey<Key extends OwnKey>(
  mine: readonly Key[],
  here: readonly string[],
  trusted: readonly string[],
): Key | null {
  const usable = mine.filter(({ key_id: id }) => here.includes(id));
  return usable.find(({ key_id: id }) => trusted.includes(id)) ?? usable[0] ?? null;
}

/** A key's line in a policy, by the agent's own program: to be pasted on the machine as root. */
export function trustCommand(name: string, publicKey: string): string {
  const plain = name.replace(/[^A-Za-z0-9_.@-]+/g, "-").slice(0, 64) || "operator";
  return `sudo opsentrix-agent policy allow --signer operator:${plain}=${publicKey}`;
}

/** What on the machine allows an action, by the installer's program. */
export function allowCommand(examples: readonly string[], signer = "hub"): string {
  return `sudo opsentrix-agent policy allow ${examples.join(" ")} --signer ${signer}
sudo opsentrix-agent policy rights --apply
sudo systemctl reload opsentrix-agent`;
}
