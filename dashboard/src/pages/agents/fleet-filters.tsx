import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronDown, X } from "lucide-react";
import type { ReactNode } from "react";
import type { Agent, AgentStatus } from "@/api/types";
import { SearchBox } from "@/components/search-box";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheck, MenuRadio } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { countValues, FILTER_KEYS, type FilterKey, type FleetSearch, type SortKey } from "@/lib/fleet-view";
import { formatCount } from "@/lib/language";
import { STATUS_WORDS } from "./status-words";

const route = getRouteApi("/app/agents");
const LABELS: Record<FilterKey, string> = {
  status: t`Status`,
  type: t`Type`,
  environment: t`Environment`,
  tag: t`Tag`,
};
const SORTS: readonly { value: SortKey; label: string }[] = [
  { value: "name", label: t`Name` },
  { value: "status", label: t`Status, worst first` },
  { value: "cpu", label: t`CPU, highest first` },
  { value: "memory", label: t`Memory, highest first` },
  { value: "disk", label: t`Disk, fullest first` },
  { value: "network", label: t`Network, busiest first` },
];
const ASCENDING: readonly SortKey[] = ["name", "status", "environment"];

interface FleetFiltersProps {
  agents: readonly Agent[];
  shown: number;
  total: number;
  /** What else can be done with the list. */
  children: ReactNode;
}

/** Search text, filters and (on phones, which have no column headers) the order; all of it lives in the URL. */
export function FleetFilters({ agents, shown, total, children }: FleetFiltersProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const update = (next: FleetSearch, replace = false) => void navigate({ search: next, replace });
  const active = search.q !== undefined || FILTER_KEYS.some((key) => search[key] !== undefined);
  const setText = (text: string | undefined) => {
    const { q: _, ...rest } = search;
    update(text === undefined ? rest : { ...rest, q: text }, true);
  };
  const toggle = (key: FilterKey, value: string, on: boolean) => {
    const { [key]: chosen = [], ...rest } = search;
    const next = on ? [...chosen, value] : chosen.filter((one) => one !== value);
    update(next.length === 0 ? rest : { ...rest, [key]: next });
  };
  const sort = (key: SortKey) => update({ ...search, sort: key, descending: !ASCENDING.includes(key) });
  const { q: _q, status: _s, type: _t, environment: _e, tag: _g, ...bare } = search;
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchBox
        label={t`Search agents by name, host or tag`}
        placeholder={t`Search name, host, tag`}
        value={search.q}
        onChange={setText}
      />
      <div className="flex gap-2 max-sm:-mx-3 max-sm:w-[100vw] max-sm:overflow-x-auto max-sm:px-3">
        {FILTER_KEYS.map((key) => {
          const values = countValues(agents, key);
          const chosen = search[key] ?? [];
          if (values.length === 0 && chosen.length === 0) return null;
          return (
            <Menu
              key={key}
              align="start"
              label={LABELS[key]}
              trigger={
                <Button className={cn("font-normal", chosen.length > 0 && "border-accent bg-accent/10")}>
                  {LABELS[key]}
                  {chosen.length > 0 && <span className="tnum font-semibold">{chosen.length}</span>}
                  <ChevronDown className="size-3.5 text-muted" aria-hidden />
                </Button>
              }
            >
              {values.map(([value, count]) => (
                <MenuCheck key={value} checked={chosen.includes(value)} onChange={(on) => toggle(key, value, on)}>
                  <span className="flex-1">{key === "status" ? STATUS_WORDS[value as AgentStatus] : value}</span>
                  <span className="tnum ps-4 text-muted text-xs">{count}</span>
                </MenuCheck>
              ))}
            </Menu>
          );
        })}
        <div className="lg:hidden">
          <Menu
            align="start"
            label={t`Sort`}
            trigger={
              <Button className="font-normal">
                <Trans>Sort</Trans>
                <ChevronDown className="size-3.5 text-muted" aria-hidden />
              </Button>
            }
          >
            <MenuRadio value={search.sort ?? "name"} onChange={sort} options={SORTS} />
          </Menu>
        </div>
        {children}
        {active && (
          <Button variant="ghost" onClick={() => update(bare)}>
            <X className="size-3.5" aria-hidden />
            <Trans>Clear</Trans>
          </Button>
        )}
      </div>
      <p role="status" className="tnum ms-auto text-muted text-xs">
        {countText(active ? shown : null, total, agents.length)}
      </p>
    </div>
  );
}

/** "3 of 120 agents, 50 loaded"; shown is null while there is no filter. */
function countText(shown: number | null, total: number, loaded: number): string {
  const text =
    shown === null
      ? plural(total, { one: "# agent", other: "# agents" })
      : t`${formatCount(shown)} of ${plural(total, { one: "# agent", other: "# agents" })}`;
  return loaded < total ? t`${text}, ${formatCount(loaded)} loaded` : text;
}
