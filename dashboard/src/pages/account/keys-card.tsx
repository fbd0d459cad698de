import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { removeKey } from "@/api/operator-keys";
import { asProblem } from "@/api/problem";
import type { OperatorKey } from "@/api/types";
import { Card } from "@/components/card";
import { CopyBlock } from "@/components/copy";
import { FormProblem } from "@/components/entry";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { hubNow } from "@/lib/clock";
import { forgetKey, type KeyAbility } from "@/lib/operator-key";
import { trustCommand } from "@/lib/run-draft";
import { formatAgo } from "@/lib/time";
import { keyAbilityQuery, keysHereQuery, keysQuery } from "@/state/commands";
import { queryClient, useUser } from "@/state/session";
import { NewKeyDialog } from "./new-key-dialog";

const WHY_NOT: Record<Exclude<KeyAbility, "ready">, string> = {
  insecure: t`Browsers make keys on pages over HTTPS only. Open the dashboard by its https address.`,
  unsupported: t`This browser cannot make such keys. Current versions of Chrome, Edge, Firefox and Safari can.`,
};

/** A person's own keys for commands: of each the public half, and whether this very browser has the private one. */
export function KeysCard() {
  const keys = useQuery(keysQuery);
  const here = useQuery(keysHereQuery);
  const { data: ability } = useQuery(keyAbilityQuery);
  const [making, setMaking] = useState(false);
  const again = () =>
    Promise.all([queryClient.invalidateQueries(keysQuery), queryClient.invalidateQueries(keysHereQuery)]);
  const remove = useMutation({
    mutationFn: async (key: OperatorKey) => {
      await removeKey(key.id);
      if (here.data?.includes(key.key_id)) await forgetKey(key.key_id);
    },
    onSettled: again,
  });
  const items = keys.data ?? [];
  const problem = remove.error ?? keys.error;
  return (
    <div id="operator-keys" className="scroll-mt-16">
      <Card
        title={t`Keys for commands`}
        text={t`Some machines follow nobody but a person whose key their owner trusts, not even this hub. Such a key is made in this browser and never leaves it.`}
        action={
          ability === "ready" && (
            <Button variant={items.length === 0 ? "primary" : "secondary"} onClick={() => setMaking(true)}>
              <KeyRound className="size-4" aria-hidden />
              <Trans>Make a key</Trans>
            </Button>
          )
        }
      >
        {(problem !== null || (ability !== undefined && ability !== "ready")) && (
          <div className="flex flex-col gap-2 px-5 pb-4">
            <FormProblem text={problem === null ? null : asProblem(problem).advice} />
            {ability !== undefined && ability !== "ready" && <p className="text-muted">{WHY_NOT[ability]}</p>}
          </div>
        )}
        {keys.isPending && <Skeleton className="mx-5 mb-4 h-12" />}
        {items.length > 0 && (
          <ul aria-label={t`Keys for commands`} className="divide-y border-t">
            {items.map((one) => (
              <KeyItem
                key={one.id}
                item={one}
                here={here.data?.includes(one.key_id) ?? false}
                busy={remove.isPending}
                onRemove={() => remove.mutate(one)}
              />
            ))}
          </ul>
        )}
      </Card>
      {making && <NewKeyDialog onMade={again} onClose={() => setMaking(false)} />}
    </div>
  );
}

interface KeyItemProps {
  item: OperatorKey;
  here: boolean;
  busy: boolean;
  onRemove: () => void;
}

function KeyItem({ item, here, busy, onRemove }: KeyItemProps) {
  const { username } = useUser();
  const [now] = useState(hubNow);
  const [asked, setAsked] = useState(false);
  const { name } = item;
  const when = formatAgo(item.created_at, now);
  return (
    <li className="flex flex-col gap-2.5 px-5 py-3">
      <div className="flex flex-wrap items-center gap-x-3.5 gap-y-2">
        <KeyRound className="size-5 shrink-0 text-muted" aria-hidden />
        <div className="min-w-0 flex-1 basis-44">
          <p className="flex flex-wrap items-center gap-x-2">
            <span className="truncate font-medium">{name}</span>
            {here ? (
              <Badge className="bg-ok/12 font-medium text-ok">
                <Trans>In this browser</Trans>
              </Badge>
            ) : (
              <Badge>
                <Trans>In another browser</Trans>
              </Badge>
            )}
          </p>
          <p className="tnum text-muted text-xs">
            <Trans>made {when}</Trans> · <span className="font-mono">{item.key_id}</span>
          </p>
        </div>
        {asked ? (
          <span className="flex gap-2">
            <Button size="sm" onClick={() => setAsked(false)}>
              <Trans>Keep</Trans>
            </Button>
            <Button size="sm" variant="danger" disabled={busy} onClick={onRemove}>
              <Trans>Remove for good</Trans>
            </Button>
          </span>
        ) : (
          <Button size="sm" aria-label={t`Remove ${name}`} onClick={() => setAsked(true)}>
            <Trans>Remove</Trans>
          </Button>
        )}
      </div>
      <details>
        <summary className="touch cursor-pointer text-muted text-xs">
          <Trans>How a machine comes to trust it</Trans>
        </summary>
        <div className="mt-2 flex flex-col gap-2">
          <CopyBlock label={t`On the machine, as root`} text={trustCommand(`${username}-${name}`, item.public_key)} />
          <p className="text-muted text-xs">
            <Trans>
              It goes into the machine’s policy under “signers”. When you remove the key here, take it out there too.
            </Trans>
          </p>
        </div>
      </details>
    </li>
  );
}
