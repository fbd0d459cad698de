import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { BellRing, BookOpen, Rocket, RotateCw, SquareTerminal, StickyNote } from "lucide-react";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Mark } from "@/api/types";
import type { Crosshair } from "@/charts/crosshair";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { uncapitalized } from "@/lib/language";
import type { TimeMark } from "@/lib/marks";
import type { TimeWindow } from "@/lib/range";
import { formatMoment } from "@/lib/time";
import { MarkDialog } from "./mark-dialog";

const COLORS = {
  ok: "text-ok border-ok/50",
  bad: "text-bad border-bad/50",
  warn: "text-warn border-warn/50",
  accent: "text-accent border-accent/50",
  muted: "text-muted border-edge",
} as const;
const ICONS = {
  alert: BellRing,
  restart: RotateCw,
  run: BookOpen,
  command: SquareTerminal,
  deploy: Rocket,
  note: StickyNote,
} as const;

/** A mark with what a press on it leads to: a page or an anchor of this one, or what somebody noted. */
export type LaneMark = TimeMark &
  ({ kind: "run" | "command" | "restart" | "alert"; link: string } | { kind: Mark["kind"]; set: Mark });

interface LaneProps {
  marks: readonly LaneMark[];
  /** The time that is shown; told when it moves. */
  time: { window: () => TimeWindow; subscribe: (moved: () => void) => () => void };
  crosshair: Crosshair;
  /** What is done beside it. */
  children?: ReactNode;
}

/**
 * What was done and noted, along the time that the charts show. Its place is kept where there is nothing, so that the
 * charts do not move when something comes.
 */
export function Lane({ marks, time, crosshair, children }: LaneProps) {
  const lane = useRef<HTMLUListElement>(null);
  const [opened, setOpened] = useState<Mark | null>(null);
  useLayoutEffect(() => placeItems(lane.current, time.window()));
  // Past React: the window moves each second.
  useEffect(() => time.subscribe(() => placeItems(lane.current, time.window())), [time]);
  const point = (at: number | null) => crosshair.set(at, lane);
  return (
    <section
      aria-label={t`Marks`}
      className="mt-3 flex h-9 items-center max-sm:h-11 gap-3 overflow-hidden px-1 text-xs"
    >
      <span className="shrink-0 text-muted">{marks.length === 0 ? t`No marks in this time` : t`Marks`}</span>
      <div dir="ltr" className="relative h-full min-w-0 flex-1">
        <span aria-hidden className="absolute top-1/2 end-0 start-0 h-px bg-line" />
        <ul ref={lane} className="absolute inset-y-0 end-3 start-3">
          {marks.map((mark) => (
            <li
              key={mark.id}
              data-at={mark.at}
              className="absolute top-1/2 -translate-x-1/2 -translate-y-1/2 hover:z-10"
            >
              <Item mark={mark} point={point} onOpen={setOpened} />
            </li>
          ))}
        </ul>
      </div>
      {children}
      {opened !== null && <MarkDialog mark={opened} onClose={() => setOpened(null)} />}
    </section>
  );
}

function placeItems(lane: HTMLElement | null, { from, to }: TimeWindow): void {
  for (const item of lane?.children ?? []) {
    if (!(item instanceof HTMLElement)) continue;
    const share = (Number(item.dataset.at) - from) / (to - from);
    item.hidden = share < 0 || share > 1;
    item.style.left = `${share * 100}%`;
  }
}

interface ItemProps {
  mark: LaneMark;
  point: (at: number | null) => void;
  onOpen: (mark: Mark) => void;
}

function Item({ mark, point, onOpen }: ItemProps) {
  const { title, text, at, color, kind } = mark;
  const Icon = ICONS[kind];
  const what = kind === "alert" ? text : uncapitalized(text);
  const says = `${title}: ${what}, ${formatMoment(at)}`;
  const common = {
    "aria-label": says,
    onFocus: () => point(at),
    onBlur: () => point(null),
    onPointerEnter: () => point(at),
    onPointerLeave: () => point(null),
    className: cn("grid size-6 place-items-center rounded-full border bg-surface hover:bg-raised", COLORS[color]),
  };
  const icon = <Icon className="size-3.5" aria-hidden />;
  return (
    <Tooltip text={says}>
      {"set" in mark ? (
        <button type="button" onClick={() => onOpen(mark.set)} {...common}>
          {icon}
        </button>
      ) : mark.link.startsWith("#") ? (
        <a href={mark.link} {...common}>
          {icon}
        </a>
      ) : (
        <Link to={mark.link} {...common}>
          {icon}
        </Link>
      )}
    </Tooltip>
  );
}
