import { useEffect } from "react";
import { Notice } from "@/components/notice";
import { ScopeText } from "@/components/scope-picker";
import { Badge } from "@/components/ui/badge";
import { useUser } from "@/state/session";
import { PasswordCard } from "./password-card";
import { SessionsCard } from "./sessions-card";
import { TotpCard } from "./totp-card";

/** A person's own account. */
export function AccountPage() {
  const user = useUser();
  useEffect(() => {
    document.title = "Your account · Opsentrix";
  }, []);
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">Your account</h1>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-muted">
          <span className="font-medium text-text">{user.username}</span>
          <Badge>{user.role}</Badge>
          <span>
            <ScopeText scope={user.scope} />
          </span>
        </p>
      </div>
      {user.must_enroll && (
        <Notice title="Set up two-factor authentication first">
          This hub wants it of everybody with the role {user.role}. The rest opens once it is on.
        </Notice>
      )}
      <TotpCard />
      <PasswordCard />
      <SessionsCard />
    </div>
  );
}
