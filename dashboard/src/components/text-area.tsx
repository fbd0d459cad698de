import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";
import { FieldFrame, type FrameProps } from "./ui/field-frame";

const AREA =
  "w-full rounded-md border border-edge bg-surface px-3 py-2 text-sm text-text placeholder:text-muted read-only:bg-raised aria-invalid:border-bad max-sm:text-base";

/** A labelled field for some lines of text. */
export function TextArea({ label, hint, error, className, ...rest }: FrameProps & ComponentProps<"textarea">) {
  return (
    <FieldFrame label={label} hint={hint} error={error}>
      {(ties) => <textarea rows={3} {...ties} className={cn(AREA, className)} {...rest} />}
    </FieldFrame>
  );
}
