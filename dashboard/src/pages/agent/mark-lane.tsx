import { Link } from "@tanstack/react-router";
import { BookOpen, SquareTerminal } from "lucide-react";
import { useEffect, useLayoutEffect, useRef } from "react";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import { formatMoment } from "@/lib/time";
import { useAgentPage } from "./page-context";

const COLORS = {
  ok: "text-ok border-ok/50",
  bad: "text-bad border-bad/50",
  warn: "text-warn border-warn/50",
  accent: "text-accent border-accent/50",
  muted: "text-muted border-edge",
} as const;

/**
 * What was done on the machine, along the time that the charts show: each with its page. Its place is kept where there
 * is none, so that the charts do not move when something comes.
 */
export function MarkLane() {
  const { store, crosshair, marks } = useAgentPage();
  const lane = useRef<HTMLUListElement>(null);
  // Past React: the window moves each second.
  const place = useRef(() => {
    const { from, to } = store.window();
    for (const item of lane.current?.children ?? []) {
      if (!(item instanceof HTMLElement)) continue;
      const share = (Number(item.dataset.at) - from) / (to - from);
      item.hidden = share < 0 || share > 1;
      item.style.left = `${share * 100}%`;
    }
  });
  useEffect(() => store.subscribe(place.current), [store]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new marks have to find their places, too
  useLayoutEffect(() => place.current(), [marks]);
  const point = (time: number | null) => crosshair.set(time, lane);
  return (
    <section aria-label="Runs and commands" className="mt-3 flex h-9 items-center gap-3 overflow-hidden px-1 text-xs">
      <span className="shrink-0 text-muted">
        {marks.length === 0 ? "No runs or commands in this time" : "Runs and commands"}
      </span>
      <div className="relative h-full min-w-0 flex-1">
        <span aria-hidden className="absolute top-1/2 right-0 left-0 h-px bg-line" />
        <ul ref={lane} className="absolute inset-y-0 right-3 left-3">
          {marks.map(({ id, at, title, text, color, kind, link }) => {
            const Icon = kind === "run" ? BookOpen : SquareTerminal;
            return (
              <li key={id} data-at={at} className="absolute top-1/2 -translate-x-1/2 -translate-y-1/2 hover:z-10">
                <Tooltip text={`${title}: ${text.toLowerCase()}, ${formatMoment(at)}`}>
                  <Link
                    to={link}
                    aria-label={`${title}: ${text.toLowerCase()}, ${formatMoment(at)}`}
                    onFocus={() => point(at)}
                    onBlur={() => point(null)}
                    onPointerEnter={() => point(at)}
                    onPointerLeave={() => point(null)}
                    className={cn(
                      "grid size-6 place-items-center rounded-full border bg-surface hover:bg-raised",
                      COLORS[color],
                    )}
                  >
                    <Icon className="size-3.5" aria-hidden />
                  </Link>
                </Tooltip>
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
}
