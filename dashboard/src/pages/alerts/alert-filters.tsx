import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronDown, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheck, MenuRadio } from "@/components/ui/menu";
import { isEverything } from "@/lib/access";
import { ALERT_STATES, type AlertSearch, type AlertStateName } from "@/lib/alert-search";
import { cn } from "@/lib/cn";
import { saysAnything } from "@/lib/search-params";
import { AgentChip } from "@/pages/alerting/agent-chip";
import { AgentSelect } from "@/pages/alerting/agent-select";
import { AlertState } from "@/pages/alerting/alert-parts";
import { SeverityMenu } from "@/pages/alerting/severity-menu";
import { ruleNamesQuery } from "@/pages/rules/queries";
import { useUser } from "@/state/session";

const route = getRouteApi("/app/alerts");

/** Filters of the list of alerts; all of it lives in the URL. */
export function AlertFilters({ total }: { total: number }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const update = (next: AlertSearch) => void navigate({ search: next });
  const set = <Key extends keyof AlertSearch>(key: Key, value: AlertSearch[Key] | undefined) => {
    const { [key]: _, ...rest } = search;
    update(value === undefined ? rest : { ...rest, [key]: value });
  };
  const chosen = search.state ?? [];
  const toggle = (state: AlertStateName, on: boolean) => {
    const next = ALERT_STATES.filter((one) => (one === state ? on : chosen.includes(one)));
    set("state", next.length === 0 ? undefined : next);
  };
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <Menu
        align="start"
        label={t`State`}
        trigger={
          <Button className={cn("font-normal", chosen.length > 0 && "border-accent bg-accent/10")}>
            <Trans>State</Trans>
            {chosen.length > 0 && <span className="tnum font-semibold">{chosen.length}</span>}
            <ChevronDown className="size-3.5 text-muted" aria-hidden />
          </Button>
        }
      >
        {ALERT_STATES.map((one) => (
          <MenuCheck key={one} checked={chosen.includes(one)} onChange={(on) => toggle(one, on)}>
            <AlertState state={one} />
          </MenuCheck>
        ))}
      </Menu>
      <SeverityMenu value={search.severity ?? []} onChange={(value) => set("severity", value)} />
      <RuleMenu value={search.rule} onChange={(rule) => set("rule", rule)} />
      {search.agent === undefined ? (
        <AgentSelect label={t`Agent`} onChange={(agent) => set("agent", agent.id)} />
      ) : (
        <AgentChip id={search.agent} onRemove={() => set("agent", undefined)} />
      )}
      {saysAnything(search) && (
        <Button variant="ghost" onClick={() => update({})}>
          <X className="size-3.5" aria-hidden />
          <Trans>Clear</Trans>
        </Button>
      )}
      <p role="status" className="tnum ms-auto text-muted text-xs">
        <Plural value={total} one="# alert" other="# alerts" />
      </p>
    </div>
  );
}

const ALL = "all";

function RuleMenu({ value, onChange }: { value: number | undefined; onChange: (rule: number | undefined) => void }) {
  const everywhere = isEverything(useUser().scope);
  const { data: rules = [] } = useQuery({ ...ruleNamesQuery, enabled: everywhere });
  if (rules.length === 0) return null;
  const options = [
    { value: ALL, label: t`All rules` },
    ...rules.map(({ id, name }) => ({ value: String(id), label: name })),
  ];
  return (
    <Menu
      align="start"
      label={t`Rule`}
      trigger={
        <Button className={cn("font-normal", value !== undefined && "border-accent bg-accent/10")}>
          <span className="max-w-40 truncate">
            {value === undefined ? t`Rule` : (rules.find(({ id }) => id === value)?.name ?? t`rule ${value}`)}
          </span>
          <ChevronDown className="size-3.5 text-muted" aria-hidden />
        </Button>
      }
    >
      <MenuRadio
        value={value === undefined ? ALL : String(value)}
        onChange={(next) => onChange(next === ALL ? undefined : Number(next))}
        options={options}
      />
    </Menu>
  );
}
