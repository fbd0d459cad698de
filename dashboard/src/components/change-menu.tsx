import { t } from "@lingui/core/macro";
import { MoreHorizontal } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./ui/button";
import { Menu } from "./ui/menu";

interface ChangeMenuProps {
  /** What it changes, as people call it. */
  name: string;
  disabled?: boolean;
  className?: string;
  children: ReactNode;
}

/** The menu at the end of an item: what can be done with it. */
export function ChangeMenu({ name, disabled = false, className, children }: ChangeMenuProps) {
  const label = t`Change ${name}`;
  return (
    <Menu
      label={label}
      trigger={
        <Button variant="ghost" size="icon" disabled={disabled} aria-label={label} className={className}>
          <MoreHorizontal className="size-4" aria-hidden />
        </Button>
      }
    >
      {children}
    </Menu>
  );
}
