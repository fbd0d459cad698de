import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Send } from "lucide-react";
import { useState } from "react";
import { changeChannel, testChannel } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { Channel } from "@/api/types";
import { ChangeMenu } from "@/components/change-menu";
import { RoleTooltip } from "@/components/role-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { MenuItem } from "@/components/ui/menu";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { formatAgo } from "@/lib/time";
import { useGoverns, useMay } from "@/state/session";
import { refresh } from "./queries";

interface ChannelItemProps {
  channel: Channel;
  /** The kind as people call it. */
  kind: string;
  onEdit: () => void;
  onRemove: () => void;
}

/** A channel: how it does, and a button that tries it. */
export function ChannelItem({ channel, kind, onEdit, onRemove }: ChannelItemProps) {
  const governs = useGoverns();
  const operator = useMay("operator");
  const test = useMutation({ mutationFn: () => testChannel(channel.id), onSettled: refresh });
  const turn = useMutation({
    mutationFn: () => changeChannel(channel.id, { enabled: !channel.enabled }),
    onSuccess: refresh,
  });
  const problem = test.error ?? turn.error;
  return (
    <li className="px-4 py-3 sm:px-5">
      <div className="flex items-center gap-3">
        <div className="grid min-w-0 flex-1 gap-x-6 gap-y-1 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.2fr)] sm:items-center">
          <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
            <span className={cn("truncate font-medium", !channel.enabled && "text-muted")}>{channel.name}</span>
            <Badge>{kind}</Badge>
          </p>
          <Health channel={channel} />
        </div>
        <RoleTooltip may={operator} needed="operator" what={t`Testing a channel`}>
          <Button size="sm" disabled={!operator || test.isPending} onClick={() => test.mutate()}>
            <Send className="size-3.5" aria-hidden />
            {test.isPending ? t`Sending…` : t({ message: "Test", context: "verb" })}
            <span className="sr-only"> {channel.name}</span>
          </Button>
        </RoleTooltip>
        <ChangeMenu name={channel.name} disabled={!governs}>
          <MenuItem onSelect={onEdit}>
            <Trans>Edit</Trans>
          </MenuItem>
          <MenuItem onSelect={() => turn.mutate()}>{channel.enabled ? t`Turn off` : t`Turn on`}</MenuItem>
          <MenuItem danger onSelect={onRemove}>
            <Trans>Remove</Trans>
          </MenuItem>
        </ChangeMenu>
      </div>
      {test.data !== undefined && (
        <Outcome ok={test.data.ok} onClose={test.reset}>
          {test.data.ok ? t`Delivered` : t`Not delivered`}
          {test.data.status !== null && ` · ${test.data.status}`}
          {` · ${test.data.duration_ms} ms`}
          <span className="mt-1 block whitespace-pre-wrap break-words font-mono text-text">{test.data.answer}</span>
        </Outcome>
      )}
      {problem !== null && (
        <Outcome ok={false} onClose={test.reset}>
          {asProblem(problem).advice}
        </Outcome>
      )}
    </li>
  );
}

function Health({ channel }: { channel: Channel }) {
  const [now] = useState(hubNow);
  const { waiting, failing_since: failing } = channel;
  const waits = waiting === 0 ? "" : ` · ${t`${waiting} waiting`}`;
  if (channel.last_error !== "" && channel.enabled) {
    const first = formatAgo(failing, now);
    return (
      <p className="min-w-0 text-bad text-xs">
        {failing === null ? t`The last message was not taken` : t`Failing, first ${first}`}
        {waits}
        <span className="block truncate text-muted" title={channel.last_error}>
          {channel.last_error}
        </span>
      </p>
    );
  }
  if (channel.state === "off")
    return (
      <p className="text-muted text-xs">
        <Trans context="channel">Off</Trans>
        {waits}
      </p>
    );
  if (channel.state === "unused")
    return (
      <p className="text-muted text-xs">
        <Trans>Nothing sent yet</Trans>
        {waits}
      </p>
    );
  const sent = formatAgo(channel.last_sent_at, now);
  return (
    <p className="tnum text-xs">
      <span className="text-ok">
        <Trans>Works</Trans>
      </span>
      <span className="text-muted">
        {" · "}
        <Trans>sent {sent}</Trans>
        {waits}
      </span>
    </p>
  );
}

function Outcome({ ok, onClose, children }: { ok: boolean; onClose: () => void; children: React.ReactNode }) {
  const Icon = ok ? CircleCheck : CircleAlert;
  return (
    <div role="status" className="mt-2 flex items-start gap-2.5 rounded-md bg-raised px-3 py-2 text-xs">
      <Icon className={cn("mt-0.5 size-3.5 shrink-0", ok ? "text-ok" : "text-bad")} aria-hidden />
      <p className="max-h-40 min-w-0 flex-1 overflow-y-auto text-muted">{children}</p>
      <button type="button" className="touch rounded px-1.5 text-muted hover:text-text" onClick={onClose}>
        <Trans>Dismiss</Trans>
      </button>
    </div>
  );
}
