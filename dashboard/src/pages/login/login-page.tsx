import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { User } from "@/api/types";
import { Entry, FormProblem } from "@/components/entry";
import { refusalText } from "@/lib/provider-login";
import { LanguageChoice } from "@/pages/shell/language-choice";
import { beginSession } from "@/state/session";
import { CodeForm } from "./code-form";
import { PasswordForm } from "./password-form";
import { ProviderLogins } from "./provider-logins";

const route = getRouteApi("/login");

/** Only addresses inside the dashboard: a link must not send a person who logs in to another site. */
function safeTarget(redirect: string | undefined): string {
  return redirect?.startsWith("/") === true && !redirect.startsWith("//") && !redirect.startsWith("/login")
    ? redirect
    : "/";
}

/** Name and password, and then the second factor of those who have one. */
export function LoginPage() {
  const router = useRouter();
  const { redirect, refused } = route.useSearch();
  const target = safeTarget(redirect?.replace(/^\/dashboard/, ""));
  const [codeWanted, setCodeWanted] = useState(false);
  useEffect(() => {
    document.title = t`Log in · Opsentrix`;
  }, []);
  const enter = (user: User) => {
    beginSession(user);
    router.history.push(`/dashboard${target}`);
  };
  if (codeWanted) {
    return (
      <Entry title={t`One more step`} subtitle={t`Prove that it is you with your second factor.`}>
        <CodeForm onLoggedIn={enter} onBack={() => setCodeWanted(false)} />
      </Entry>
    );
  }
  return (
    <Entry
      title={t`Log in to Opsentrix`}
      subtitle={t`Your servers, second by second.`}
      note={
        <Trans>
          The first start of the hub prints the password of <span className="font-mono">admin</span> once, unless it was
          set by <span className="font-mono">OPSENTRIX_ADMIN_PASSWORD</span>.
        </Trans>
      }
    >
      {refused !== undefined && (
        <div className="mb-4">
          <FormProblem text={refusalText(refused)} />
        </div>
      )}
      <PasswordForm onRight={(user) => (user === null ? setCodeWanted(true) : enter(user))} />
      <ProviderLogins page={`/dashboard${target}`} />
      <div className="mt-5 flex justify-center">
        <LanguageChoice />
      </div>
    </Entry>
  );
}
