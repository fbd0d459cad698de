import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Menu, MenuRadio } from "@/components/ui/menu";
import { cn } from "@/lib/cn";

interface OptionMenuProps<Value extends string> {
  label: string;
  value: Value;
  /** What holds where nothing was chosen; anything else stands out. */
  usual: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
  /** What else the menu offers. */
  children?: ReactNode;
}

/** A button that says what is chosen, with a menu of the choices. */
export function OptionMenu<Value extends string>(props: OptionMenuProps<Value>) {
  const { label, value, usual, options, onChange, children } = props;
  const chosen = options.find((one) => one.value === value)?.label ?? value;
  return (
    <Menu
      align="start"
      label={label}
      trigger={
        <Button className={cn("max-w-full font-normal", value !== usual && "border-accent bg-accent/10")}>
          <span className="max-w-48 truncate text-muted">{label}</span>
          <span className="max-w-40 truncate font-medium">{chosen}</span>
          <ChevronDown className="size-3.5 text-muted" aria-hidden />
        </Button>
      }
    >
      <MenuRadio value={value} onChange={onChange} options={options} />
      {children}
    </Menu>
  );
}
