import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { KnownMetric } from "@/api/types";
import { CheckMenu } from "@/components/check-menu";
import { MenuItem, MenuSeparator } from "@/components/ui/menu";
import { ACROSS, AGGREGATIONS, type ExploreQuery } from "@/lib/explore-search";
import { facetsQuery } from "@/pages/api-tokens/queries";
import { AgentChoice } from "./agent-choice";
import { CompareDialog } from "./compare-dialog";
import { OptionMenu } from "./option-menu";
import { ACROSS_WORDS, AGGREGATION_WORDS, byWord, compareWord } from "./words";

const COUNTS = [3, 5, 10, 20, 50];
const RANKS = [
  { value: "all", label: t`all groups` },
  ...COUNTS.map((count) => ({ value: `top ${count}`, label: t`highest ${count}` })),
  ...COUNTS.map((count) => ({ value: `bottom ${count}`, label: t`lowest ${count}` })),
];
const COMPARES = [0, 3600, 86_400, 604_800];
const ANY = "";

interface QueryControlsProps {
  query: ExploreQuery;
  /** What is known of its metric. */
  metric: KnownMetric | undefined;
  names: ReadonlyMap<number, string>;
  onChange: (query: ExploreQuery) => void;
  /** What may stand in a filter for a choice that is made elsewhere. */
  references?: References;
}

/** Names of variables, as "$name", by what they choose. */
export type References = Readonly<Record<"environments" | "types" | "tags" | "labels", readonly string[]>>;
const NO_REFERENCES: References = { environments: [], types: [], tags: [], labels: [] };

/** All of a query but its metric: of which machines, which series, put together how, and beside what. */
export function QueryControls(props: QueryControlsProps) {
  const { query, metric, names, onChange, references = NO_REFERENCES } = props;
  const facets = useQuery(facetsQuery).data;
  const [comparing, setComparing] = useState(false);
  // A change of what is asked makes other groups: one that was alone may not be among them.
  const change = (part: Partial<ExploreQuery>) => onChange({ ...query, solo: null, ...part });
  const keys = [...new Set([...Object.keys(metric?.labels ?? {}), ...Object.keys(query.labels)])].sort();
  const groupings = ["agent", "environment", "type", "tag", ...keys.map((key) => `label:${key}`)];
  const compares = [...new Set([...COMPARES, query.compare])].map((seconds) => {
    const time = compareWord(seconds);
    return { value: String(seconds), label: seconds === 0 ? t`nothing` : t`${time} earlier` };
  });
  return (
    <div className="flex flex-wrap gap-2">
      <AgentChoice value={query.agents} names={names} onChange={(agents) => change({ agents })} />
      {(
        [
          [t`Environments`, "environments", facets?.environments],
          [t`Types`, "types", facets?.types],
          [t`Tags`, "tags", facets?.tags],
        ] as const
      ).map(([label, key, options = []]) =>
        options.length + references[key].length + query[key].length === 0 ? null : (
          <CheckMenu
            key={key}
            label={label}
            options={[...references[key], ...options]}
            value={query[key]}
            onChange={(chosen) => change({ [key]: chosen })}
          />
        ),
      )}
      {keys.map((key) => (
        <LabelMenu
          key={key}
          name={key}
          value={query.labels[key] ?? ANY}
          options={[...references.labels, ...(metric?.labels[key] ?? [])]}
          onChange={(value) => {
            const { [key]: _, ...others } = query.labels;
            change({ labels: value === ANY ? others : { ...others, [key]: value } });
          }}
        />
      ))}
      <OptionMenu
        label={t`Each point`}
        value={query.agg}
        usual="avg"
        options={AGGREGATIONS.map((value) => ({ value, label: AGGREGATION_WORDS[value] }))}
        onChange={(agg) => change({ agg })}
      />
      <CheckMenu
        label={t`Group by`}
        options={groupings}
        value={query.by}
        nameOf={byWord}
        onChange={(by) => change({ by })}
      />
      <OptionMenu
        label={t`Each group`}
        value={query.across}
        usual="avg"
        options={ACROSS.map((value) => ({ value, label: ACROSS_WORDS[value] }))}
        onChange={(across) => change({ across })}
      />
      {query.by.length > 0 && (
        <OptionMenu
          label={t`Show`}
          value={query.rank === null ? "all" : `${query.rank.order} ${query.rank.count}`}
          usual="all"
          options={RANKS}
          onChange={(value) => {
            const [order, count] = value.split(" ");
            change({ rank: order === "top" || order === "bottom" ? { order, count: Number(count) } : null });
          }}
        />
      )}
      <OptionMenu
        label={t`Compare with`}
        value={String(query.compare)}
        usual="0"
        options={compares}
        onChange={(value) => change({ compare: Number(value) })}
      >
        <MenuSeparator />
        <MenuItem onSelect={() => setComparing(true)}>
          <Trans>Another time…</Trans>
        </MenuItem>
      </OptionMenu>
      {comparing && (
        <CompareDialog
          value={query.compare}
          onChoose={(compare) => {
            setComparing(false);
            change({ compare });
          }}
          onClose={() => setComparing(false)}
        />
      )}
    </div>
  );
}

interface LabelMenuProps {
  name: string;
  value: string;
  options: readonly string[];
  onChange: (value: string) => void;
}

/** Keeps only the series with one value of a label. */
function LabelMenu({ name, value, options, onChange }: LabelMenuProps) {
  const all = [...new Set([...options, ...(value === ANY ? [] : [value])])];
  return (
    <OptionMenu
      label={name}
      value={value}
      usual={ANY}
      options={[
        { value: ANY, label: t({ message: "any", context: "value of a label" }) },
        ...all.map((one) => ({ value: one, label: one })),
      ]}
      onChange={onChange}
    />
  );
}
