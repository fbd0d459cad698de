import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { Entry } from "@/components/entry";
import { Button } from "@/components/ui/button";

/** What was shared is not shared any more, or never was. */
export function ShareOver() {
  useEffect(() => {
    document.title = t`Not shared any more · Opsentrix`;
  }, []);
  return (
    <Entry
      title={t`Nothing is shared here any more`}
      subtitle={t`The link expired, was revoked, or was not copied in full.`}
    >
      <div className="card flex flex-col items-start gap-4 p-5">
        <p>
          <Trans>Ask whoever gave you the link for a new one.</Trans>
        </p>
        <Button asChild className="h-9">
          <Link to="/login" reloadDocument>
            <Trans>Log in instead</Trans>
          </Link>
        </Button>
      </div>
    </Entry>
  );
}
