import { useEffect } from "react";
import { RoleNote } from "@/components/role-note";
import { Tabs } from "@/components/ui/tabs";
import { isEverything } from "@/lib/access";
import { AlertingNav } from "@/pages/alerting/alerting-nav";
import { useGoverns, useUser } from "@/state/session";
import { Channels } from "./channels";
import { History } from "./history";
import { OnCall } from "./on-call";
import { Routes } from "./routes";
import { SilentDefault } from "./silent-default";

/** Where messages go, who gets which, and who is on call. */
export function NotificationsPage() {
  const everywhere = isEverything(useUser().scope);
  const governs = useGoverns();
  useEffect(() => {
    document.title = "Notifications · Opsentrix";
  }, []);
  return (
    <>
      <AlertingNav />
      <div className="mx-auto flex max-w-5xl flex-col gap-4">
        <div>
          <h1 className="font-semibold text-xl tracking-tight">Notifications</h1>
          <p className="text-muted">Where messages go, who gets which, and who is on call.</p>
        </div>
        {!governs && <RoleNote needed="admin" everywhere what="Changing notifications" />}
        {everywhere && <SilentDefault />}
        {everywhere && (
          <Tabs
            label="Notifications"
            tabs={[
              { value: "channels", label: "Channels", content: <Channels /> },
              { value: "routes", label: "Routes", content: <Routes /> },
              { value: "on-call", label: "On call", content: <OnCall /> },
              { value: "history", label: "History", content: <History /> },
            ]}
          />
        )}
      </div>
    </>
  );
}
