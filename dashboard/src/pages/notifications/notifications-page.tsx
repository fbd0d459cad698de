import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect } from "react";
import { RoleNote } from "@/components/role-note";
import { Tabs } from "@/components/ui/tabs";
import { isEverything } from "@/lib/access";
import { useGoverns, useUser } from "@/state/session";
import { Channels } from "./channels";
import { History } from "./history";
import { Routes } from "./routes";
import { SilentDefault } from "./silent-default";

/** Where messages go, who gets which, and what was told. */
export function NotificationsPage() {
  const everywhere = isEverything(useUser().scope);
  const governs = useGoverns();
  useEffect(() => {
    document.title = t`Notifications · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Notifications</Trans>
        </h1>
        <p className="text-muted">
          <Trans>Where messages go, who gets which, and what was told.</Trans>
        </p>
      </div>
      {!governs && <RoleNote needed="admin" everywhere what={t`Changing notifications`} />}
      {everywhere && <SilentDefault />}
      {everywhere && (
        <Tabs
          label={t`Notifications`}
          tabs={[
            { value: "channels", label: t`Channels`, content: <Channels /> },
            { value: "routes", label: t`Routes`, content: <Routes /> },
            { value: "history", label: t`History`, content: <History /> },
          ]}
        />
      )}
    </div>
  );
}
