import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, Copy, LayoutDashboard, Trash2 } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { Crosshair } from "@/charts/crosshair";
import { Button } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import type { ExploreQuery, Letter } from "@/lib/explore-search";
import type { TimeMark } from "@/lib/marks";
import type { RangeSearch } from "@/lib/range";
import { metricsQuery } from "@/pages/rules/queries";
import { useOnlyLooking } from "@/state/kiosk";
import { useMay } from "@/state/session";
import { MetricPicker } from "./metric-picker";
import { QueryControls } from "./query-controls";
import { Result } from "./result";
import { startingQuery } from "./starting-query";

const AddToDashboard = lazy(() =>
  import("@/pages/dashboards/add-to-dashboard").then((module) => ({ default: module.AddToDashboard })),
);

interface QueryCardProps {
  letter: Letter;
  query: ExploreQuery;
  range: RangeSearch;
  names: ReadonlyMap<number, string>;
  crosshair: Crosshair;
  /** Of the chart, in px. */
  height: number;
  marks: readonly TimeMark[];
  onChange: (query: ExploreQuery) => void;
  /** Null while there is no room for another one. */
  onDuplicate: (() => void) | null;
  onRemove: () => void;
  onZoom: (from: number, to: number) => void;
  onReset: () => void;
}

/** One query with what it came to. */
export function QueryCard(props: QueryCardProps) {
  const { letter, query, range, names, crosshair, height, marks, onChange, onDuplicate, onRemove, onZoom, onReset } =
    props;
  const looking = useOnlyLooking();
  const known = useQuery({ ...metricsQuery, enabled: !looking }).data?.items;
  const metric = known?.find((one) => one.metric === query.metric);
  const title = letter.toUpperCase();
  const heading = `query-${letter}`;
  return (
    <section aria-labelledby={heading} className="min-w-0">
      <h2 id={heading} className="sr-only">
        <Trans>Query {title}</Trans>
      </h2>
      {!looking && (
        <div className="card p-3.5">
          <div className="flex items-end gap-2">
            <div className="min-w-0 max-w-xl flex-1">
              <MetricPicker
                label={t`Metric of query ${title}`}
                value={query.metric}
                onChange={(name) =>
                  onChange({
                    ...startingQuery(name, known),
                    agents: query.agents,
                    environments: query.environments,
                    types: query.types,
                    tags: query.tags,
                    compare: query.compare,
                  })
                }
              />
            </div>
            <div className="ms-auto flex">
              <Act
                label={query.hidden ? t`Show query ${title}` : t`Hide query ${title}`}
                onClick={() => onChange({ ...query, hidden: !query.hidden })}
              >
                {query.hidden ? <ChevronDown className="size-4" /> : <ChevronUp className="size-4" />}
              </Act>
              <AddAct title={title} query={query} />
              <Act label={t`Duplicate query ${title}`} disabled={onDuplicate === null} onClick={() => onDuplicate?.()}>
                <Copy className="size-4" aria-hidden />
              </Act>
              <Act label={t`Remove query ${title}`} onClick={onRemove}>
                <Trash2 className="size-4" aria-hidden />
              </Act>
            </div>
          </div>
          {!query.hidden && (
            <div className="mt-3">
              <QueryControls query={query} metric={metric} names={names} onChange={onChange} />
            </div>
          )}
        </div>
      )}
      {!query.hidden && (
        <Result {...{ query, metric, names, range, crosshair, height, marks, onChange, onZoom, onReset }} />
      )}
    </section>
  );
}

/** The way to a dashboard, for those who may change one. */
function AddAct({ title, query }: { title: string; query: ExploreQuery }) {
  const [adding, setAdding] = useState(false);
  if (!useMay("operator")) return null;
  return (
    <>
      <Act label={t`Add query ${title} to a dashboard`} onClick={() => setAdding(true)}>
        <LayoutDashboard className="size-4" aria-hidden />
      </Act>
      <Suspense>{adding && <AddToDashboard query={query} onClose={() => setAdding(false)} />}</Suspense>
    </>
  );
}

interface ActProps {
  label: string;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

function Act({ label, disabled = false, onClick, children }: ActProps) {
  return (
    <Tooltip text={label}>
      <Button variant="ghost" size="icon" className="h-9" aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </Button>
    </Tooltip>
  );
}
