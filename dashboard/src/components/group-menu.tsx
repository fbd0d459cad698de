import { t } from "@lingui/core/macro";
import { ChevronDown } from "lucide-react";
import { cn } from "@/lib/cn";
import { GROUPINGS, type Grouping } from "@/lib/fleet-groups";
import { Button } from "./ui/button";
import { Menu, MenuRadio } from "./ui/menu";

const NONE = { value: "none", label: t`Not grouped` } as const;
const LABELS: Record<Grouping, string> = { environment: t`By environment`, type: t`By type`, tag: t`By tag` };
const OPTIONS = [NONE, ...GROUPINGS.map((value) => ({ value, label: LABELS[value] }))];

interface GroupMenuProps {
  value: Grouping | undefined;
  onChange: (by: Grouping | undefined) => void;
}

/** What agents are grouped by. */
export function GroupMenu({ value, onChange }: GroupMenuProps) {
  return (
    <Menu
      align="start"
      label={t({ message: "Group", context: "verb" })}
      trigger={
        <Button className={cn("font-normal", value !== undefined && "border-accent bg-accent/10")}>
          {OPTIONS.find((one) => one.value === value)?.label ?? NONE.label}
          <ChevronDown className="size-3.5 text-muted" aria-hidden />
        </Button>
      }
    >
      <MenuRadio
        value={value ?? NONE.value}
        onChange={(next) => onChange(next === "none" ? undefined : next)}
        options={OPTIONS}
      />
    </Menu>
  );
}
