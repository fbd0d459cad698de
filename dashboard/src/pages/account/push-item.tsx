import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, Monitor, Send, Smartphone } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { testBrowser } from "@/api/push";
import type { PushBrowser } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { hubNow } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { deviceName, isHandheld } from "@/lib/device";
import { formatAgo } from "@/lib/time";
import { queryClient } from "@/state/session";
import { pushQuery } from "./queries";

interface PushItemProps {
  browser: PushBrowser;
  /** Whether it is the one that shows this page. */
  here: boolean;
  busy: boolean;
  onRemove: () => void;
}

/** A browser that is notified: how it does, and a button that tries it. */
export function PushItem({ browser, here, busy, onRemove }: PushItemProps) {
  const [now] = useState(hubNow);
  const test = useMutation({
    mutationFn: () => testBrowser(browser.id),
    // A browser that is gone leaves the list, once what the push service said was read.
    onSuccess: ({ ok }) => ok && queryClient.invalidateQueries(pushQuery),
  });
  const Icon = isHandheld(browser.user_agent) ? Smartphone : Monitor;
  const device = deviceName(browser.user_agent);
  const { service, failures, last_error: error } = browser;
  const [since, last] = [formatAgo(browser.created_at, now), formatAgo(browser.last_delivered_at, now)];
  return (
    <li className="px-5 py-3">
      <div className="flex flex-wrap items-center gap-x-3.5 gap-y-2">
        <Icon className="size-5 shrink-0 text-muted" aria-hidden />
        <div className="min-w-0 flex-1 basis-44">
          <p className="flex flex-wrap items-center gap-x-2">
            <span className="truncate font-medium" title={browser.user_agent}>
              {device}
            </span>
            {here && (
              <Badge className="bg-ok/12 font-medium text-ok">
                <Trans>This one</Trans>
              </Badge>
            )}
          </p>
          <p className="tnum text-muted text-xs">
            <Trans>
              by {service} · on since {since} · last message {last}
            </Trans>
          </p>
          {failures > 0 && (
            <p className="break-words text-bad text-xs">
              <Trans>
                Not taken <Plural value={failures} one="once" other="# times" />: {error}
              </Trans>
            </p>
          )}
        </div>
        <span className="flex gap-2">
          <Button size="sm" disabled={test.isPending} onClick={() => test.mutate()}>
            <Send className="size-3.5" aria-hidden />
            {test.isPending ? t`Sending…` : t({ message: "Test", context: "verb" })}
            <span className="sr-only"> {device}</span>
          </Button>
          <Button size="sm" disabled={busy} onClick={onRemove} aria-label={t`Remove ${device}`}>
            <Trans>Remove</Trans>
          </Button>
        </span>
      </div>
      {test.data !== undefined && <Answer {...test.data} />}
      {test.error !== null && <Outcome ok={false}>{asProblem(test.error).advice}</Outcome>}
    </li>
  );
}

function Answer({ ok, duration_ms: took, answer }: Awaited<ReturnType<typeof testBrowser>>) {
  return (
    <Outcome ok={ok}>
      {ok ? t`The push service took it · ${took} ms` : t`The push service did not take it · ${took} ms`}
      <span className="mt-1 block break-words font-mono text-text">{answer}</span>
      {ok && (
        <span className="mt-1 block">
          <Trans>Nothing to see? Then the system may hold notifications back: look for “do not disturb”.</Trans>
        </span>
      )}
    </Outcome>
  );
}

function Outcome({ ok, children }: { ok: boolean; children: React.ReactNode }) {
  const Icon = ok ? CircleCheck : CircleAlert;
  return (
    <div role="status" className="mt-2 flex items-start gap-2.5 rounded-md bg-raised px-3 py-2 text-xs">
      <Icon className={cn("mt-0.5 size-3.5 shrink-0", ok ? "text-ok" : "text-bad")} aria-hidden />
      <p className="min-w-0 flex-1 text-muted">{children}</p>
    </div>
  );
}
