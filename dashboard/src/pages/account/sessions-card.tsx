import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Monitor, Smartphone } from "lucide-react";
import { useState } from "react";
import { endOtherSessions, endSession } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { PersonSession } from "@/api/types";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { hubNow } from "@/lib/clock";
import { deviceName, isHandheld } from "@/lib/device";
import { formatAgo } from "@/lib/time";
import { forgetSession, queryClient } from "@/state/session";
import { sessionsQuery } from "./queries";

/** Where somebody is logged in, and ending it from here. */
export function SessionsCard() {
  const navigate = useNavigate();
  const { data: sessions } = useQuery(sessionsQuery);
  const again = () => queryClient.invalidateQueries(sessionsQuery);
  const others = useMutation({ mutationFn: endOtherSessions, onSettled: again });
  const end = useMutation({
    mutationFn: (session: PersonSession) => endSession(session.id),
    onSuccess: async (_, session) => {
      if (!session.current) return again();
      await navigate({ to: "/login" });
      forgetSession();
    },
  });
  const problem = others.error ?? end.error;
  return (
    <Card
      title={t`Sessions`}
      text={t`Where you are logged in. End what you do not know, and change your password then.`}
      action={
        sessions !== undefined &&
        sessions.length > 1 && (
          <Button disabled={others.isPending} onClick={() => others.mutate()}>
            <Trans>End all others</Trans>
          </Button>
        )
      }
    >
      <FormProblem text={problem === null ? null : asProblem(problem).advice} />
      {sessions === undefined ? (
        <Skeleton className="mx-5 mb-4 h-16" />
      ) : (
        <ul aria-label={t`Sessions`} className="divide-y border-t">
          {sessions.map((session) => (
            <SessionItem key={session.id} session={session} onEnd={() => end.mutate(session)} />
          ))}
        </ul>
      )}
    </Card>
  );
}

/** When and how somebody logged in. */
function loginText({ created_at: at, method }: PersonSession, now: number): string {
  const when = formatAgo(at, now);
  switch (method) {
    case "password":
      return t`logged in ${when} with the password`;
    case "password+totp":
      return t`logged in ${when} with a second factor`;
    case "password+recovery":
      return t`logged in ${when} with a recovery code`;
    case "oidc":
      return t`logged in ${when} by the identity provider`;
    default:
      return t`logged in ${when} by ${method}`;
  }
}

function SessionItem({ session, onEnd }: { session: PersonSession; onEnd: () => void }) {
  const [now] = useState(hubNow);
  const Icon = isHandheld(session.user_agent) ? Smartphone : Monitor;
  const device = deviceName(session.user_agent);
  const end = session.current ? t`Log out` : t({ message: "End", context: "session" });
  const seen = formatAgo(session.last_seen_at, now);
  const told = [
    session.address === "" ? t`unknown address` : session.address,
    loginText(session, now),
    ...(session.current ? [] : [t`seen ${seen}`]),
  ];
  return (
    <li className="flex items-center gap-3.5 px-5 py-3">
      <Icon className="size-5 shrink-0 text-muted" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className="truncate font-medium" title={session.user_agent}>
            {device}
          </span>
          {session.current && (
            <Badge className="bg-ok/12 font-medium text-ok">
              <Trans>This one</Trans>
            </Badge>
          )}
        </p>
        <p className="tnum text-muted text-xs">{told.join(" · ")}</p>
      </div>
      <Button size="sm" onClick={onEnd} aria-label={`${end}: ${device}`}>
        {end}
      </Button>
    </li>
  );
}
