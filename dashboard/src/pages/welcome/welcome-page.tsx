import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { fetchLinkOwner, setPasswordByLink } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { LinkOwner } from "@/api/types";
import { Entry, FormProblem } from "@/components/entry";
import { NewPasswordFields, newPasswordOf } from "@/components/new-password";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";

/** Where an invitation or a reset link leads: somebody sets their password. The token is in the fragment. */
export function WelcomePage() {
  const [token] = useState(() => window.location.hash.slice(1));
  const owner = useQuery({
    queryKey: ["password-link", token],
    queryFn: () => fetchLinkOwner(token === "" ? "-" : token),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const [done, setDone] = useState(false);
  useEffect(() => {
    document.title = t`Welcome · Opsentrix`;
  }, []);
  if (owner.error !== null) {
    return (
      <Entry title={t`This link does not work`} subtitle={t`Links work once, and not for ever.`}>
        <Notice title={asProblem(owner.error).message}>
          <Trans>Ask an admin of this hub for a new one.</Trans>
        </Notice>
        <p className="mt-4">
          <LoginLink text={t`To the login`} />
        </p>
      </Entry>
    );
  }
  if (owner.data === undefined) {
    return (
      <Entry title={t`Welcome`} subtitle={t`Checking the link…`}>
        <Skeleton className="h-56 w-full" />
      </Entry>
    );
  }
  const { username, invitation } = owner.data;
  if (done) {
    return (
      <Entry title={t`Your password is set`} subtitle={t`You are ${username}.`}>
        <div className="card flex flex-col gap-4 p-5">
          <p>
            <Trans>Log in with it from now on. This link is used up.</Trans>
          </p>
          <LoginLink text={t`Log in`} />
        </div>
      </Entry>
    );
  }
  return (
    <Entry
      title={invitation ? t`Welcome to Opsentrix` : t`Set a new password`}
      subtitle={
        invitation ? (
          <Trans>
            You were invited as <span className="font-medium text-text">{username}</span>.
          </Trans>
        ) : (
          <Trans>
            For <span className="font-medium text-text">{username}</span>.
          </Trans>
        )
      }
      note={invitation ? null : t`All open sessions of this account end. Two-factor authentication stays as it is.`}
    >
      <PasswordCard token={token} owner={owner.data} onDone={() => setDone(true)} />
    </Entry>
  );
}

function LoginLink({ text }: { text: string }) {
  return (
    <Button asChild variant="primary" className="h-9">
      <Link to="/login">{text}</Link>
    </Button>
  );
}

function PasswordCard({ token, owner, onDone }: { token: string; owner: LinkOwner; onDone: () => void }) {
  const [mismatch, setMismatch] = useState(false);
  const set = useMutation({ mutationFn: (password: string) => setPasswordByLink(token, password), onSuccess: onDone });
  const problem = set.error === null ? null : asProblem(set.error);
  const weak = problem?.about("password");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = newPasswordOf(event.currentTarget);
    setMismatch(password === null);
    if (password !== null) set.mutate(password);
  };
  return (
    <form onSubmit={submit} className="card flex flex-col gap-4 p-5">
      <FormProblem text={problem === null || weak !== undefined ? null : problem.advice} />
      <input type="hidden" name="username" autoComplete="username" value={owner.username} />
      <NewPasswordFields weakness={weak} mismatch={mismatch} autoFocus />
      <Button type="submit" variant="primary" className="h-9" disabled={set.isPending}>
        {set.isPending ? t`Setting…` : t`Set password`}
      </Button>
    </form>
  );
}
