import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronDown, X } from "lucide-react";
import { SearchBox } from "@/components/search-box";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheck, MenuRadio } from "@/components/ui/menu";
import { Segmented } from "@/components/ui/segmented";
import { type AuditResult, type AuditSearch, type AuditWindow, RESULTS } from "@/lib/audit-search";
import { cn } from "@/lib/cn";
import { saysAnything } from "@/lib/search-params";
import { RESULT_WORDS } from "./result-mark";

const route = getRouteApi("/app/settings/settings/audit");
const TIMES: readonly { value: AuditWindow | "all"; label: string }[] = [
  { value: "all", label: t`Any time` },
  { value: "1h", label: t`Last hour` },
  { value: "24h", label: t`Last 24 hours` },
  { value: "7d", label: t`Last 7 days` },
  { value: "30d", label: t`Last 30 days` },
];
const ENDS: readonly { value: AuditResult | "all"; label: string }[] = [
  { value: "all", label: t`All` },
  ...RESULTS.map((value) => ({ value, label: RESULT_WORDS[value] })),
];

interface AuditFiltersProps {
  /** The actions that the log has. */
  actions: readonly string[];
  shown: number;
  more: boolean;
}

/** Search text and filters; all of it lives in the URL. */
export function AuditFilters({ actions, shown, more }: AuditFiltersProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const update = (next: AuditSearch, replace = false) => void navigate({ search: next, replace });
  const set = <Key extends keyof AuditSearch>(key: Key, value: AuditSearch[Key] | undefined, replace = false) => {
    const { [key]: _, ...rest } = search;
    update(value === undefined ? rest : { ...rest, [key]: value }, replace);
  };
  const chosen = search.action ?? [];
  const toggle = (action: string, on: boolean) => {
    const next = on ? [...chosen, action] : chosen.filter((one) => one !== action);
    set("action", next.length === 0 ? undefined : next);
  };
  const active = saysAnything(search);
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchBox
        label={t`Search the log`}
        placeholder={t`Search everything in the log`}
        value={search.q}
        onChange={(value) => set("q", value, true)}
      />
      <Segmented
        label={t`Result`}
        value={search.result ?? "all"}
        options={ENDS}
        onChange={(value) => set("result", value === "all" ? undefined : value)}
      />
      <Menu
        align="start"
        label={t`Actions`}
        trigger={
          <Button className={cn("font-normal", chosen.length > 0 && "border-accent bg-accent/10")}>
            <Trans>Action</Trans>
            {chosen.length > 0 && <span className="tnum font-semibold">{chosen.length}</span>}
            <ChevronDown className="size-3.5 text-muted" aria-hidden />
          </Button>
        }
      >
        {actions.map((action) => (
          <MenuCheck key={action} checked={chosen.includes(action)} onChange={(on) => toggle(action, on)}>
            {action}
          </MenuCheck>
        ))}
      </Menu>
      <Menu
        align="start"
        label={t`Time`}
        trigger={
          <Button className={cn("font-normal", search.within !== undefined && "border-accent bg-accent/10")}>
            {TIMES.find((one) => one.value === (search.within ?? "all"))?.label}
            <ChevronDown className="size-3.5 text-muted" aria-hidden />
          </Button>
        }
      >
        <MenuRadio
          value={search.within ?? "all"}
          onChange={(value) => set("within", value === "all" ? undefined : value)}
          options={TIMES}
        />
      </Menu>
      {(["actor", "target"] as const).map(
        (key) =>
          search[key] !== undefined && (
            <Button key={key} className="border-accent bg-accent/10 font-normal" onClick={() => set(key, undefined)}>
              <span className="max-w-48 truncate">{search[key]}</span>
              <X className="size-3.5 text-muted" aria-hidden />
              <span className="sr-only">
                <Trans>: remove this filter</Trans>
              </span>
            </Button>
          ),
      )}
      {active && (
        <Button variant="ghost" onClick={() => update({})}>
          <X className="size-3.5" aria-hidden />
          <Trans>Clear</Trans>
        </Button>
      )}
      <p role="status" className="tnum ms-auto text-muted text-xs">
        {more ? (
          <Plural value={shown} one="# entry, more are older" other="# entries, more are older" />
        ) : (
          <Plural value={shown} one="# entry" other="# entries" />
        )}
      </p>
    </div>
  );
}
