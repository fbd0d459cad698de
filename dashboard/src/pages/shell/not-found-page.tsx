import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Button } from "@/components/ui/button";

/** An address that leads nowhere. */
export function NotFoundPage() {
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-3 px-4 py-24 text-center">
      <p className="tnum font-semibold text-5xl text-muted">404</p>
      <h1 className="font-semibold text-lg">
        <Trans>There is no such page</Trans>
      </h1>
      <p className="text-muted">
        <Trans>The address may be mistyped, or what it showed was deleted.</Trans>
      </p>
      <Button asChild variant="primary">
        <Link to="/">
          <Trans>Home</Trans>
        </Link>
      </Button>
    </div>
  );
}
