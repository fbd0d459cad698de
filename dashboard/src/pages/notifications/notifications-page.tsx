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
    document.title = "Notifications · Opsentrix";
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">Notifications</h1>
        <p className="text-muted">Where messages go, who gets which, and what was told.</p>
      </div>
      {!governs && <RoleNote needed="admin" everywhere what="Changing notifications" />}
      {everywhere && <SilentDefault />}
      {everywhere && (
        <Tabs
          label="Notifications"
          tabs={[
            { value: "channels", label: "Channels", content: <Channels /> },
            { value: "routes", label: "Routes", content: <Routes /> },
            { value: "history", label: "History", content: <History /> },
          ]}
        />
      )}
    </div>
  );
}
