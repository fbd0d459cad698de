import type { ReactNode } from "react";

interface CardProps {
  title: string;
  /** What it is about, or how it stands. */
  text?: ReactNode;
  action?: ReactNode;
  children?: ReactNode;
}

/** One subject of a settings page. */
export function Card({ title, text, action, children }: CardProps) {
  return (
    <section aria-label={title} className="card">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3 px-5 py-4">
        <div className="min-w-0 flex-1 basis-56">
          <h2 className="font-semibold text-[0.9375rem]">{title}</h2>
          {text !== undefined && <div className="mt-0.5 text-muted">{text}</div>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}
