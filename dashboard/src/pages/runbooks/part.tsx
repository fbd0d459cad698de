import { type ReactNode, useId } from "react";

/** A part of the visual editor with its heading. */
export function Part({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="flex flex-col gap-5">
      <div>
        <h2 id={id} className="font-semibold text-base tracking-tight">
          {title}
        </h2>
        <p className="text-muted">{text}</p>
      </div>
      {children}
    </section>
  );
}
