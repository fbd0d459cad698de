import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { BellRing } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { addBrowser, removeBrowser } from "@/api/push";
import type { PushBrowser } from "@/api/types";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { type PushAbility, pushAbility, subscribe } from "@/lib/push";
import { queryClient } from "@/state/session";
import { PushItem } from "./push-item";
import { hereQuery, pushQuery } from "./queries";

const WHY_NOT: Record<Exclude<PushAbility, "ready">, string> = {
  insecure: t`Browsers allow notifications on pages over HTTPS only. Open the dashboard by its https address.`,
  "home-screen": t`On iPhone and iPad: share this page, choose “Add to Home Screen”, and open it from there.`,
  unsupported: t`This browser cannot be pushed notifications. Current versions of Chrome, Firefox, Edge and Safari can.`,
};

/** Notifications in this browser and in others of the same person. */
export function PushCard() {
  const ability = pushAbility();
  const push = useQuery(pushQuery);
  const here = useQuery({ ...hereQuery, enabled: ability === "ready" });
  // Asked for at each look: the person may have changed it in the browser meanwhile.
  const [permission, setPermission] = useState(ability === "ready" ? Notification.permission : "default");
  const again = () => Promise.all([queryClient.invalidateQueries(pushQuery), queryClient.invalidateQueries(hereQuery)]);
  const turnOn = useMutation({
    mutationFn: async () => {
      const subscription = await subscribe(push.data?.key ?? "");
      setPermission(Notification.permission);
      if (subscription !== null) await addBrowser(subscription);
    },
    onSettled: again,
  });
  const remove = useMutation({
    mutationFn: (one: PushBrowser) => removeBrowser(one.id),
    onSettled: again,
  });
  const items = push.data?.items ?? [];
  const known = items.some(({ fingerprint }) => fingerprint === here.data);
  const blocked = permission === "denied";
  const problem = turnOn.error ?? remove.error ?? push.error;
  const advice = problem === null ? null : asProblem(problem).advice;
  return (
    <Card
      title={t`Notifications in this browser`}
      text={t`Alarms ring here, also while the dashboard is closed. An admin chooses in Notifications who is pushed what.`}
      action={
        ability === "ready" &&
        !blocked &&
        push.data !== undefined &&
        !known && (
          <Button variant="primary" disabled={turnOn.isPending} onClick={() => turnOn.mutate()}>
            <BellRing className="size-4" aria-hidden />
            {turnOn.isPending ? t`Turning on…` : t`Turn on`}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-2 px-5 pb-4">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Standing ability={ability} blocked={blocked} known={known} />
        </p>
        <FormProblem text={advice === null ? null : t`It did not work: ${advice}`} />
      </div>
      {push.isPending && <Skeleton className="mx-5 mb-4 h-12" />}
      {items.length > 0 && (
        <ul aria-label={t`Browsers that are notified`} className="divide-y border-t">
          {items.map((one) => (
            <PushItem
              key={one.id}
              browser={one}
              here={one.fingerprint === here.data}
              busy={remove.isPending}
              onRemove={() => remove.mutate(one)}
            />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Standing({ ability, blocked, known }: { ability: PushAbility; blocked: boolean; known: boolean }) {
  if (ability !== "ready") {
    return (
      <>
        <Badge>
          <Trans>Not possible</Trans>
        </Badge>
        <span className="text-muted">{WHY_NOT[ability]}</span>
      </>
    );
  }
  if (blocked) {
    return (
      <>
        <Badge className="bg-bad/12 font-medium text-bad">
          <Trans>Blocked</Trans>
        </Badge>
        <span className="text-muted">
          <Trans>
            This browser was told to block notifications of this page. Press the icon left of the address, allow
            notifications, and load the page again.
          </Trans>
        </span>
      </>
    );
  }
  return known ? (
    <Badge className="bg-ok/12 font-medium text-ok">
      <Trans context="notifications">On</Trans>
    </Badge>
  ) : (
    <Badge>
      <Trans context="notifications">Off</Trans>
    </Badge>
  );
}
