import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef } from "react";
import { login } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { User } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";

/** The first step: `onRight` gets the user, or null when the second step comes. */
export function PasswordForm({ onRight }: { onRight: (user: User | null) => void }) {
  const password = useRef<HTMLInputElement>(null);
  const attempt = useMutation({
    mutationFn: (form: FormData) => login(String(form.get("username")), String(form.get("password"))),
    onSuccess: onRight,
    onError: () => password.current?.select(),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    attempt.mutate(new FormData(event.currentTarget));
  };
  return (
    <form onSubmit={submit} className="card flex flex-col gap-4 p-5">
      <FormProblem text={attempt.error === null ? null : asProblem(attempt.error).advice} />
      <Field label={t`Username`} name="username" autoComplete="username" autoFocus required />
      <Field
        label={t`Password`}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        ref={password}
      />
      <Button type="submit" variant="primary" className="h-9" disabled={attempt.isPending}>
        {attempt.isPending ? t`Logging in…` : t`Log in`}
      </Button>
    </form>
  );
}
