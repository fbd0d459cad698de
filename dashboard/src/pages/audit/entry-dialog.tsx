import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { AuditEntry } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { fieldChanges, shownValue } from "@/lib/audit-search";
import { formatTimestamp } from "@/lib/time";
import { ResultMark } from "./result-mark";

const route = getRouteApi("/app/settings/settings/audit");

interface EntryDialogProps {
  entry: AuditEntry;
  onClose: () => void;
}

/** All that an entry says: what was changed from what to what, and its place in the chain. */
export function EntryDialog({ entry, onClose }: EntryDialogProps) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const only = (filter: { actor: string } | { target: string }) => {
    void navigate({ search: { ...search, ...filter } });
    onClose();
  };
  const actor = shorten(entry.actor);
  const target = shorten(entry.target);
  const changes = fieldChanges(entry.before, entry.after);
  const details = Object.entries(entry.detail);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={entry.action}
      className="sm:w-[min(44rem,calc(100vw-2rem))]"
    >
      <dl className="grid grid-cols-[5.5rem_minmax(0,1fr)] gap-x-4 gap-y-2">
        <Fact name={t`Result`}>
          <ResultMark result={entry.result} />
        </Fact>
        <Fact name={t`Time`}>{formatTimestamp(entry.time)}</Fact>
        <Fact name={t`Who`}>{entry.actor}</Fact>
        <Fact name={t`To what`}>{entry.target}</Fact>
        <Fact name={t({ message: "From", context: "address" })}>
          {entry.address === "" ? t`the hub itself` : entry.address}
        </Fact>
      </dl>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="sm" onClick={() => only({ actor: entry.actor })}>
          <Trans>All by {actor}</Trans>
        </Button>
        <Button size="sm" onClick={() => only({ target: entry.target })}>
          <Trans>All to {target}</Trans>
        </Button>
      </div>
      {changes.length > 0 && (
        <Section title={entry.before === null ? t`Made` : entry.after === null ? t`Removed` : t`Changed`}>
          <dl className="divide-y rounded-md border">
            {changes.map(({ field, before, after }) => (
              <div key={field} className="px-3 py-2">
                <dt className="font-medium text-xs">{field}</dt>
                {entry.before !== null && <Value sign="−" label={t`before`} value={before} className="text-bad" />}
                {entry.after !== null && <Value sign="+" label={t`after`} value={after} className="text-ok" />}
              </div>
            ))}
          </dl>
        </Section>
      )}
      {details.length > 0 && (
        <Section title={t`Details`}>
          <dl className="divide-y rounded-md border">
            {details.map(([name, value]) => (
              <div key={name} className="px-3 py-2">
                <dt className="font-medium text-xs">{name}</dt>
                <dd className="break-words font-mono text-muted text-xs">{shownValue(value)}</dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
      <Section title={t`Place in the chain`}>
        <p className="break-all font-mono text-muted text-xs">
          {entry.number}:{entry.hash}
        </p>
      </Section>
    </Dialog>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="break-words">{children}</dd>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-5">
      <h3 className="mb-2 font-medium text-muted text-xs">{title}</h3>
      {children}
    </section>
  );
}

interface ValueProps {
  sign: string;
  label: string;
  value: unknown;
  className: string;
}

function Value({ sign, label, value, className }: ValueProps) {
  return (
    <dd className={`flex gap-2 break-all font-mono text-xs ${className}`}>
      <span aria-hidden>{sign}</span>
      <span className="sr-only">{label}: </span>
      {shownValue(value)}
    </dd>
  );
}

function shorten(text: string): string {
  return text.length > 32 ? `${text.slice(0, 31)}…` : text;
}
