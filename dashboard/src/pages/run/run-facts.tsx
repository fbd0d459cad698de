import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { CommandRun } from "@/api/types";
import { RunMark } from "@/components/command-state";
import { visible } from "@/lib/output";
import { exitText, isOpen, RUN_WORDS } from "@/lib/run-words";
import { formatValue } from "@/lib/units";
import { useHubNow } from "@/state/use-hub-now";

/** How a run stands, and why; what `unknown` means is said in full. */
export function RunFacts({ run }: { run: CommandRun }) {
  const now = useHubNow(1000);
  const runs = run.state === "running" && run.started_at !== null;
  const seconds = runs
    ? now - Date.parse(run.started_at ?? "") / 1000
    : run.duration_ms === null
      ? null
      : run.duration_ms / 1000;
  // What was refused or cancelled before it began has no end of a process to tell of.
  const ended = !isOpen(run.state) && run.started_at !== null;
  const said = [run.error, RUN_WORDS[run.state].text].filter((one) => one !== "");
  const time = formatValue(Math.max(0, seconds ?? 0), "s");
  const facts = [
    ...(seconds === null || !(runs || ended)
      ? []
      : [runs ? t({ message: `for ${time}`, context: "under way" }) : t`took ${time}`]),
    ...(ended && run.output_bytes > 0 ? [t`wrote ${{ size: formatValue(run.output_bytes, "By") }}`] : []),
    ...(run.output_truncated ? [t`more than is kept`] : []),
  ];
  return (
    <div className="card mb-3 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1" aria-live="polite">
        <Link
          to="/agents/$agentId"
          params={{ agentId: String(run.agent) }}
          className="touch inline-flex items-center font-semibold hover:underline"
        >
          {run.name}
        </Link>
        <RunMark state={run.state} />
        {run.cancelling && isOpen(run.state) && (
          <span className="text-muted text-xs">
            <Trans>is being cancelled</Trans>
          </span>
        )}
        {run.exit_code !== null && ended && <span className="tnum text-xs">{exitText(run.exit_code)}</span>}
      </div>
      <p className="tnum text-muted text-xs">{facts.join(" · ")}</p>
      {said.map((one) => (
        <p key={one} className={run.state === "unknown" ? "mt-1.5 max-w-3xl" : "mt-1.5 break-words text-muted"}>
          {visible(one)}
        </p>
      ))}
    </div>
  );
}
