import { t } from "@lingui/core/macro";
import { actionTitle } from "./action-words";
import { uncapitalized } from "./language";

interface Step {
  undo: boolean;
  action: string;
  params: Readonly<Record<string, unknown>>;
}

/** Parameters with the labels of an alert put in, as the hub does when it gives the command. */
export function filled(
  params: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const value = (given: unknown) => {
    const [, name] = /^\$label\.(.+)$/.exec(String(given)) ?? [];
    return name === undefined ? given : (labels[name] ?? given);
  };
  return Object.fromEntries(Object.entries(params).map(([name, given]) => [name, value(given)]));
}

/** What a run does, in a line: "Restart service nginx, then run script warm-cache". */
export function stepsWords({
  steps,
  labels,
}: {
  steps: readonly Step[];
  labels: Readonly<Record<string, string>>;
}): string {
  const [first = "", ...others] = steps
    .filter(({ undo }) => !undo)
    .map(({ action, params }) => actionTitle(action, filled(params, labels)));
  return others.map(uncapitalized).reduce((line, next) => t`${line}, then ${next}`, first);
}
