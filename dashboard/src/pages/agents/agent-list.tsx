import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Agent } from "@/api/types";
import { cn } from "@/lib/cn";
import type { SortKey } from "@/lib/fleet-view";
import { type ListRow, listRows } from "@/lib/list-rows";
import { useMediaQuery } from "@/state/use-media-query";
import { AgentCard } from "./agent-card";
import { AgentRow, COLUMNS } from "./agent-row";
import { GroupRow } from "./group-row";

const route = getRouteApi("/app/agents");
const ROW_HEIGHT = 52;
const CARD_HEIGHT = 164;
const GROUP_HEIGHT = 44;
/** Cards stand beside each other from this width on. */
const CARD_WIDTH = 340;
const CARD_GAP = 10;
const DESCENDING_FIRST: readonly SortKey[] = ["cpu", "memory", "disk", "network"];

const HEADERS: readonly { key: SortKey | "tags"; label: string }[] = [
  { key: "name", label: t`Agent` },
  { key: "status", label: t`Status` },
  { key: "environment", label: t`Environment` },
  { key: "tags", label: t`Tags` },
  { key: "cpu", label: "CPU" },
  { key: "memory", label: t`Memory` },
  { key: "disk", label: t`Disk` },
  { key: "network", label: t`Network` },
];

interface AgentListProps {
  agents: readonly Agent[];
  /** Cards where there is room for a table; narrow screens always have them. */
  cards: boolean;
  /** Told when the pointer comes and goes: rows should then keep their places. */
  onHold: (held: boolean) => void;
  /** The machines that are chosen; null while nobody chooses. */
  chosen: ReadonlySet<number> | null;
  onToggle: (agent: number) => void;
}

/** The list itself: only the rows in view exist, so ten thousand agents scroll like ten. */
export function AgentList({ agents, cards, onHold, chosen, onToggle }: AgentListProps) {
  const { by } = route.useSearch();
  const table = useMediaQuery("(min-width: 1024px)") && !cards;
  const list = useRef<HTMLDivElement>(null);
  const [{ top, width }, setPlace] = useState({ top: 0, width: 0 });
  const columns = table ? 1 : Math.max(1, Math.floor(width / CARD_WIDTH));
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => listRows(agents, by, collapsed, columns), [agents, by, collapsed, columns]);
  const empty = agents.length === 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: without agents there is no list to measure
  useLayoutEffect(() => {
    const measure = () => setPlace({ top: list.current?.offsetTop ?? 0, width: list.current?.clientWidth ?? 0 });
    measure();
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, [empty]);
  const toggleGroup = (name: string) => {
    const next = new Set(collapsed);
    if (!next.delete(name)) next.add(name);
    setCollapsed(next);
  };
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index]?.kind === "group" ? GROUP_HEIGHT : table ? ROW_HEIGHT : CARD_HEIGHT),
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => {
      const row = rows[index];
      return row?.kind === "agents" ? `${row.group} ${row.agents[0]?.id}` : `group ${row?.name}`;
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: lines differ in height, so another list is measured anew
  useLayoutEffect(() => virtual.measure(), [virtual, table, by, collapsed]);
  const Item = table ? AgentRow : AgentCard;
  if (empty)
    return (
      <p className="card p-10 text-center text-muted">
        <Trans>No agent matches these filters.</Trans>
      </p>
    );
  return (
    <div
      role="table"
      aria-label={t`Agents`}
      aria-rowcount={rowCount(rows)}
      className={cn(table && "card overflow-clip")}
      onPointerEnter={(event) => event.pointerType === "mouse" && onHold(true)}
      onPointerLeave={() => onHold(false)}
    >
      <div role="rowgroup" className={cn(!table && "sr-only")}>
        <HeaderRow />
      </div>
      <div role="rowgroup" ref={list} className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          return (
            <div
              key={item.key}
              role="presentation"
              className={cn("absolute inset-x-0 top-0", row.kind === "agents" && !table && "grid")}
              style={{
                height: item.size,
                transform: `translateY(${item.start - top}px)`,
                ...(row.kind === "agents" && !table
                  ? { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, columnGap: CARD_GAP }
                  : {}),
              }}
            >
              {row.kind === "group" ? (
                <GroupRow
                  row={row}
                  by={by ?? "type"}
                  position={row.position + 2}
                  table={table}
                  onToggle={toggleGroup}
                />
              ) : (
                row.agents.map((agent, at) => (
                  <Item
                    key={agent.id}
                    agent={agent}
                    position={row.position + at + 2}
                    chosen={chosen === null ? null : chosen.has(agent.id)}
                    onToggle={onToggle}
                  />
                ))
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Titles, agents and the line of headers. */
function rowCount(rows: readonly ListRow<Agent>[]): number {
  const last = rows.at(-1);
  return last === undefined ? 1 : last.position + (last.kind === "agents" ? last.agents.length : 1) + 1;
}

function HeaderRow() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const current = search.sort ?? "name";
  const descending = search.descending === true;
  const sort = (key: SortKey) => {
    const { descending: _, ...rest } = search;
    const down = current === key ? !descending : DESCENDING_FIRST.includes(key);
    void navigate({ search: down ? { ...rest, sort: key, descending: true } : { ...rest, sort: key } });
  };
  return (
    <div role="row" aria-rowindex={1} className={cn(COLUMNS, "h-9 border-b text-muted text-xs")}>
      {HEADERS.map(({ key, label }) => (
        <div
          key={key}
          role="columnheader"
          aria-sort={key === current ? (descending ? "descending" : "ascending") : undefined}
        >
          {key === "tags" ? (
            label
          ) : (
            <button
              type="button"
              onClick={() => sort(key)}
              className="flex h-9 items-center gap-1 font-medium hover:text-text"
            >
              {label}
              {key === current &&
                (descending ? (
                  <ArrowDown className="size-3" aria-hidden />
                ) : (
                  <ArrowUp className="size-3" aria-hidden />
                ))}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
