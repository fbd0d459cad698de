import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { planRollout, type RolloutWish, startRollout } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { Offer, PlannedAgent } from "@/api/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { queryClient } from "@/state/session";
import { agents, asked } from "./rollouts";
import { rolloutsQuery } from "./versions-query";

const RINGS = { careful: ["1", "10%", "100%"], two: ["1", "100%"], all: ["100%"] };
const PACES = [
  { value: "careful", label: t`1, 10 %, all` },
  { value: "two", label: t`1, all` },
  { value: "all", label: t`All at once` },
] as const;

/** Which machine is asked in which ring, which are not, and the decision to begin. */
export function PlanDialog({ offer, onClose }: { offer: Offer; onClose: () => void }) {
  const [pace, setPace] = useState<keyof typeof RINGS>("careful");
  const [soak, setSoak] = useState("10");
  const [failures, setFailures] = useState("0");
  const wish: RolloutWish = {
    version: offer.version,
    rings: RINGS[pace],
    soak_s: Math.round(Number(soak) * 60),
    max_failures: Number(failures),
  };
  const wrong = !/^\d{1,4}$/.test(soak) || !/^\d{1,4}$/.test(failures);
  const plan = useQuery({
    queryKey: ["rollout-plan", offer.sha256, pace],
    queryFn: () => planRollout({ ...wish, soak_s: 0, max_failures: 0 }),
    gcTime: 0,
  });
  const start = useMutation({
    mutationFn: () => startRollout(wish),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: rolloutsQuery.queryKey });
      onClose();
    },
  });
  const problem = start.error ?? plan.error;
  const count = plan.data === undefined ? 0 : asked(plan.data);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Roll out ${offer.version}`}
      description={t`Ring after ring: the next begins when each agent of the one before runs the release and reports. An agent that the hub hears nothing of goes back by itself.`}
      className="sm:w-[min(44rem,calc(100vw-2rem))]"
    >
      <div className="grid gap-4 sm:grid-cols-3">
        <div className="flex flex-col gap-1.5 sm:col-span-3">
          <span className="font-medium text-sm">
            <Trans>Rings</Trans>
          </span>
          <Segmented className="self-start" label={t`Rings`} value={pace} onChange={setPace} options={PACES} />
        </div>
        <Field
          label={t`Minutes between rings`}
          inputMode="numeric"
          value={soak}
          onChange={(event) => setSoak(event.target.value)}
        />
        <Field
          label={t`Failures allowed`}
          inputMode="numeric"
          hint={t`One more halts the rollout.`}
          value={failures}
          onChange={(event) => setFailures(event.target.value)}
        />
      </div>
      {problem !== null && (
        <Notice className="mt-4" title={t`It cannot be rolled out`}>
          {asProblem(problem).message}
        </Notice>
      )}
      {plan.isPending && <Skeleton className="mt-4 h-32 w-full" />}
      {plan.data !== undefined && (
        <div className="mt-5 flex flex-col gap-3">
          {plan.data.rings.map((ring, index) => {
            const number = index + 1;
            return <Machines key={number} title={t`Ring ${number}`} machines={ring} />;
          })}
          <Machines title={t`Not allowed by its owner`} machines={plan.data.not_allowed} quiet />
          <Machines title={t`Runs it already`} machines={plan.data.current} quiet />
          {count === 0 && (
            <p className="text-muted">
              <Trans>
                Nobody is to be asked. Machines whose owner allows upgrades appear here once their agent has connected.
              </Trans>
            </p>
          )}
        </div>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          variant="primary"
          disabled={wrong || count === 0 || start.isPending || plan.isFetching}
          onClick={() => start.mutate()}
        >
          <Plural value={count} one="Upgrade # agent" other="Upgrade # agents" />
        </Button>
      </div>
    </Dialog>
  );
}

const SHOWN = 30;

/** Machines by name, as many as one can read. */
function Machines({ title, machines, quiet = false }: { title: string; machines: PlannedAgent[]; quiet?: boolean }) {
  if (machines.length === 0) return null;
  const away = quiet ? 0 : machines.filter((one) => !one.online).length;
  const words = [
    agents(machines.length),
    away > 0 && plural(away, { one: "# away: asked when it comes back", other: "# away: asked when they come back" }),
  ].filter((one) => one !== false);
  const more = machines.length - SHOWN;
  return (
    <div>
      <p className={quiet ? "text-muted" : "font-medium"}>
        {title} <span className="tnum font-normal text-muted text-xs">· {words.join(", ")}</span>
      </p>
      <ul className="mt-1 flex flex-wrap gap-1.5">
        {machines.slice(0, SHOWN).map((one) => (
          <li key={one.id} className="rounded bg-raised px-1.5 py-0.5 text-xs">
            {one.name} <span className="tnum text-muted">{one.version}</span>
          </li>
        ))}
        {more > 0 && (
          <li className="text-muted text-xs">
            <Trans>and {more} more</Trans>
          </li>
        )}
      </ul>
    </div>
  );
}
