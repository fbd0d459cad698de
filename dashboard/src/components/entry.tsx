import type { ReactNode } from "react";
import { Logo } from "./logo";

interface EntryProps {
  title: string;
  subtitle: ReactNode;
  children: ReactNode;
  note?: ReactNode;
}

/** A page before the login: one card in the middle. */
export function Entry({ title, subtitle, children, note }: EntryProps) {
  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <div className="w-full max-w-sm pb-16">
        <div className="mb-6 flex items-center gap-3">
          <Logo className="size-9" />
          <div className="min-w-0">
            <h1 className="font-semibold text-lg leading-6 tracking-tight">{title}</h1>
            <p className="text-muted">{subtitle}</p>
          </div>
        </div>
        {children}
        {note !== undefined && <div className="mt-4 text-muted text-xs leading-5">{note}</div>}
      </div>
    </main>
  );
}

/** What went wrong with a form, above its fields. */
export function FormProblem({ text }: { text: string | null }) {
  if (text === null) return null;
  return (
    <p role="alert" className="rounded-md border border-bad/40 bg-bad/8 px-3 py-2 text-bad">
      {text}
    </p>
  );
}
