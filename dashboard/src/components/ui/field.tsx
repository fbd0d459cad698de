import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";
import { FieldFrame, type FrameProps } from "./field-frame";

const INPUT =
  "touch h-9 w-full rounded-md border border-edge bg-surface px-3 text-sm text-text placeholder:text-muted aria-invalid:border-bad max-sm:text-base";

/** A labelled text field with its hint and its error. */
export function Field({ label, hint, error, className, ...rest }: FrameProps & ComponentProps<"input">) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {(ties) => <input {...ties} className={cn(INPUT, className)} {...rest} />}
    </FieldFrame>
  );
}
