import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellOff } from "lucide-react";
import { Button } from "@/components/ui/button";
import { isEverything } from "@/lib/access";
import { routesQuery } from "@/pages/notifications/queries";
import { useGoverns, useUser } from "@/state/session";

/** Says that incidents are told nobody as long as the route for everything else has no target. */
export function NobodyToldBanner() {
  const everywhere = isEverything(useUser().scope);
  const governs = useGoverns();
  const { data: routes } = useQuery({ ...routesQuery, enabled: everywhere });
  const silent = routes?.some((one) => one.default && one.targets.length === 0) ?? false;
  if (!silent) return null;
  return (
    <section
      aria-label={t`Nobody is told`}
      className="card mb-4 flex flex-wrap items-center gap-x-4 gap-y-3 border-warn/50 bg-warn/8 px-4 py-3"
    >
      <BellOff className="size-5 shrink-0 text-warn" aria-hidden />
      <p className="min-w-0 flex-1 basis-60">
        <span className="font-medium">
          <Trans>Nobody is told of incidents yet.</Trans>
        </span>{" "}
        {governs
          ? t`Choose where they go: give the route “everything else” a target.`
          : t`An admin of all agents can choose where they go.`}
      </p>
      {governs && (
        <Button asChild variant="primary">
          <Link to="/settings/notifications">
            <Trans>Choose where they go</Trans>
          </Link>
        </Button>
      )}
    </section>
  );
}
