import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { addKey, removeKey } from "@/api/operator-keys";
import { asProblem } from "@/api/problem";
import type { OperatorKey } from "@/api/types";
import { CopyBlock } from "@/components/copy";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { deviceName } from "@/lib/device";
import { keepKey, makePair } from "@/lib/operator-key";
import { trustCommand } from "@/lib/run-draft";
import { useUser } from "@/state/session";

/** Makes a pair here, gives the hub its public half and keeps the private one; without either there is no key. */
async function makeKey(name: string): Promise<OperatorKey> {
  const pair = await makePair();
  const key = await addKey(name, pair.publicKey);
  try {
    await keepKey(key.key_id, pair.privateKey);
  } catch (error) {
    await removeKey(key.id);
    throw error;
  }
  return key;
}

/** Names a new key, makes it, and says where its public half belongs. */
export function NewKeyDialog({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const { username } = useUser();
  const [name, setName] = useState(() => deviceName(navigator.userAgent));
  const make = useMutation({ mutationFn: makeKey, onSuccess: onMade });
  const key = make.data;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(name.trim());
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={key === undefined ? t`Make a key` : t`Your key is made`}
      description={
        key === undefined
          ? t`It lives in this browser and cannot be copied out of it: who clears the browser’s data loses it, and makes another.`
          : t`No machine trusts it yet. Its owner decides that, on the machine itself.`
      }
      className="sm:w-[34rem]"
    >
      {key === undefined ? (
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field
            label={t`Name`}
            hint={t`Where it is, so that you know it again.`}
            value={name}
            maxLength={64}
            required
            autoFocus
            onChange={(event) => setName(event.target.value)}
          />
          <FormProblem text={make.error === null ? null : asProblem(make.error).advice} />
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" variant="primary" disabled={make.isPending}>
              {make.isPending ? t`Making…` : t`Make the key`}
            </Button>
          </div>
        </form>
      ) : (
        <div className="flex flex-col gap-4">
          <CopyBlock
            label={t`On the machine, as root`}
            text={trustCommand(`${username}-${key.name}`, key.public_key)}
          />
          <CopyBlock label={t`Public key`} text={key.public_key} />
          <div className="flex justify-end">
            <Button variant="primary" onClick={onClose}>
              <Trans context="button">Done</Trans>
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
