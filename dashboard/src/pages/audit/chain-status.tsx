import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronRight, ShieldAlert, ShieldCheck, ShieldQuestion } from "lucide-react";
import type { AuditChain } from "@/api/types";
import { CopyBlock } from "@/components/copy";
import { hubNow } from "@/lib/clock";
import { formatCount } from "@/lib/language";
import { formatAgo } from "@/lib/time";

const verifying = (key: string) => `opsentrix audit verify FILE --key ${key}`; // not a text

/** Whether the log is still what it was, and how to check that without the hub. */
export function ChainStatus({ chain }: { chain: AuditChain }) {
  const broken = chain.fault !== null;
  const gone = formatCount(chain.anchor.number);
  const days = chain.retention_days;
  return (
    <section aria-label={t`State of the chain`} className={`card mb-4 p-4 ${broken ? "border-bad/60" : ""}`}>
      <div className="flex items-start gap-3">
        <Shield chain={chain} />
        <div className="min-w-0 flex-1">
          <p role={broken ? "alert" : undefined} className="font-medium">
            {headline(chain)}
          </p>
          <p className="mt-0.5 text-muted text-xs">
            {chain.anchor.number > 0
              ? t`Entries up to ${gone} are older than ${plural(days, { one: "# day", other: "# days" })} and gone, with a signed link.`
              : t`Entries are kept for ${plural(days, { one: "# day", other: "# days" })}.`}
          </p>
        </div>
      </div>
      <details className="group mt-2 ps-8">
        <summary className="touch flex w-fit cursor-pointer list-none items-center gap-1 text-muted text-xs hover:text-text [&::-webkit-details-marker]:hidden">
          <ChevronRight className="size-3.5 transition-transform group-open:rotate-90" aria-hidden />
          <Trans>Verify it yourself, without this hub</Trans>
        </summary>
        <p className="mt-2 mb-2 max-w-prose text-muted">
          <Trans>
            Export the log and run this on another machine. Keep the key outside the hub: whoever holds the hub could
            show another one.
          </Trans>
        </p>
        <CopyBlock label={t`Command that verifies an export`} text={verifying(chain.key)} />
      </details>
    </section>
  );
}

function headline({ fault, head, verified, verified_at }: AuditChain): string {
  if (fault !== null) return t`The log was changed. ${fault}`;
  if (verified === null) return t`Not verified yet since the hub started`;
  const entry = formatCount(verified.number);
  const when = formatAgo(verified_at, hubNow());
  const behind = head.number - verified.number;
  return behind > 0
    ? t`Verified and signed up to entry ${entry}, ${when}, ${plural(behind, { one: "# entry since", other: "# entries since" })}`
    : t`Verified and signed up to entry ${entry}, ${when}`;
}

function Shield({ chain }: { chain: AuditChain }) {
  if (chain.fault !== null) return <ShieldAlert className="mt-0.5 size-5 shrink-0 text-bad" aria-hidden />;
  if (chain.verified === null) return <ShieldQuestion className="mt-0.5 size-5 shrink-0 text-muted" aria-hidden />;
  return <ShieldCheck className="mt-0.5 size-5 shrink-0 text-ok" aria-hidden />;
}
