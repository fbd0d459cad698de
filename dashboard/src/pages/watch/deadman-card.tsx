import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Send } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import type { Watch } from "@/api/types";
import { testDeadMan } from "@/api/watch";
import { Card } from "@/components/card";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { formatAgo } from "@/lib/time";
import { duration } from "@/lib/units";
import { useMay } from "@/state/session";
import { refresh } from "./queries";

/** The ping that leaves only while all is well, and a button that sends it. */
export function DeadManCard({ deadman }: { deadman: Watch["deadman"] }) {
  const operator = useMay("operator");
  const test = useMutation({ mutationFn: testDeadMan, onSettled: refresh });
  if (deadman.host === "") {
    return (
      <Card
        title={t`Dead man's switch`}
        text={
          <div className="flex max-w-prose flex-col gap-1.5">
            <p>
              <Trans>
                <span className="font-medium text-warn">Not set up.</span> A hub that is dead tells nobody. Somebody
                elsewhere can: a service that expects a ping and raises the alarm when it stays away.
              </Trans>
            </p>
            <p>
              <Trans>
                Set <code className="break-all font-mono text-xs">OPSENTRIX_DEADMAN_URL</code> to the address that it
                gives you.
              </Trans>
            </p>
          </div>
        }
      />
    );
  }
  const { host } = deadman;
  const interval = duration(deadman.interval_s);
  return (
    <Card
      title={t`Dead man's switch`}
      text={t`Pings ${host} every ${interval}, as long as every stage works and the canary comes through.`}
      action={
        <RoleTooltip may={operator} needed="operator" everywhere what={t`Testing the ping`}>
          <Button size="sm" disabled={!operator || test.isPending} onClick={() => test.mutate()}>
            <Send className="size-3.5" aria-hidden />
            {test.isPending ? t`Pinging…` : t`Ping now`}
          </Button>
        </RoleTooltip>
      }
    >
      <div className="border-t px-5 py-4">
        <State deadman={deadman} />
        {test.data !== undefined && (
          <Outcome ok={test.data.ok}>
            {test.data.ok ? t`Arrived` : t`Did not arrive`}
            {test.data.status === null ? "" : ` · ${test.data.status}`}
            <span className="mt-1 block break-words font-mono text-text">{test.data.text}</span>
          </Outcome>
        )}
        {test.error !== null && <Outcome ok={false}>{asProblem(test.error).advice}</Outcome>}
      </div>
    </Card>
  );
}

function State({ deadman }: { deadman: Watch["deadman"] }) {
  const [now] = useState(hubNow);
  const ago = formatAgo(deadman.arrived_at, now);
  if (deadman.held.length > 0) {
    return (
      <p>
        <span className="font-medium text-bad">
          <Trans>Held back</Trans>
        </span>
        <span className="text-muted">
          {" "}
          <Trans>· the last ping arrived {ago}</Trans>
        </span>
      </p>
    );
  }
  if (deadman.answer === null)
    return (
      <p className="text-muted">
        <Trans>No ping yet.</Trans>
      </p>
    );
  return (
    <p className="tnum">
      <span className={cn("font-medium", deadman.answer.ok ? "text-ok" : "text-bad")}>
        {deadman.answer.ok ? t`Arrives` : t`Fails`}
      </span>
      <span className="text-muted">
        {" "}
        <Trans>· last arrived {ago}</Trans>
      </span>
      {!deadman.answer.ok && (
        <span className="mt-1 block break-words font-mono text-muted text-xs">{deadman.answer.text}</span>
      )}
    </p>
  );
}

function Outcome({ ok, children }: { ok: boolean; children: React.ReactNode }) {
  const Icon = ok ? CircleCheck : CircleAlert;
  return (
    <div role="status" className="mt-3 flex items-start gap-2.5 rounded-md bg-raised px-3 py-2 text-xs">
      <Icon className={cn("mt-0.5 size-3.5 shrink-0", ok ? "text-ok" : "text-bad")} aria-hidden />
      <p className="max-h-40 min-w-0 flex-1 overflow-y-auto text-muted">{children}</p>
    </div>
  );
}
