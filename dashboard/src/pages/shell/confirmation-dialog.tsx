import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { confirmPerson } from "@/api/people";
import { asProblem } from "@/api/problem";
import { CodeField } from "@/components/code-field";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { useUser } from "@/state/session";
import { ProviderProof } from "./provider-proof";

interface ProofProps {
  onAnswer: (confirmed: boolean) => void;
}

/** Asks who is at the keyboard when the hub wants to know before something dangerous; then that goes on by itself. */
export function ConfirmationDialog({ onAnswer }: ProofProps) {
  const { totp, method } = useUser();
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onAnswer(false)}
      title={t`Is it you?`}
      description={t`What you are about to do is not for somebody who found this page open. You are not asked again for ten minutes.`}
      className="sm:w-[26rem]"
    >
      {method === "oidc" && !totp ? <ProviderProof onAnswer={onAnswer} /> : <OwnProof onAnswer={onAnswer} />}
    </Dialog>
  );
}

/** The password, or a code for those who have a second factor. */
function OwnProof({ onAnswer }: ProofProps) {
  const { totp } = useUser();
  const [recovery, setRecovery] = useState(false);
  const prove = useMutation({
    mutationFn: (text: string) => confirmPerson(totp ? { code: text } : { password: text }),
    onSuccess: () => onAnswer(true),
  });
  const problem = prove.error === null ? null : asProblem(prove.error);
  const wrong = problem?.about(totp ? "code" : "password");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    prove.mutate(String(new FormData(event.currentTarget).get(totp ? "code" : "password")));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <FormProblem text={problem === null || wrong !== undefined ? null : problem.advice} />
      {totp ? (
        <CodeField key={String(recovery)} recovery={recovery} error={wrong && t`It is wrong, or was used already.`} />
      ) : (
        <Field
          label={t`Your password`}
          name="password"
          type="password"
          autoComplete="current-password"
          autoFocus
          required
          error={wrong && t`It is wrong.`}
        />
      )}
      <div className="flex items-center justify-end gap-2">
        {totp && (
          <Button variant="ghost" size="sm" className="me-auto" onClick={() => setRecovery(!recovery)}>
            {recovery ? t`Use the app` : t`Use a recovery code`}
          </Button>
        )}
        <Button onClick={() => onAnswer(false)}>
          <Trans>Cancel</Trans>
        </Button>
        <Button type="submit" variant="primary" disabled={prove.isPending}>
          {prove.isPending ? t`Checking…` : t`Confirm`}
        </Button>
      </div>
    </form>
  );
}
