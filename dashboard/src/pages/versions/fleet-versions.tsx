import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import type { Releases } from "@/api/types";
import { CopyBlock } from "@/components/copy";
import { Badge } from "@/components/ui/badge";
import { agents } from "./rollouts";

/** What the owner of a machine runs there. */
const allowing = () =>
  `curl -fsSL ${window.location.origin}/install/agent-installer.sh |\n  sudo sh -s -- --allow-upgrades=PUBLIC_KEY`;

/** Which versions run in the fleet, how many of each, and of how many the owner allows upgrades. */
export function FleetVersions({ releases }: { releases: Releases }) {
  const total = releases.versions.reduce((sum, one) => sum + one.agents, 0);
  const allowed = releases.versions.reduce((sum, one) => sum + one.allowed, 0);
  if (total === 0)
    return (
      <section className="card p-5">
        <h2 className="font-semibold text-base">
          <Trans>No agent yet</Trans>
        </h2>
        <p className="mt-1 text-muted">
          <Trans>Once there are some, their versions are counted here.</Trans>
        </p>
      </section>
    );
  return (
    <section className="card p-5" aria-labelledby="fleet-title">
      <h2 id="fleet-title" className="font-semibold text-base">
        <Trans>In the fleet</Trans>
      </h2>
      <ul className="mt-3 flex flex-col gap-3">
        {releases.versions.map((one) => (
          <li key={one.version}>
            <div className="flex items-baseline gap-2">
              <span className="tnum font-medium">{one.version === "" ? t`no version told` : one.version}</span>
              {one.version === releases.offered?.version && (
                <Badge>
                  <Trans>offered</Trans>
                </Badge>
              )}
              <span className="tnum ms-auto">{agents(one.agents)}</span>
              <span className="tnum w-28 text-end text-muted text-xs">
                <Plural value={one.allowed} one="# allows upgrades" other="# allow upgrades" />
              </span>
            </div>
            <span aria-hidden className="mt-1.5 block h-1.5 overflow-hidden rounded-full bg-raised">
              <span className="block h-full rounded-full bg-c1" style={{ width: `${(one.agents / total) * 100}%` }} />
            </span>
          </li>
        ))}
      </ul>
      {allowed < total && (
        <div className="mt-5 border-t pt-4">
          <p className="mb-2 max-w-prose text-muted">
            {allowed === 0 ? (
              <Trans>No machine allows upgrades from the hub: that is for the owner of each machine to decide.</Trans>
            ) : (
              <Plural
                value={total - allowed}
                one="# agent does not allow upgrades from the hub: that is for the owner of each machine to decide."
                other="# agents do not allow upgrades from the hub: that is for the owner of each machine to decide."
              />
            )}{" "}
            <Trans>There, the installer writes the policy:</Trans>
          </p>
          <CopyBlock label={t`Command that allows upgrades`} text={allowing()} />
        </div>
      )}
    </section>
  );
}
