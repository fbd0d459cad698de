import { plural, t } from "@lingui/core/macro";
import type { Agent, KnownMetric } from "@/api/types";
import { type StatusName, statusName } from "@/components/status";
import { covers, isEverything, type RoleName, type Scope } from "@/lib/access";
import { best } from "@/lib/fuzzy";
import { ACTS, type Deed, PAGES, type PageLine } from "./table";

interface Line {
  /** The same in every visit. */
  id: string;
  label: string;
  detail: string;
  /** What is searched, in lower case. */
  text: string;
}

/** One line of the palette. */
export type Choice =
  | (Line & { kind: "agent"; agent: { id: number; name: string }; status: StatusName })
  | (Line & { kind: "metric"; metric: string })
  | (Line & { kind: "page"; to: PageLine["to"]; keys: string })
  | (Line & { kind: "act"; deed: Deed });

export interface Group {
  title: string;
  choices: Choice[];
}

const MOST = 8;

export function agentChoices(agents: readonly Agent[]): Choice[] {
  return agents.map(({ id, name, host, environment, tags, status, last_heartbeat }) => ({
    kind: "agent",
    id: `agent:${id}`,
    label: name,
    detail: [host === name ? "" : host, environment].filter((word) => word !== "").join(" · "),
    text: `${name} ${host} ${tags.join(" ")}`.toLowerCase(),
    agent: { id, name },
    status: statusName(status, last_heartbeat),
  }));
}

/** What can be explored; the words of a name are found by themselves. */
export function metricChoices(known: readonly KnownMetric[]): Choice[] {
  return known.map(({ metric, unit, series }) => ({
    kind: "metric",
    id: `metric:${metric}`,
    label: metric,
    detail: [unit === "1" ? "" : unit, plural(series, { one: "# series", other: "# series" })]
      .filter((word) => word !== "")
      .join(" · "),
    text: metric.toLowerCase(),
    metric,
  }));
}

/** The pages and acts of somebody with this role and scope. */
export function tableChoices({ role, scope }: { role: RoleName; scope: Scope }): Choice[] {
  const may = (line: { needs?: RoleName | "everywhere" }) =>
    line.needs === undefined ||
    (line.needs === "everywhere" ? role === "admin" && isEverything(scope) : covers(role, line.needs));
  const text = ({ label, words }: { label: string; words: string }) => `${label} ${words}`.toLowerCase();
  return [
    ...PAGES.filter(may).map(
      (page): Choice => ({
        kind: "page",
        id: `page:${page.to}`,
        label: page.label,
        detail: "",
        text: text(page),
        to: page.to,
        keys: page.keys ?? "",
      }),
    ),
    ...ACTS.filter(may).map(
      ({ id, label, words, deed }): Choice => ({
        kind: "act",
        id: `act:${id}`,
        label,
        detail: "",
        text: text({ label, words }),
        deed,
      }),
    ),
  ];
}

const TITLES = { agent: t`Agents`, page: t`Pages`, act: t`Actions`, metric: t`Metrics` } as const;

/**
 * What is shown for what was typed: without anything what was chosen last, then pages and acts; else the best of each
 * kind, the kind with the best of all first.
 */
export function arrangeChoices(
  { agents, metrics, table }: { agents: readonly Choice[]; metrics: readonly Choice[]; table: readonly Choice[] },
  typed: string,
  recents: readonly string[],
): Group[] {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") {
    const known = new Map([...agents, ...metrics, ...table].map((one) => [one.id, one]));
    const recent = recents.flatMap((id) => known.get(id) ?? []);
    const rest = table.filter(({ id }) => !recents.includes(id));
    const of = (kind: Choice["kind"]) => rest.filter((one) => one.kind === kind);
    const nothing = table.length === 0 ? agents.slice(0, MOST) : [];
    return filled([
      { title: t`Recent`, choices: recent },
      { title: TITLES.agent, choices: nothing },
      { title: TITLES.page, choices: of("page") },
      { title: TITLES.act, choices: of("act") },
    ]);
  }
  const found = [agents, table, metrics].flatMap((choices) => best(choices, wanted, MOST));
  const kinds = new Set(best(found, wanted, found.length).map(({ kind }) => kind));
  return filled([...kinds].map((kind) => ({ title: TITLES[kind], choices: found.filter((one) => one.kind === kind) })));
}

function filled(groups: readonly Group[]): Group[] {
  return groups.filter(({ choices }) => choices.length > 0);
}
