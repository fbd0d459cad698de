import { type ReactNode, useId } from "react";
import { cn } from "@/lib/cn";

export interface FrameProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

/** What ties an input to its label and its note. */
interface Ties {
  id: string;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
}

/** A label above an input, and below it the error or else the hint. */
export function FieldFrame({ label, hint, error, children }: FrameProps & { children: (ties: Ties) => ReactNode }) {
  const id = useId();
  const note = error ?? hint;
  const noteId = note === undefined ? undefined : `${id}-note`;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      {children({ id, "aria-invalid": error !== undefined, "aria-describedby": noteId })}
      {note !== undefined && (
        <p id={noteId} className={cn("text-xs", error === undefined ? "text-muted" : "text-bad")}>
          {note}
        </p>
      )}
    </div>
  );
}
