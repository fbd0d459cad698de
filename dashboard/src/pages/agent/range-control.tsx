import { getRouteApi } from "@tanstack/react-router";
import { CalendarRange, Pause, Play } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { DEFAULT_PRESET, isLive, PRESETS, type PresetName } from "@/lib/range";
import { formatInstant } from "@/lib/time";
import { useAgentPage } from "./page-context";
import { RangeDialog } from "./range-dialog";

const route = getRouteApi("/app/agents/$agentId");
const OPTIONS = PRESETS.map(({ name }) => ({ value: name, label: name }));

/** The one time control of the page. Its state is the URL's, so back undoes a zoom and a link shows the same moment. */
export function RangeControl() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { store } = useAgentPage();
  const [picking, setPicking] = useState(false);
  const { from: _from, to: _to, range: _range, ...others } = search;
  const live = isLive(search);
  const preset = search.range ?? DEFAULT_PRESET;
  const choose = (range: PresetName) => void navigate({ search: { ...others, range }, resetScroll: false });
  const fix = (from: number, to: number) =>
    void navigate({ search: { ...others, range: preset, from, to }, resetScroll: false });
  const pause = () => {
    const { from, to } = store.window();
    fix(Math.floor(from), Math.ceil(to));
  };
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2 max-sm:w-full">
      <Segmented
        label="Time range"
        value={live ? preset : ""}
        options={OPTIONS}
        onChange={choose}
        className="max-sm:min-w-0 max-sm:flex-1 max-sm:overflow-x-auto"
      />
      <Button size="md" onClick={() => setPicking(true)}>
        <CalendarRange className="size-4 text-muted" aria-hidden />
        {live ? (
          <span className="max-sm:sr-only">
            Custom<span className="sr-only"> time range</span>
          </span>
        ) : (
          <span className="max-sm:sr-only">
            <span className="sr-only">Custom time range </span>
            <FixedWindow />
          </span>
        )}
      </Button>
      <Button
        aria-pressed={live}
        aria-label={live ? "Live: pause" : "Paused: go live"}
        variant={live ? "secondary" : "primary"}
        onClick={live ? pause : () => choose(preset)}
      >
        {live ? <Pause className="size-3.5" aria-hidden /> : <Play className="size-3.5" aria-hidden />}
        <span className="max-sm:sr-only">{live ? "Live" : "Go live"}</span>
      </Button>
      {!live && (
        <p className="w-full text-muted sm:hidden">
          <FixedWindow />
        </p>
      )}
      {picking && <RangeDialog window={store.window()} onChoose={fix} onClose={() => setPicking(false)} />}
    </div>
  );
}

function FixedWindow() {
  const { from = 0, to = 0 } = route.useSearch();
  return (
    <span className="tnum text-xs">
      {formatInstant(from, to - from)} – {formatInstant(to, to - from)}
    </span>
  );
}
