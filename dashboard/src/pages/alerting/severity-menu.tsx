import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronDown } from "lucide-react";
import { SeverityIcon } from "@/components/severity";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheck } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { SEVERITIES, type SeverityName } from "@/lib/severities";
import { SEVERITY_WORDS } from "@/lib/severity-words";

interface SeverityMenuProps {
  value: readonly SeverityName[];
  onChange: (value: SeverityName[] | undefined) => void;
}

/** A filter by severity; none chosen means all. */
export function SeverityMenu({ value, onChange }: SeverityMenuProps) {
  const toggle = (severity: SeverityName, on: boolean) => {
    const next = SEVERITIES.filter((one) => (one === severity ? on : value.includes(one)));
    onChange(next.length === 0 ? undefined : next);
  };
  return (
    <Menu
      align="start"
      label={t`Severity`}
      trigger={
        <Button className={cn("font-normal", value.length > 0 && "border-accent bg-accent/10")}>
          <Trans>Severity</Trans>
          {value.length > 0 && <span className="tnum font-semibold">{value.length}</span>}
          <ChevronDown className="size-3.5 text-muted" aria-hidden />
        </Button>
      }
    >
      {SEVERITIES.map((one) => (
        <MenuCheck key={one} checked={value.includes(one)} onChange={(on) => toggle(one, on)}>
          <SeverityIcon severity={one} />
          <span className="flex-1 first-letter:uppercase">{SEVERITY_WORDS[one]}</span>
        </MenuCheck>
      ))}
    </Menu>
  );
}
