import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changePassword } from "@/api/people";
import { asProblem } from "@/api/problem";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { NewPasswordFields, newPasswordOf } from "@/components/new-password";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { queryClient, useUser } from "@/state/session";
import { sessionsQuery } from "./queries";

export function PasswordCard() {
  const [open, setOpen] = useState(false);
  const [changed, setChanged] = useState(false);
  return (
    <Card
      title={t`Password`}
      text={<span aria-live="polite">{changed ? t`It is changed.` : t`Changing it ends your other sessions.`}</span>}
      action={
        <Button onClick={() => setOpen(true)}>
          <Trans>Change password</Trans>
        </Button>
      }
    >
      {open && (
        <PasswordDialog
          onClose={() => setOpen(false)}
          onChanged={() => {
            setOpen(false);
            setChanged(true);
            void queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey });
          }}
        />
      )}
    </Card>
  );
}

function PasswordDialog({ onClose, onChanged }: { onClose: () => void; onChanged: () => void }) {
  const user = useUser();
  const [mismatch, setMismatch] = useState(false);
  const change = useMutation({
    mutationFn: ({ old, password }: { old: string; password: string }) => changePassword(old, password),
    onSuccess: onChanged,
  });
  const problem = change.error === null ? null : asProblem(change.error);
  const [wrong, weak] = [problem?.about("old_password"), problem?.about("password")];
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = newPasswordOf(event.currentTarget);
    setMismatch(password === null);
    const old = String(new FormData(event.currentTarget).get("old"));
    if (password !== null) change.mutate({ old, password });
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Change password`} className="sm:w-[26rem]">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <FormProblem text={problem === null || (wrong ?? weak) !== undefined ? null : problem.advice} />
        <input type="hidden" name="username" autoComplete="username" value={user.username} />
        <Field
          label={t`Current password`}
          name="old"
          type="password"
          autoComplete="current-password"
          autoFocus
          required
          error={wrong && t`It is wrong.`}
        />
        <NewPasswordFields weakness={weak} mismatch={mismatch} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" disabled={change.isPending}>
            {change.isPending ? t`Changing…` : t`Change password`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
