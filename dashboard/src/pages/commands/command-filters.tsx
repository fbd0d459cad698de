import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronDown, X } from "lucide-react";
import { SearchBox } from "@/components/search-box";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheck, MenuRadio } from "@/components/ui/menu";
import { ACTION_NAMES, actionWords } from "@/lib/action-words";
import { cn } from "@/lib/cn";
import { COMMAND_STATES, type CommandSearch } from "@/lib/command-search";
import { COMMAND_WORDS } from "@/lib/run-words";
import { saysAnything } from "@/lib/search-params";
import { AgentChip } from "@/pages/alerting/agent-chip";
import { AgentSelect } from "@/pages/alerting/agent-select";

const route = getRouteApi("/app/commands");
const ANY = "";
const ACTIONS = [
  { value: ANY, label: t`Any action` },
  ...ACTION_NAMES.map((value) => ({ value, label: actionWords(value).label })),
];

/** Who, what, where and how it stands; all of it lives in the URL. */
export function CommandFilters() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const update = (next: CommandSearch, replace = false) => void navigate({ search: next, replace });
  const set = <Key extends keyof CommandSearch>(key: Key, value: CommandSearch[Key] | undefined, replace = false) => {
    const { [key]: _, ...rest } = search;
    update(value === undefined ? rest : { ...rest, [key]: value }, replace);
  };
  const { state = [], action, agent } = search;
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchBox
        label={t`Commands of a person, by user name`}
        placeholder={t`User name`}
        value={search.by}
        onChange={(value) => set("by", value, true)}
      />
      <Menu
        align="start"
        label={t`State`}
        trigger={
          <Button className={cn("font-normal", state.length > 0 && "border-accent bg-accent/10")}>
            <Trans>State</Trans>
            {state.length > 0 && <span className="tnum font-semibold">{state.length}</span>}
            <ChevronDown className="size-3.5 text-muted" aria-hidden />
          </Button>
        }
      >
        {COMMAND_STATES.map((one) => (
          <MenuCheck
            key={one}
            checked={state.includes(one)}
            onChange={(on) => {
              const next = on ? [...state, one] : state.filter((other) => other !== one);
              set("state", next.length === 0 ? undefined : next);
            }}
          >
            {COMMAND_WORDS[one]}
          </MenuCheck>
        ))}
      </Menu>
      <Menu
        align="start"
        label={t`Action`}
        trigger={
          <Button className={cn("font-normal", action !== undefined && "border-accent bg-accent/10")}>
            {action === undefined ? t`Action` : actionWords(action).label}
            <ChevronDown className="size-3.5 text-muted" aria-hidden />
          </Button>
        }
      >
        <MenuRadio
          value={action ?? ANY}
          onChange={(value) => set("action", value === ANY ? undefined : value)}
          options={ACTIONS}
        />
      </Menu>
      {agent === undefined ? (
        <AgentSelect label={t`Machine`} onChange={({ id }) => set("agent", id)} />
      ) : (
        <AgentChip id={agent} onRemove={() => set("agent", undefined)} />
      )}
      {saysAnything(search) && (
        <Button variant="ghost" onClick={() => update({})}>
          <X className="size-3.5" aria-hidden />
          <Trans context="verb">Clear</Trans>
        </Button>
      )}
    </div>
  );
}
