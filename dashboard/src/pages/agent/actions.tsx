import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Ban, KeyRound } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import type { Agent, AgentActions } from "@/api/types";
import { CopyBlock } from "@/components/copy";
import { EffectMark } from "@/components/effect";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { actionSpec } from "@/lib/action-spec";
import {
  type ActionSpec,
  actionWords,
  choicesOf,
  grouped,
  mainParameter,
  needsNothing,
  readyValues,
} from "@/lib/action-words";
import { allowCommand } from "@/lib/run-draft";
import { formatAgo } from "@/lib/time";
import { RunDialog, type RunStart } from "@/pages/run/run-dialog";
import { actionsQuery } from "@/state/commands";
import { useMay } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";

/** More values than this are found by a search. */
const SHOWN = 6;

/** What the machine's owner allows, each action one press away from its confirmation. */
export function Actions({ agent }: { agent: Agent }) {
  const actions = useQuery(actionsQuery(agent.id));
  const may = useMay("operator");
  const now = useHubNow(10_000);
  const [start, setStart] = useState<RunStart | null>(null);
  const said = actions.data;
  return (
    <section id="actions" aria-labelledby="actions-title" tabIndex={-1} className="scroll-mt-28 pt-6 outline-none">
      <div className="mb-2.5 flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 id="actions-title" className="font-semibold text-base tracking-tight">
          <Trans>Actions</Trans>
        </h2>
        <span className="flex-1 text-muted text-xs">
          {said !== undefined &&
            said.told_at !== null &&
            t`as its owner’s policy said ${{ ago: formatAgo(said.told_at, now) }}`}
        </span>
        {!may && <RoleNote needed="operator" what={t`Running them`} />}
        <Link to="/commands" search={{ agent: agent.id }} className="text-accent text-xs hover:underline">
          <Trans>Commands on this machine</Trans>
        </Link>
      </div>
      {actions.error !== null && (
        <Notice title={t`What is allowed could not be loaded`}>{asProblem(actions.error).message}</Notice>
      )}
      {actions.isPending && <Skeleton className="h-32" />}
      {said !== undefined &&
        (said.items.length === 0 || said.why_nothing !== "" ? (
          <Nothing agent={agent} said={said} />
        ) : (
          <Board said={said} may={may} onStart={setStart} />
        ))}
      {start !== null && (
        <RunDialog targets={[{ id: agent.id, name: agent.name }]} start={start} onClose={() => setStart(null)} />
      )}
    </section>
  );
}

interface BoardProps {
  said: AgentActions;
  may: boolean;
  onStart: (start: RunStart) => void;
}

function Board({ said, may, onStart }: BoardProps) {
  return (
    <div className="card gap-x-10 px-4 py-1 lg:columns-2">
      {grouped(said.items.map(actionSpec)).map(({ group, actions }) => (
        <div key={group} className="break-inside-avoid py-3">
          <h3 className="mb-1 font-medium text-muted text-xs">{group}</h3>
          <ul aria-label={group} className="divide-y">
            {actions.map((one) => (
              <ActionLine key={one.name} action={one} may={may} onStart={onStart} />
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

function ActionLine({ action, may, onStart }: { action: ActionSpec; may: boolean; onStart: BoardProps["onStart"] }) {
  const { label, text } = actionWords(action.name);
  const main = mainParameter(action);
  const ready = readyValues(action);
  const values = main !== null && ready.length <= SHOWN ? ready : [];
  const begin = (chosen: Record<string, string>) => onStart({ action: action.name, values: chosen });
  const patterns = main === null ? [] : (choicesOf(action, main)?.patterns ?? []);
  const choose = values.length === 0 || patterns.length > 0 || action.parameters.length > 1 || action.name === "script";
  const asks = needsNothing(action) ? t({ message: "Run", context: "verb" }) : t`Choose`;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-2.5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-x-3">
          <span className="font-medium">{label}</span>
          <EffectMark effect={action.effect} />
          {!action.signers.includes("hub") && (
            <span className="inline-flex items-center gap-1 text-muted text-xs">
              <KeyRound className="size-3.5" aria-hidden />
              <Trans>your key signs</Trans>
            </span>
          )}
        </p>
        <p className="text-muted text-xs">{text}</p>
      </div>
      <span className="flex flex-wrap gap-1.5">
        {main !== null &&
          values.map((value) => (
            <Button
              key={value}
              size="sm"
              disabled={!may}
              aria-label={`${label} ${value}`}
              className="max-w-56 font-mono"
              onClick={() => begin({ [main]: value })}
            >
              <span className="truncate">{value}</span>
            </Button>
          ))}
        {choose && (
          <Button size="sm" disabled={!may} aria-label={`${asks}: ${label}`} onClick={() => begin({})}>
            {asks}
          </Button>
        )}
      </span>
    </li>
  );
}

function Nothing({ agent: { name }, said }: { agent: Agent; said: AgentActions }) {
  const none = said.told_at === null || said.why_nothing === "Its owner allows no actions.";
  return (
    <div className="card flex flex-col gap-3 p-5">
      <p className="flex items-start gap-2.5">
        <Ban className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
        <span>
          <span className="font-medium">
            <Trans>Nothing can be run on {name}.</Trans>
          </span>{" "}
          {said.why_nothing}{" "}
          {none && t`This is how every machine begins: only its owner can change that, on the machine itself.`}
        </span>
      </p>
      {none && (
        <>
          <p className="text-muted">
            <Trans>
              As root on {name}, allow what you want. This would let the hub restart nginx, show its log and collect
              diagnostics, and nothing else:
            </Trans>
          </p>
          <CopyBlock
            label={t`Allow actions`}
            text={allowCommand(["service.restart:nginx", "'log.tail:/var/log/nginx/*.log'", "diagnostics.collect"])}
          />
        </>
      )}
    </div>
  );
}
