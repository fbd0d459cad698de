import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { X } from "lucide-react";
import { SearchBox } from "@/components/search-box";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import type { IncidentSearch } from "@/lib/incident-search";
import { saysAnything } from "@/lib/search-params";
import { AgentChip } from "@/pages/alerting/agent-chip";
import { SeverityMenu } from "@/pages/alerting/severity-menu";

const route = getRouteApi("/app/incidents");
const SHOWS = [
  { value: "open", label: t({ message: "Open", context: "incidents" }) },
  { value: "resolved", label: t({ message: "Resolved", context: "incidents" }) },
  { value: "all", label: t`All` },
] as const;

/** Search text and filters; all of it lives in the URL. */
export function IncidentFilters({ shown, more }: { shown: number; more: boolean }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const update = (next: IncidentSearch, replace = false) => void navigate({ search: next, replace });
  const set = <Key extends keyof IncidentSearch>(key: Key, value: IncidentSearch[Key] | undefined, replace = false) => {
    const { [key]: _, ...rest } = search;
    update(value === undefined ? rest : { ...rest, [key]: value }, replace);
  };
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchBox
        label={t`Search incidents`}
        placeholder={t`Search by title, rule or agent`}
        value={search.q}
        onChange={(value) => set("q", value, true)}
      />
      <Segmented
        label={t`Which incidents`}
        value={search.show ?? "open"}
        options={SHOWS}
        onChange={(value) => set("show", value === "open" ? undefined : value)}
      />
      <SeverityMenu value={search.severity ?? []} onChange={(value) => set("severity", value)} />
      {search.agent !== undefined && <AgentChip id={search.agent} onRemove={() => set("agent", undefined)} />}
      {saysAnything(search) && (
        <Button variant="ghost" onClick={() => update({})}>
          <X className="size-3.5" aria-hidden />
          <Trans>Clear</Trans>
        </Button>
      )}
      <p role="status" className="tnum ms-auto text-muted text-xs">
        {more ? (
          <Plural value={shown} one="# incident, more are older" other="# incidents, more are older" />
        ) : (
          <Plural value={shown} one="# incident" other="# incidents" />
        )}
      </p>
    </div>
  );
}
