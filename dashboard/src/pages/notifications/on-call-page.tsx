import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect } from "react";
import { RoleNote } from "@/components/role-note";
import { isEverything } from "@/lib/access";
import { useGoverns, useUser } from "@/state/session";
import { OnCall } from "./on-call";

/** Who takes turns at being told, and what happens when nobody answers. */
export function OnCallPage() {
  const everywhere = isEverything(useUser().scope);
  const governs = useGoverns();
  useEffect(() => {
    document.title = t`On call · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>On call</Trans>
        </h1>
        <p className="text-muted">
          <Trans>Who takes turns at being told, and what happens when nobody answers.</Trans>
        </p>
      </div>
      {!governs && <RoleNote needed="admin" everywhere what={t`Changing who is on call`} />}
      {everywhere ? <OnCall /> : <RoleNote needed="viewer" everywhere what={t`Seeing who is on call`} />}
    </div>
  );
}
