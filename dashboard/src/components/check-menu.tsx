import { Trans } from "@lingui/react/macro";
import { ChevronDown } from "lucide-react";
import { cn } from "@/lib/cn";
import { Button } from "./ui/button";
import { Menu, MenuCheck, MenuLabel } from "./ui/menu";

interface CheckMenuProps {
  label: string;
  options: readonly string[];
  value: readonly string[];
  /** How an option is called where that is not itself. */
  nameOf?: (option: string) => string;
  onChange: (value: string[]) => void;
}

/** Up to so many are named on the button. */
const NAMED = 2;

/** A button whose menu chooses any of some values; it tells which, or how many where that would be long. */
export function CheckMenu({ label, options, value, nameOf = (option) => option, onChange }: CheckMenuProps) {
  const all = [...new Set([...options, ...value])];
  return (
    <Menu
      align="start"
      label={label}
      trigger={
        <Button className={cn("font-normal", value.length > 0 && "border-accent bg-accent/10")}>
          {label}
          {value.length > 0 && (
            <span className="tnum max-w-40 truncate font-semibold">
              {value.length <= NAMED ? value.map(nameOf).join(", ") : value.length}
            </span>
          )}
          <ChevronDown className="size-3.5 text-muted" aria-hidden />
        </Button>
      }
    >
      {all.length === 0 && (
        <MenuLabel>
          <Trans>No agent has any.</Trans>
        </MenuLabel>
      )}
      {all.map((one) => (
        <MenuCheck
          key={one}
          checked={value.includes(one)}
          onChange={(on) => onChange(on ? [...value, one] : value.filter((other) => other !== one))}
        >
          <span className="flex-1">{nameOf(one)}</span>
        </MenuCheck>
      ))}
    </Menu>
  );
}
