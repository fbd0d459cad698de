import { Trans } from "@lingui/react/macro";
import { Outlet } from "@tanstack/react-router";
import { Eye } from "lucide-react";
import { Fragment, useEffect, useState } from "react";
import { sessionLost } from "@/api/client";
import type { Pass } from "@/api/types";
import { Logo } from "@/components/logo";
import { hubNow } from "@/lib/clock";
import { formatMoment } from "@/lib/time";
import { timeStyle } from "@/lib/zone";
import { Kiosk } from "@/pages/kiosk/kiosk";
import { LinkBanner } from "@/pages/shell/link-banner";
import { ThemeMenu } from "@/pages/shell/theme-menu";
import { useAlertingFeed } from "@/state/alerting";
import { useKiosk } from "@/state/kiosk";
import { live } from "@/state/live";
import { pass } from "@/state/pass";
import { queryClient } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";
import { useSignal } from "@/state/use-signal";
import { ShareOver } from "./share-over";

/** What surrounds a page that somebody shared: nothing that leads on. */
export function SharedFrame() {
  const shown = useSignal(pass);
  const over = useOver(shown);
  const kiosk = useKiosk();
  const style = useSignal(timeStyle);
  const access = useSignal(live.access);
  useAlertingFeed();
  useEffect(() => {
    if (over) live.close();
    else live.open();
  }, [over]);
  useEffect(() => {
    if (access > 0) void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "me" });
  }, [access]);
  if (shown === null) return null;
  if (over) return <ShareOver />;
  return (
    <div className="flex min-h-dvh flex-col">
      {kiosk ? <Kiosk /> : <SharedHeader shown={shown} />}
      <main
        id="content"
        tabIndex={-1}
        className="mx-auto w-full max-w-[120rem] flex-1 px-3 py-4 outline-none sm:px-5 [.kiosk_&]:max-w-none"
      >
        <Fragment key={`${style.zone} ${style.hours}`}>
          <Outlet />
        </Fragment>
      </main>
    </div>
  );
}

function SharedHeader({ shown }: { shown: Pass }) {
  const until = formatMoment(Date.parse(shown.expires_at) / 1000);
  return (
    <header className="sticky top-0 z-30 border-b bg-surface">
      <div className="mx-auto flex h-12 max-w-[120rem] items-center gap-3 px-3 sm:px-5">
        <Logo />
        <p className="min-w-0 flex-1 truncate font-semibold">{shown.label === "" ? "Opsentrix" : shown.label}</p>
        <p className="flex shrink-0 items-center gap-1.5 text-muted text-xs">
          <Eye className="size-3.5" aria-hidden />
          <Trans>Shared, read only</Trans>
          <span className="tnum max-sm:hidden">
            <Trans>until {until}</Trans>
          </span>
        </p>
        <ThemeMenu />
      </div>
      <LinkBanner />
    </header>
  );
}

/** Whether the pass shows nothing any more: its time is over, or the hub said so. */
function useOver(shown: Pass | null): boolean {
  const now = useHubNow(10_000);
  const link = useSignal(live.state);
  const refused = useSignal(sessionLost);
  const [refusedBefore] = useState(refused);
  const [over, setOver] = useState(false);
  const ended =
    refused !== refusedBefore ||
    link === "unauthorized" ||
    (shown !== null && Math.max(now, hubNow()) >= Date.parse(shown.expires_at) / 1000);
  // Once over it stays over: the link's state goes back to rest.
  useEffect(() => {
    if (ended) setOver(true);
  }, [ended]);
  return over || ended;
}
