import { Trans } from "@lingui/react/macro";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { useUser } from "@/state/session";
import { useMediaQuery } from "@/state/use-media-query";
import { SettingsNav } from "./settings-nav";

/** What surrounds the pages of the settings: all of them at the side on a desk, the way back to their list on a phone. */
export function SettingsLayout() {
  const { must_enroll: mustEnroll } = useUser();
  const wide = useMediaQuery("(min-width: 1024px)");
  const atList = useLocation({ select: ({ pathname }) => pathname === "/settings" });
  // Nothing else opens until the second factor is set up.
  if (mustEnroll) return <Outlet />;
  if (!wide) {
    return (
      <>
        {!atList && (
          <Link
            to="/settings"
            className="touch -mt-2 mb-1 -ms-1 inline-flex items-center gap-0.5 rounded-md py-1 pe-2 text-muted hover:text-text"
          >
            <ChevronLeft className="size-4" aria-hidden />
            <Trans>Settings</Trans>
          </Link>
        )}
        <Outlet />
      </>
    );
  }
  return (
    <div className="grid grid-cols-[13rem_minmax(0,1fr)] gap-10">
      <div>
        <div className="sticky top-[calc(var(--head)+1rem)] max-h-[calc(100dvh-var(--head)-2rem)] overflow-y-auto">
          <SettingsNav />
        </div>
      </div>
      <div className="min-w-0 max-w-6xl">
        <Outlet />
      </div>
    </div>
  );
}
