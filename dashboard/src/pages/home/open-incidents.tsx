import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { acknowledge, unacknowledge } from "@/api/incidents";
import { asProblem } from "@/api/problem";
import type { Incident } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { SeverityIcon } from "@/components/severity";
import { Skeleton } from "@/components/ui/skeleton";
import { byUrgency } from "@/lib/incident-search";
import { locale } from "@/lib/language";
import { SEVERITY_WORDS } from "@/lib/severity-words";
import { formatAgo } from "@/lib/time";
import { AcknowledgeMenu } from "@/pages/incident/acknowledge-menu";
import { about } from "@/pages/incidents/incident-list";
import { openQuery } from "@/pages/incidents/queries";
import { refreshAlerting } from "@/state/alerting";
import { lastDone } from "@/state/done";
import { useOnlyLooking } from "@/state/kiosk";
import { useMay } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";
import { Panel, PanelNote } from "./panel";

const SHOWN = 5;

/** What is wrong now, what nobody looks after and the gravest first. */
export function OpenIncidents() {
  const open = useQuery(openQuery({}));
  const now = useHubNow(10_000);
  const items = [...(open.data?.items ?? [])].sort(byUrgency);
  const count = items.length;
  return (
    <Panel
      title={t`Open incidents`}
      to="/incidents"
      more={count > SHOWN ? t({ message: `All ${count}`, context: "incidents" }) : t`Incidents`}
    >
      {open.isPending && open.error === null && <Skeleton className="m-4 h-10" />}
      {open.error !== null && (
        <div className="p-4">
          <FormProblem text={asProblem(open.error).advice} />
        </div>
      )}
      {open.data !== undefined && items.length === 0 && (
        <PanelNote>
          <CircleCheck className="size-4 shrink-0 text-ok" aria-hidden />
          <Trans>Nothing is wrong.</Trans>
        </PanelNote>
      )}
      {items.length > 0 && (
        <ul className="divide-y">
          {items.slice(0, SHOWN).map((incident) => (
            <IncidentRow key={incident.id} incident={incident} now={now} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** One incident with what can be done about it. */
export function IncidentRow({ incident, now }: { incident: Incident; now: number }) {
  const { id, title, severity, state } = incident;
  const looking = useOnlyLooking();
  const may = useMay("operator") && !looking;
  const act = useMutation({
    mutationFn: ({ run }: { run: () => Promise<unknown>; done: string; undo: () => Promise<unknown> }) => run(),
    onSuccess: (_, { done, undo }) => {
      void refreshAlerting();
      lastDone.set({ text: done, undo: () => undo().then(refreshAlerting) });
    },
  });
  const before = incident.acknowledged_until;
  const named = (
    <>
      <span className="sr-only">{SEVERITY_WORDS[severity]}: </span>
      {title}
    </>
  );
  const asBefore = () => (before === null ? unacknowledge(id) : acknowledge(id, Date.parse(before) / 1000));
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <SeverityIcon severity={severity} className="mt-0.5" />
      <div className="min-w-0 flex-1">
        {looking ? (
          <p className="line-clamp-2 break-words font-medium">{named}</p>
        ) : (
          <Link
            to="/incidents/$incidentId"
            params={{ incidentId: String(id) }}
            className="line-clamp-2 break-words font-medium hover:underline"
          >
            {named}
          </Link>
        )}
        <p className="tnum text-muted text-xs">
          {formatAgo(incident.opened_at, now)} · {about(incident)}
        </p>
        {act.error !== null && <FormProblem text={asProblem(act.error).advice} />}
      </div>
      {may && (
        <AcknowledgeMenu
          title={title}
          acknowledged={state === "acknowledged"}
          disabled={act.isPending}
          onAcknowledge={(until, label) => {
            const time = label.toLocaleLowerCase(locale());
            act.mutate({ run: () => acknowledge(id, until), done: t`Acknowledged: ${time}`, undo: asBefore });
          }}
          onTakeBack={() =>
            act.mutate({ run: () => unacknowledge(id), done: t`The acknowledgement was taken back`, undo: asBefore })
          }
        />
      )}
    </li>
  );
}
