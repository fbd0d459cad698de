import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { sendSecondFactor } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { User } from "@/api/types";
import { CodeField } from "@/components/code-field";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";

interface CodeFormProps {
  onLoggedIn: (user: User) => void;
  onBack: () => void;
}

/** The second step: the code of the app, or one of the recovery codes. */
export function CodeForm({ onLoggedIn, onBack }: CodeFormProps) {
  const [recovery, setRecovery] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const attempt = useMutation({
    mutationFn: (code: string) => sendSecondFactor(code),
    onSuccess: onLoggedIn,
    onError: () => form.current?.querySelector("input")?.select(),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    attempt.mutate(String(new FormData(event.currentTarget).get("code")));
  };
  const other = () => {
    attempt.reset();
    setRecovery(!recovery);
  };
  return (
    <form ref={form} onSubmit={submit} className="card flex flex-col gap-4 p-5">
      <FormProblem text={attempt.error === null ? null : asProblem(attempt.error).advice} />
      <CodeField key={String(recovery)} recovery={recovery} onComplete={() => form.current?.requestSubmit()} />
      <Button type="submit" variant="primary" className="h-9" disabled={attempt.isPending}>
        {attempt.isPending ? t`Checking…` : t`Log in`}
      </Button>
      <div className="flex justify-between gap-2">
        <Button variant="ghost" size="sm" onClick={onBack}>
          <Trans>Back</Trans>
        </Button>
        <Button variant="ghost" size="sm" onClick={other}>
          {recovery ? t`Use the app` : t`Use a recovery code`}
        </Button>
      </div>
    </form>
  );
}
