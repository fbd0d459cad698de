import { type ComponentProps, useId } from "react";
import { cn } from "@/lib/cn";

const INPUT =
  "touch h-9 w-full rounded-md border border-edge bg-surface px-3 text-sm text-text placeholder:text-muted aria-invalid:border-bad max-sm:text-base";

interface FieldProps extends ComponentProps<"input"> {
  label: string;
  hint?: string;
  error?: string | undefined;
}

/** A labelled text field with its hint and its error. */
export function Field({ label, hint, error, className, ...rest }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      <input
        id={id}
        className={cn(INPUT, className)}
        aria-invalid={error !== undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        {...rest}
      />
      {note !== undefined && (
        <p id={`${id}-note`} className={cn("text-xs", error === undefined ? "text-muted" : "text-bad")}>
          {note}
        </p>
      )}
    </div>
  );
}
