import { useMutation } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef } from "react";
import { login } from "@/api/calls";
import { asProblem } from "@/api/problem";
import { Logo } from "@/components/logo";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { beginSession } from "@/state/session";

const route = getRouteApi("/login");

/** Only addresses inside the dashboard: a link must not send a person who logs in to another site. */
function safeTarget(redirect: string | undefined): string {
  return redirect?.startsWith("/") === true && !redirect.startsWith("//") && !redirect.startsWith("/login")
    ? redirect
    : "/";
}

export function LoginPage() {
  const router = useRouter();
  const { redirect } = route.useSearch();
  const password = useRef<HTMLInputElement>(null);
  const attempt = useMutation({
    mutationFn: (form: FormData) => login(String(form.get("username")), String(form.get("password"))),
    onSuccess: (user) => {
      beginSession(user);
      router.history.push(`/dashboard${safeTarget(redirect?.replace(/^\/dashboard/, ""))}`);
    },
    onError: () => password.current?.select(),
  });
  useEffect(() => {
    document.title = "Log in · Opsentrix";
  }, []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    attempt.mutate(new FormData(event.currentTarget));
  };
  const problem = attempt.error === null ? null : asProblem(attempt.error);
  const wait = problem?.retryAfter ?? null;
  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <div className="w-full max-w-sm pb-16">
        <div className="mb-6 flex items-center gap-3">
          <Logo className="size-9" />
          <div>
            <h1 className="font-semibold text-lg leading-6 tracking-tight">Log in to Opsentrix</h1>
            <p className="text-muted">Your servers, second by second.</p>
          </div>
        </div>
        <form onSubmit={submit} className="card flex flex-col gap-4 p-5">
          {problem !== null && (
            <p role="alert" className="rounded-md border border-bad/40 bg-bad/8 px-3 py-2 text-bad">
              {problem.message}
              {wait !== null && ` Try again in ${wait} s.`}
            </p>
          )}
          <Field label="Username" name="username" autoComplete="username" autoFocus required />
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
            ref={password}
          />
          <Button type="submit" variant="primary" className="h-9" disabled={attempt.isPending}>
            {attempt.isPending ? "Logging in…" : "Log in"}
          </Button>
        </form>
        <p className="mt-4 text-muted text-xs leading-5">
          The first start of the hub prints the password of <span className="font-mono">admin</span> once, unless it was
          set by <span className="font-mono">OPSENTRIX_ADMIN_PASSWORD</span>.
        </p>
      </div>
    </main>
  );
}
