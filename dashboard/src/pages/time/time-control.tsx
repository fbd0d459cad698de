import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CalendarRange, ChevronLeft, ChevronRight, Pause, Play, ZoomOut } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Tooltip } from "@/components/ui/tooltip";
import { hubNow } from "@/lib/clock";
import {
  DEFAULT_PRESET,
  fixedAt,
  isLive,
  PRESETS,
  type RangeSearch,
  stepped,
  type TimeWindow,
  zoomedOut,
} from "@/lib/range";
import { formatInstant } from "@/lib/time";
import { ZoneButton } from "./zone-button";

const RangeDialog = lazy(() => import("./range-dialog").then((module) => ({ default: module.RangeDialog })));

const OPTIONS = PRESETS.map(({ name }) => ({ value: name, label: name }));

interface TimeControlProps {
  /** What the page's address holds; more than the range may stand in it. */
  search: RangeSearch;
  /** Takes the range to put into the address (`withRange`), as a new entry of the history, so that back undoes it. */
  onChange: (next: RangeSearch) => void;
  /** The window that is shown at this moment. */
  window: () => TimeWindow;
}

/** The one time control: its state is the address, so back undoes a zoom and a link shows the same moment. */
export function TimeControl({ search, onChange, window }: TimeControlProps) {
  const [picking, setPicking] = useState(false);
  const live = isLive(search);
  const preset = search.range ?? DEFAULT_PRESET;
  const wider = zoomedOut(search, hubNow());
  const step = (direction: -1 | 1) => onChange(stepped(search, window(), direction, hubNow()));
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2 max-sm:w-full">
      <Segmented
        label={t`Time range`}
        value={live ? preset : ""}
        options={OPTIONS}
        onChange={(range) => onChange({ range })}
        className="max-sm:w-full max-sm:overflow-x-auto max-sm:[&>*]:flex-1"
      />
      <Button
        aria-pressed={live}
        aria-label={live ? t`Live: pause` : t`Paused: go live`}
        variant={live ? "secondary" : "primary"}
        onClick={() => onChange(live ? fixedAt(search, window()) : { range: preset })}
      >
        {live ? <Pause className="size-3.5" aria-hidden /> : <Play className="size-3.5" aria-hidden />}
        <span>{live ? t`Live` : t`Go live`}</span>
      </Button>
      <div className="inline-flex">
        <Move label={t`Back by half`} onClick={() => step(-1)}>
          <ChevronLeft className="size-4" aria-hidden />
        </Move>
        <Move
          label={t`Zoom out`}
          disabled={wider === null}
          onClick={() => {
            if (wider !== null) onChange(wider);
          }}
        >
          <ZoomOut className="size-4" aria-hidden />
        </Move>
        <Move label={t`Forward by half`} disabled={live} onClick={() => step(1)}>
          <ChevronRight className="size-4" aria-hidden />
        </Move>
      </div>
      <Button onClick={() => setPicking(true)} className="max-sm:ms-auto">
        <CalendarRange className="size-4 text-muted" aria-hidden />
        {live ? (
          <span className="max-sm:sr-only">
            <Trans>
              Custom<span className="sr-only"> time range</span>
            </Trans>
          </span>
        ) : (
          <span className="max-sm:sr-only">
            <span className="sr-only">
              <Trans>Custom time range</Trans>{" "}
            </span>
            <FixedWindow search={search} />
          </span>
        )}
      </Button>
      <ZoneButton />
      {!live && (
        <p className="w-full text-muted sm:hidden">
          <FixedWindow search={search} />
        </p>
      )}
      <Suspense>
        {picking && (
          <RangeDialog
            window={window()}
            onChoose={(from, to) => onChange(fixedAt(search, { from, to }))}
            onClose={() => setPicking(false)}
          />
        )}
      </Suspense>
    </div>
  );
}

interface MoveProps {
  label: string;
  disabled?: boolean;
  onClick: () => void;
  children: ReactNode;
}

function Move({ label, disabled = false, onClick, children }: MoveProps) {
  return (
    <Tooltip text={label}>
      <Button variant="ghost" size="icon" aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </Button>
    </Tooltip>
  );
}

function FixedWindow({ search: { from = 0, to = 0 } }: { search: RangeSearch }) {
  return (
    <span className="tnum text-xs">
      {formatInstant(from, to - from)} – {formatInstant(to, to - from)}
    </span>
  );
}
