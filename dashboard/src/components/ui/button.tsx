import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const VARIANTS = {
  primary: "bg-accent text-on-accent hover:brightness-110 font-medium",
  secondary: "border border-edge bg-surface text-text hover:bg-raised font-medium",
  ghost: "text-muted hover:bg-raised hover:text-text",
  danger: "bg-bad text-white dark:text-black hover:brightness-110 font-medium",
} as const;

const SIZES = { sm: "h-7 px-2.5 text-xs gap-1.5", md: "h-8 px-3 text-sm gap-2", icon: "size-8" } as const;

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: keyof typeof VARIANTS;
  size?: keyof typeof SIZES;
  /** Renders the single child (a link) with the looks of a button. */
  asChild?: boolean;
}

/** A button; 44 px on touch screens. */
export function Button({ variant = "secondary", size = "md", asChild = false, className, type, ...rest }: ButtonProps) {
  const Element = asChild ? Slot.Root : "button";
  return (
    <Element
      {...(asChild ? {} : { type: type ?? "button" })}
      className={cn(
        "touch inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md transition-colors",
        "disabled:cursor-not-allowed disabled:opacity-50",
        VARIANTS[variant],
        SIZES[size],
        className,
      )}
      {...rest}
    />
  );
}
