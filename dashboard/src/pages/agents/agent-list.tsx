import { getRouteApi } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useLayoutEffect, useRef, useState } from "react";
import type { Agent } from "@/api/types";
import { cn } from "@/lib/cn";
import type { SortKey } from "@/lib/fleet-view";
import { useMediaQuery } from "@/state/use-media-query";
import { AgentCard } from "./agent-card";
import { AgentRow, COLUMNS } from "./agent-row";

const route = getRouteApi("/app/agents");
const ROW_HEIGHT = 52;
const CARD_HEIGHT = 164;
const DESCENDING_FIRST: readonly SortKey[] = ["cpu", "memory", "disk", "network"];

const HEADERS: readonly { key: SortKey | "tags"; label: string }[] = [
  { key: "name", label: "Agent" },
  { key: "status", label: "Status" },
  { key: "environment", label: "Environment" },
  { key: "tags", label: "Tags" },
  { key: "cpu", label: "CPU" },
  { key: "memory", label: "Memory" },
  { key: "disk", label: "Disk" },
  { key: "network", label: "Network" },
];

interface AgentListProps {
  agents: readonly Agent[];
  /** Told when the pointer comes and goes: rows should then keep their places. */
  onHold: (held: boolean) => void;
  /** The machines that are chosen; null while nobody chooses. */
  chosen: ReadonlySet<number> | null;
  onToggle: (agent: number) => void;
}

/** The list itself: only the rows in view exist, so ten thousand agents scroll like ten. */
export function AgentList({ agents, onHold, chosen, onToggle }: AgentListProps) {
  const wide = useMediaQuery("(min-width: 1024px)");
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: agents.length,
    estimateSize: () => (wide ? ROW_HEIGHT : CARD_HEIGHT),
    overscan: 8,
    scrollMargin: top,
    getItemKey: (index) => agents[index]?.id ?? index,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows and cards differ in height, so both are measured anew
  useLayoutEffect(() => virtual.measure(), [virtual, wide]);
  const Item = wide ? AgentRow : AgentCard;
  if (agents.length === 0) return <p className="card p-10 text-center text-muted">No agent matches these filters.</p>;
  return (
    <div
      role="table"
      aria-label="Agents"
      aria-rowcount={agents.length + 1}
      className={cn(wide && "card overflow-clip")}
      onPointerEnter={(event) => event.pointerType === "mouse" && onHold(true)}
      onPointerLeave={() => onHold(false)}
    >
      <div role="rowgroup" className={cn(!wide && "sr-only")}>
        <HeaderRow />
      </div>
      <div role="rowgroup" ref={list} className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const agent = agents[item.index];
          if (agent === undefined) return null;
          return (
            <div
              key={item.key}
              role="presentation"
              className="absolute inset-x-0 top-0"
              style={{ height: item.size, transform: `translateY(${item.start - top}px)` }}
            >
              <Item
                agent={agent}
                position={item.index + 2}
                chosen={chosen === null ? null : chosen.has(agent.id)}
                onToggle={onToggle}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
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
