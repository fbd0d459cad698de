import { t } from "@lingui/core/macro";
import type { IncidentDetail } from "@/api/types";
import { writeMatcher } from "@/lib/matchers";
import type { QuietSearch } from "@/lib/quiet-search";

/** The one value that all have; undefined where they differ. */
function common(values: readonly string[]): string | undefined {
  const [first] = values;
  return values.every((one) => one === first) ? first : undefined;
}

/** What the dialog of a new silence begins with to keep an incident's alerts quiet: all that they have in common. */
export function silenceOf({ id, title, members }: IncidentDetail): QuietSearch {
  const own = members.filter((one) => one.moved_to === null);
  const agent = common(own.map((one) => one.agent_name));
  const rule = common(own.map((one) => one.rule_name));
  const match = [
    ...(agent === undefined || agent === "" ? [] : [writeMatcher({ key: "agent", op: "=", value: agent })]),
    ...(rule === undefined ? [] : [writeMatcher({ key: "rule", op: "=", value: rule })]),
  ];
  // Where they have nothing in common, whoever makes the silence has to say what it is about.
  return { match: match.length === 0 ? ["agent="] : match, why: t`Incident ${id}: ${title}`.slice(0, 256) };
}
