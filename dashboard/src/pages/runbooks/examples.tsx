import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight, BookOpen, Plus } from "lucide-react";
import { asProblem } from "@/api/problem";
import type { RunbookExample } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { triggersWords } from "@/lib/runbook-words";
import { examplesQuery } from "@/state/runbooks";
import { ModeMark } from "./mode-field";

/** The first look at runbooks: what they are for, with some to begin from. */
export function NoRunbooks({ governs }: { governs: boolean }) {
  return (
    <div className="flex flex-col gap-5">
      <div className="card flex flex-col items-center gap-3 px-6 py-10 text-center">
        <BookOpen className="size-8 text-muted" aria-hidden />
        <p className="font-medium text-[0.9375rem]">
          <Trans>No runbook yet</Trans>
        </p>
        <p className="max-w-lg text-muted">
          <Trans>
            A runbook says what to do when something is wrong, whether that may happen by itself, and how to tell
            whether it helped. What it can do on a machine its owner decides, as always.
          </Trans>
        </p>
        {governs && (
          <Button asChild variant="primary">
            <Link to="/runbooks/new">
              <Plus className="size-4" aria-hidden />
              <Trans>Write one</Trans>
            </Link>
          </Button>
        )}
      </div>
      <Examples governs={governs} />
    </div>
  );
}

/** Ready runbooks to begin from: none of them acts before it is saved and switched on. */
export function Examples({ governs }: { governs: boolean }) {
  const { data, error, isPending } = useQuery(examplesQuery);
  if (isPending) return <Skeleton className="h-56" />;
  if (error !== null) return <p className="text-bad">{asProblem(error).message}</p>;
  return (
    <section aria-labelledby="examples-title">
      <h2 id="examples-title" className="mb-2.5 font-semibold text-base tracking-tight">
        <Trans>Ready to begin from</Trans>
      </h2>
      <ul className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
        {data.map(({ key, definition, ...needed }) => (
          <li key={key} className="card relative flex flex-col gap-2 p-4 hover:border-edge">
            <p className="font-medium">{definition.name}</p>
            <p className="text-muted text-xs">{definition.description}</p>
            <p className="text-xs">{triggersWords(definition.triggers ?? [])}</p>
            <p className="break-words text-muted text-xs">{needs(needed)}</p>
            <div className="mt-auto flex items-center justify-between gap-3 pt-1">
              <ModeMark mode={definition.mode ?? "suggest"} />
              {governs && (
                <Link
                  to="/runbooks/new"
                  search={{ example: key }}
                  className="touch inline-flex items-center gap-1.5 font-medium text-accent text-xs after:absolute after:inset-0 hover:underline"
                >
                  <Trans>
                    Use it<span className="sr-only">: {ph({ name: definition.name })}</span>
                  </Trans>
                  <ArrowRight className="size-3.5" aria-hidden />
                </Link>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Needed = Pick<RunbookExample, "actions" | "scripts">;

/** What the owners of machines have to allow first. */
function needs({ actions, scripts }: Needed): string {
  const allowed = actions.filter((one) => one !== "script" || scripts.length === 0);
  const named = [...allowed, ...scripts.map((one) => t`the script ${one}`)];
  return t`Needs ${{ actions: named.join(", ") }} in the policies of its machines.`;
}
