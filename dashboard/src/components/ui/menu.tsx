import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

const ITEM =
  "touch flex cursor-default select-none items-center gap-2.5 rounded-md px-2 py-1.5 text-sm outline-none data-[highlighted]:bg-raised data-[disabled]:opacity-60";

interface MenuProps {
  trigger: ReactNode;
  align?: "start" | "end";
  label: string;
  children: ReactNode;
}

/** A menu that opens from its trigger (a button). */
export function Menu({ trigger, align = "end", label, children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          aria-label={label}
          className="fade-in z-50 max-h-[70dvh] min-w-44 overflow-y-auto rounded-lg border border-edge bg-surface p-1 shadow-lg"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  onSelect: () => void;
  disabled?: boolean;
  /** Why it is disabled, shown below the label. */
  note?: string;
  danger?: boolean;
  /** The menu stays open for the next choice. */
  stays?: boolean;
  children: ReactNode;
}

export function MenuItem({ onSelect, disabled = false, note, danger = false, stays = false, children }: MenuItemProps) {
  return (
    <DropdownMenu.Item
      className={cn(ITEM, danger && "text-bad")}
      disabled={disabled}
      onSelect={(event) => {
        if (stays) event.preventDefault();
        onSelect();
      }}
    >
      <span className="flex flex-col">
        <span className="flex items-center gap-2.5">{children}</span>
        {note !== undefined && <span className="text-2xs text-muted">{note}</span>}
      </span>
    </DropdownMenu.Item>
  );
}

interface MenuCheckProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}

/** A choice that can be on or off; the menu stays open for the next one. */
export function MenuCheck({ checked, onChange, children }: MenuCheckProps) {
  return (
    <DropdownMenu.CheckboxItem
      className={ITEM}
      checked={checked}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
    >
      <span
        className={cn(
          "grid size-4 place-items-center rounded border border-edge",
          checked && "border-accent bg-accent text-on-accent",
        )}
      >
        {checked && <Check className="size-3" strokeWidth={3} aria-hidden />}
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

interface MenuRadioProps<Value extends string> {
  value: Value;
  onChange: (value: Value) => void;
  options: readonly { value: Value; label: string; icon?: ReactNode }[];
}

export function MenuRadio<Value extends string>({ value, onChange, options }: MenuRadioProps<Value>) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as Value)}>
      {options.map((option) => (
        <DropdownMenu.RadioItem key={option.value} value={option.value} className={ITEM}>
          {option.icon}
          <span className="flex-1">{option.label}</span>
          {option.value === value && <Check className="size-3.5 text-accent" aria-hidden />}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />;
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 py-1.5 text-muted text-xs">{children}</DropdownMenu.Label>;
}
