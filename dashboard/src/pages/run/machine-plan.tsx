import { ph, plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronDown, CircleCheck, Clock, Server, ShieldX } from "lucide-react";
import type { ReactNode } from "react";
import type { CommandPreview, PlannedMachine } from "@/api/types";
import { Status } from "@/components/status";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { byRefusal } from "@/lib/run-draft";

/** Which machines would run it, which would refuse and why, and which are away. */
export function MachinePlan({ plan, single }: { plan: CommandPreview; single: boolean }) {
  const [one] = [...plan.would_run, ...plan.away, ...plan.would_refuse];
  if (single && one !== undefined) return <OneMachine machine={one} />;
  return (
    <div className="flex flex-col gap-2">
      <Group
        icon={<CircleCheck className="size-4 text-ok" aria-hidden />}
        title={plural(
          { count: plan.would_run.length },
          { one: "# machine would run it now", other: "# machines would run it now" },
        )}
        names={plan.would_run}
        open
      />
      {plan.away.length > 0 && (
        <Group
          icon={<Clock className="size-4 text-warn" aria-hidden />}
          title={plural({ count: plan.away.length }, { one: "# machine is away", other: "# machines are away" })}
          note={t`Sent to them if they are back in time, and not after that.`}
          names={plan.away}
          open
        />
      )}
      {byRefusal(plan.would_refuse).map(({ refusal, names }) => (
        <Group
          key={refusal}
          icon={<ShieldX className="size-4 text-bad" aria-hidden />}
          title={plural(
            { count: names.length },
            {
              one: "# machine would refuse, and is left out",
              other: "# machines would refuse, and are left out",
            },
          )}
          note={refusal}
          names={plan.would_refuse.filter((machine) => machine.refusal === refusal)}
        />
      ))}
    </div>
  );
}

function OneMachine({ machine }: { machine: PlannedMachine }) {
  const refuses = machine.refusal !== "";
  return (
    <div
      className={cn("rounded-lg border px-4 py-3", refuses ? "border-bad/50 bg-bad/5" : "border-accent/40 bg-accent/5")}
    >
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Server className="size-5 shrink-0 text-muted" aria-hidden />
        <strong className="min-w-0 break-words font-semibold text-lg leading-6 tracking-tight">{machine.name}</strong>
        {machine.environment !== "" && <Badge className="border bg-surface text-text">{machine.environment}</Badge>}
        <Status status={machine.online ? "online" : "offline"} className="ms-auto" />
      </p>
      {refuses && (
        <p role="alert" className="mt-2 flex items-start gap-2 text-bad">
          <ShieldX className="mt-0.5 size-4 shrink-0" aria-hidden />
          <Trans>It would refuse. {ph({ why: machine.refusal })}</Trans>
        </p>
      )}
      {!refuses && !machine.online && (
        <p className="mt-2 flex items-start gap-2 text-warn">
          <Clock className="mt-0.5 size-4 shrink-0" aria-hidden />
          <Trans>It is away. The command waits for it until it expires; nothing is sent after that.</Trans>
        </p>
      )}
    </div>
  );
}

interface GroupProps {
  icon: ReactNode;
  title: string;
  note?: string;
  names: readonly PlannedMachine[];
  open?: boolean;
}

function Group({ icon, title, note, names, open = false }: GroupProps) {
  return (
    <details open={open} className="group rounded-lg border">
      <summary className="touch flex cursor-pointer items-start gap-2.5 px-3 py-2">
        <span className="mt-0.5">{icon}</span>
        <span className="min-w-0 flex-1">
          <span className="block font-medium">{title}</span>
          {note !== undefined && <span className="block break-words text-muted text-xs">{note}</span>}
        </span>
        <ChevronDown
          className="mt-0.5 size-4 shrink-0 text-muted transition-transform group-open:rotate-180"
          aria-hidden
        />
      </summary>
      <ul
        // biome-ignore lint/a11y/noNoninteractiveTabindex: long lists scroll, which the keyboard must be able to do
        tabIndex={0}
        aria-label={title}
        className="flex max-h-40 flex-wrap gap-1.5 overflow-y-auto border-t px-3 py-2.5"
      >
        {names.length === 0 && (
          <li className="text-muted">
            <Trans>None.</Trans>
          </li>
        )}
        {names.map(({ id, name, environment }) => (
          <li key={id}>
            <Badge className="text-text">
              {name}
              {environment !== "" && <span className="ms-1.5 text-muted">{environment}</span>}
            </Badge>
          </li>
        ))}
      </ul>
    </details>
  );
}
