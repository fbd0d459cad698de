import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { ChevronDown, X } from "lucide-react";
import type { RuleGroup } from "@/api/types";
import { SearchBox } from "@/components/search-box";
import { Button } from "@/components/ui/button";
import { Menu, MenuRadio } from "@/components/ui/menu";
import { Segmented } from "@/components/ui/segmented";
import { cn } from "@/lib/cn";
import type { RuleSearch, RuleState } from "@/lib/rule-search";
import { saysAnything } from "@/lib/search-params";
import { SeverityMenu } from "@/pages/alerting/severity-menu";

const route = getRouteApi("/app/alerts/rules");
const STATES: readonly { value: RuleState | "all"; label: string }[] = [
  { value: "all", label: t({ message: "All", context: "rules" }) },
  { value: "firing", label: t({ message: "Firing", context: "rules" }) },
  { value: "on", label: t({ message: "On", context: "rules" }) },
  { value: "off", label: t({ message: "Off", context: "rules" }) },
];

interface RuleFiltersProps {
  shown: number;
  total: number;
  groups: readonly RuleGroup[];
}

/** Search text and filters of the rules; all of it lives in the URL. */
export function RuleFilters({ shown, total, groups }: RuleFiltersProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = <Key extends keyof RuleSearch>(key: Key, value: RuleSearch[Key] | undefined, replace = false) => {
    const { [key]: _, ...rest } = search;
    void navigate({ search: value === undefined ? rest : { ...rest, [key]: value }, replace });
  };
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <SearchBox
        label={t`Search rules`}
        placeholder={t`Name, metric or text`}
        value={search.q}
        onChange={(value) => set("q", value, true)}
      />
      <Segmented
        label={t`State`}
        value={search.state ?? "all"}
        options={STATES}
        onChange={(value) => set("state", value === "all" ? undefined : value)}
      />
      <SeverityMenu value={search.severity ?? []} onChange={(value) => set("severity", value)} />
      {groups.length > 1 && (
        <Menu
          align="start"
          label={t`Group`}
          trigger={
            <Button className={cn("font-normal", search.group !== undefined && "border-accent bg-accent/10")}>
              <span className="max-w-40 truncate">
                {groups.find(({ id }) => id === search.group)?.name ?? t`Group`}
              </span>
              <ChevronDown className="size-3.5 text-muted" aria-hidden />
            </Button>
          }
        >
          <MenuRadio
            value={String(search.group ?? "")}
            options={[
              { value: "", label: t`Any group` },
              ...groups.map(({ id, name }) => ({ value: String(id), label: name })),
            ]}
            onChange={(id) => set("group", id === "" ? undefined : Number(id))}
          />
        </Menu>
      )}
      {saysAnything(search) && (
        <Button variant="ghost" onClick={() => void navigate({ search: {} })}>
          <X className="size-3.5" aria-hidden />
          <Trans>Clear</Trans>
        </Button>
      )}
      <p role="status" className="tnum ms-auto text-muted text-xs">
        {shown === total
          ? plural(total, { one: "# rule", other: "# rules" })
          : t`${shown} of ${plural(total, { one: "# rule", other: "# rules" })}`}
      </p>
    </div>
  );
}
