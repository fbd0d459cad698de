import { t } from "@lingui/core/macro";
import { Switch as Radix } from "radix-ui";
import { cn } from "@/lib/cn";

interface SwitchProps {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}

/** On or off, at once. The word beside it says which, so that nobody needs the colour. */
export function Switch({ label, checked, disabled = false, onChange }: SwitchProps) {
  return (
    <Radix.Root
      aria-label={label}
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      className="touch group inline-flex items-center gap-2 rounded-md disabled:cursor-not-allowed disabled:opacity-60"
    >
      <span
        aria-hidden
        className={cn(
          "relative inline-block h-4.5 w-8 shrink-0 rounded-full border border-edge bg-raised transition-colors",
          checked && "border-accent bg-accent",
        )}
      >
        <Radix.Thumb
          className={cn(
            "absolute top-1/2 start-0.5 block size-3 -translate-y-1/2 rounded-full bg-muted transition-transform",
            checked && "translate-x-3.5 bg-on-accent rtl:-translate-x-3.5",
          )}
        />
      </span>
      <span aria-hidden className="w-6 text-start text-muted text-xs">
        {checked ? t({ message: "On", context: "switch" }) : t({ message: "Off", context: "switch" })}
      </span>
    </Radix.Root>
  );
}
