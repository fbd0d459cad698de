import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, ShieldCheck } from "lucide-react";
import { isEverything } from "@/lib/access";
import { watchQuery } from "@/pages/watch/queries";
import { verdictOf } from "@/pages/watch/verdict";
import { useUser } from "@/state/session";
import { Panel, PanelNote } from "./panel";

/** Whether anybody is watching; for those who see all agents, as the hub tells nobody else. */
export function HubHealth() {
  const everywhere = isEverything(useUser().scope);
  const { data: watch } = useQuery({ ...watchQuery, enabled: everywhere });
  if (watch === undefined) return null;
  const { well, headline } = verdictOf(watch);
  const Icon = well ? ShieldCheck : CircleAlert;
  return (
    <Panel title={t`Is anybody watching?`} to="/settings/watch" more={t`The hub`}>
      <PanelNote>
        <Icon className={`size-4 shrink-0 ${well ? "text-ok" : "text-bad"}`} aria-hidden />
        <span className={well ? "" : "text-text"}>{headline}.</span>
      </PanelNote>
    </Panel>
  );
}
