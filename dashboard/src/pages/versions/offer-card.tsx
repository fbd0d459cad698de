import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { PackageCheck, ShieldAlert, ShieldCheck } from "lucide-react";
import type { Offer } from "@/api/types";
import { CopyBlock } from "@/components/copy";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { locale } from "@/lib/language";

const SIGN = "opsentrix release keygen release.key\nopsentrix release sign opsentrix-agent.pyz --key release.key";

const megabytes = new Intl.NumberFormat(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 });

interface OfferCardProps {
  offer: Offer | null;
  mayStart: boolean;
  busy: boolean;
  onStart: () => void;
}

/** The release that this hub can offer, and whether an agent could take it. */
export function OfferCard({ offer, mayStart, busy, onStart }: OfferCardProps) {
  if (offer === null)
    return (
      <section className="card p-5" aria-label={t`Offered release`}>
        <h2 className="font-semibold text-base">
          <Trans>This hub offers no release</Trans>
        </h2>
        <p className="mt-1 max-w-prose text-muted">
          <Trans>
            It was built without the agent. Where it is built, <code>make agent</code> puts the artefact into it; the
            same file serves the installer.
          </Trans>
        </p>
      </section>
    );
  const signed = offer.problem === "";
  return (
    <section className="card p-5" aria-labelledby="offer-title">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
        <PackageCheck className="mt-0.5 size-5 shrink-0 text-muted" aria-hidden />
        <div className="min-w-0 flex-1 basis-56">
          <h2 id="offer-title" className="font-semibold text-base">
            <Trans>
              Release <span className="tnum">{offer.version}</span>
            </Trans>
          </h2>
          <p className="mt-0.5 break-all font-mono text-2xs text-muted">
            {megabytes.format(offer.size / 1e6)} MB · SHA-256 {offer.sha256.slice(0, 16)}…
          </p>
          <p className="mt-2 flex items-start gap-2">
            {signed ? (
              <ShieldCheck className="size-4 shrink-0 text-ok" aria-hidden />
            ) : (
              <ShieldAlert className="size-4 shrink-0 text-warn" aria-hidden />
            )}
            <span>
              {signed ? (
                <Trans>
                  Signed by key <span className="font-mono text-xs">{offer.keys.join(", ")}</span>. Each machine checks
                  that against the keys of its own owner.
                </Trans>
              ) : (
                offer.problem
              )}
            </span>
          </p>
        </div>
        {signed && (
          <div>
            <Button variant="primary" disabled={!mayStart || busy} onClick={onStart}>
              <Trans>Plan a rollout</Trans>
            </Button>
            {!mayStart && <RoleNote needed="admin" what={t`Starting a rollout`} everywhere className="mt-1" />}
            {mayStart && busy && (
              <p className="mt-1 text-muted text-xs">
                <Trans>One rollout at a time.</Trans>
              </p>
            )}
          </div>
        )}
      </div>
      {!signed && (
        <div className="mt-4 border-t pt-4">
          <p className="mb-2 max-w-prose text-muted">
            <Trans>
              Sign it where it is built, and put the manifest beside it. Keep the key off this hub: whoever steals the
              hub must not be able to run code on the fleet.
            </Trans>
          </p>
          <CopyBlock label={t`Commands to sign a release`} text={SIGN} />
        </div>
      )}
    </section>
  );
}
