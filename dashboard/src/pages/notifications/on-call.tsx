import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { CalendarClock, Plus } from "lucide-react";
import { useState } from "react";
import { deleteRota } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { Rota } from "@/api/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { formatDayAndMinute } from "@/lib/time";
import { useGoverns } from "@/state/session";
import { Escalations } from "./escalations";
import { refresh, rotasQuery } from "./queries";
import { RemoveDialog } from "./remove-dialog";
import { RotaCard } from "./rota-card";
import { RotaDialog } from "./rota-dialog";

type Doing = { what: "edit"; rota: Rota | null } | { what: "remove"; rota: Rota };

/** Who is on call now, when others are, and what happens when nobody answers. */
export function OnCall() {
  const governs = useGoverns();
  const rotas = useQuery(rotasQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  if (rotas.isPending) return <Skeleton className="h-40 w-full" />;
  if (rotas.isError) return <Notice title={t`Rotas could not be loaded`}>{asProblem(rotas.error).message}</Notice>;
  const add = (
    <Button variant="primary" disabled={!governs} onClick={() => setDoing({ what: "edit", rota: null })}>
      <Plus className="size-4" aria-hidden />
      <Trans>Add rota</Trans>
    </Button>
  );
  return (
    <div className="flex flex-col gap-6">
      {rotas.data.length === 0 ? (
        <div className="card flex flex-col items-center gap-3 px-6 py-12 text-center">
          <CalendarClock className="size-8 text-muted" aria-hidden />
          <p className="font-medium text-[0.9375rem]">
            <Trans>No rota yet</Trans>
          </p>
          <p className="max-w-md text-muted">
            <Trans>
              A rota is people who take turns. Routes name it, and whoever is on call is told by their own channels.
            </Trans>
          </p>
          {add}
        </div>
      ) : (
        <>
          <OnCallNow rotas={rotas.data} />
          <section aria-labelledby="rotas" className="flex flex-col gap-3">
            <div className="flex items-center justify-between gap-4">
              <h2 id="rotas" className="font-semibold text-[0.9375rem]">
                <Trans>The next two weeks</Trans>
              </h2>
              {add}
            </div>
            <ul aria-label={t`Rotas`} className="flex flex-col gap-3">
              {rotas.data.map((rota) => (
                <RotaCard
                  key={rota.id}
                  rota={rota}
                  onEdit={() => setDoing({ what: "edit", rota })}
                  onRemove={() => setDoing({ what: "remove", rota })}
                />
              ))}
            </ul>
          </section>
        </>
      )}
      <Escalations />
      {doing?.what === "edit" && <RotaDialog rota={doing.rota} onClose={done} />}
      {doing?.what === "remove" && (
        <RemoveDialog
          title={t`Remove the rota ${doing.rota.name}?`}
          text={t`A rota that a route or an escalation names stays.`}
          run={() => deleteRota(doing.rota.id)}
          onDone={refresh}
          onClose={done}
        />
      )}
    </div>
  );
}

/** "until Mon, 7 Dec, 09:00, then anna". */
function changeText({ now, next }: Rota): string {
  const [until, person] = [formatDayAndMinute(Date.parse(now.ends) / 1000), next.name];
  return t`until ${until}, then ${person}`;
}

function OnCallNow({ rotas }: { rotas: readonly Rota[] }) {
  return (
    <section aria-labelledby="on-call-now" className="card px-5 py-4">
      <h2 id="on-call-now" className="font-semibold text-[0.9375rem]">
        <Trans>On call now</Trans>
      </h2>
      <ul className="mt-3 grid gap-x-6 gap-y-4 sm:grid-cols-2">
        {rotas.map((rota) => (
          <li key={rota.id} className="flex min-w-0 items-center gap-3">
            <span
              aria-hidden
              className="grid size-10 shrink-0 place-items-center rounded-full bg-accent/12 font-semibold text-accent uppercase"
            >
              {rota.now.name.slice(0, 1)}
            </span>
            <span className="min-w-0">
              <span className="block break-words">
                <span className="font-semibold text-[0.9375rem]">{rota.now.name}</span>{" "}
                <span className="text-muted">{rota.name}</span>
              </span>
              <span className="tnum block break-words text-muted text-xs">{changeText(rota)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
