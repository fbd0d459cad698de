import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleCheck, CircleX, Download, LoaderCircle, Trash2 } from "lucide-react";
import { rawRecordingUrl } from "@/api/calls";
import type { Agent, Recording } from "@/api/types";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatWindow, isOpen, recordingStanding } from "@/lib/recording";

interface RecorderListProps {
  agent: Agent;
  items: readonly Recording[];
  chosen: number | null;
  mayDelete: boolean;
  onChoose: (id: number | null) => void;
  onDelete: (id: number) => void;
}

/** The recordings of an agent, the newest first, and how far each is. */
export function RecorderList({ agent, items, chosen, mayDelete, onChoose, onDelete }: RecorderListProps) {
  if (items.length === 0) return <NothingRecorded />;
  return (
    <ul className="card min-w-0 divide-y">
      {items.map((one) => {
        const span = formatWindow(one.from, one.to);
        const shown = one.id === chosen;
        return (
          <li
            key={one.id}
            className={cn("flex flex-wrap items-center gap-x-3 gap-y-2 px-3.5 py-2", shown && "bg-raised/60")}
          >
            <State state={one.state} />
            <div className="min-w-0 flex-1 basis-48">
              <p className="tnum font-medium">{span}</p>
              <p className="break-words text-muted text-xs">
                {recordingStanding(one)} · {one.requested_by}
                {one.reason !== "" && <>: {one.reason}</>}
              </p>
            </div>
            <div className="flex items-center gap-2 max-sm:w-full max-sm:justify-end">
              {one.bytes > 0 && !isOpen(one) && (
                <>
                  <Button
                    size="sm"
                    aria-expanded={shown}
                    aria-label={shown ? t`Hide ${span}` : t`Show ${span}`}
                    onClick={() => onChoose(shown ? null : one.id)}
                  >
                    {shown ? t`Hide` : t`Show`}
                  </Button>
                  <Button size="icon" variant="ghost" asChild>
                    <a href={rawRecordingUrl(agent.id, one.id)} download aria-label={t`Download ${span}`}>
                      <Download className="size-4" aria-hidden />
                    </a>
                  </Button>
                </>
              )}
              <Button
                size="icon"
                variant="ghost"
                disabled={!mayDelete}
                aria-label={isOpen(one) ? t`Give up ${span}` : t`Delete ${span}`}
                onClick={() => onDelete(one.id)}
              >
                <Trash2 className="size-4" aria-hidden />
              </Button>
            </div>
          </li>
        );
      })}
    </ul>
  );
}

function State({ state }: { state: Recording["state"] }) {
  if (state === "complete")
    return (
      <CircleCheck className="size-4 shrink-0 text-ok" aria-label={t({ message: "complete", context: "recording" })} />
    );
  if (state === "failed")
    return <CircleX className="size-4 shrink-0 text-bad" aria-label={t({ message: "failed", context: "recording" })} />;
  return (
    <LoaderCircle
      className="size-4 shrink-0 text-accent motion-safe:animate-spin"
      role="status"
      aria-label={state === "requested" ? t`asked for` : t`arriving`}
    />
  );
}

function NothingRecorded() {
  return (
    <div className="card p-8 text-center">
      <p className="font-medium">
        <Trans>Nothing was recorded yet</Trans>
      </p>
      <p className="mx-auto mt-1 max-w-xl text-muted">
        <Trans>
          Something odd just happened? Record the last 15 minutes, and the agent sends what it saw each 5 seconds: the
          20 processes with most CPU, memory and disk use, with the process that started each; what the kernel wrote;
          and how systemd's units changed. That is more than the history above keeps. It is gone when the agent
          restarts.
        </Trans>
      </p>
    </div>
  );
}
