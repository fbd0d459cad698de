import { t } from "@lingui/core/macro";
import { Crosshair } from "lucide-react";
import type { AgentEvent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import { formatAgo, formatMoment } from "@/lib/time";
import { EventMark } from "./event-mark";
import { EventTitle } from "./event-title";
import { KINDS } from "./kinds";
import { detailsOf } from "./words";

interface EventRowProps {
  event: AgentEvent;
  agent: number;
  /** The present by the hub's clock. */
  now: number;
  onShow: (event: AgentEvent) => void;
}

/** One thing that happened: what, how it came out, when, and the way to that moment in the charts. */
export function EventRow({ event, agent, now, onShow }: EventRowProps) {
  const { icon: Icon, label } = KINDS[event.kind];
  const details = detailsOf(event);
  const moment = formatMoment(Date.parse(event.at) / 1000);
  const show = t`Show ${moment} in the charts`;
  return (
    <li className="relative flex items-center gap-x-3 py-2 ps-3.5 pe-2 hover:bg-raised/60 sm:ps-4 sm:pe-3">
      <span className="grid size-7 shrink-0 place-items-center self-start rounded-full bg-raised text-muted">
        <Icon className="size-3.5" role="img" aria-label={label} />
      </span>
      <div className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-4 gap-y-0.5">
        <div className="min-w-0 flex-1 basis-56">
          <p className="flex flex-wrap items-center gap-x-2.5 gap-y-0.5">
            <EventTitle event={event} agent={agent} />
            <EventMark event={event} />
          </p>
          {details.length > 0 && (
            <p className="line-clamp-3 whitespace-pre-line break-words text-muted text-xs">{details.join(" · ")}</p>
          )}
        </div>
        <p className="tnum text-muted text-xs sm:text-end">
          <time dateTime={event.at}>{moment}</time> · {formatAgo(event.at, now)}
        </p>
      </div>
      <Tooltip text={show}>
        <Button size="icon" variant="ghost" className="relative z-10" aria-label={show} onClick={() => onShow(event)}>
          <Crosshair className="size-4" aria-hidden />
        </Button>
      </Tooltip>
    </li>
  );
}
