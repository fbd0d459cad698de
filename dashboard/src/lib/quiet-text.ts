import { t } from "@lingui/core/macro";

/** Why nobody is told, as the hub says it, in words for people. */
const KNOWN: Readonly<Record<string, string>> = {
  unreachable: t`unreachable`,
  "over before people were told": t`over before people were told`,
  "no route tells anybody": t`no route tells anybody`,
};

/** What keeps an alert quiet, of which the hub says "silence 3", "maintenance 4 (patches)" or "behind router-1". */
export function quietText(quiet: string): string {
  const [, silence] = /^silence (\d+)$/.exec(quiet) ?? [];
  if (silence !== undefined) return t`silence ${silence}`;
  const [, window, name] = /^maintenance (\d+) \((.*)\)$/s.exec(quiet) ?? [];
  if (window !== undefined && name !== undefined) return t`maintenance ${window} (${name})`;
  const [, agent] = /^behind (.+)$/s.exec(quiet) ?? [];
  return agent === undefined ? (KNOWN[quiet] ?? quiet) : t`behind ${agent}`;
}
