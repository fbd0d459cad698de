import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { Fragment, lazy, Suspense, useEffect, useRef, useState } from "react";
import { sessionLost } from "@/api/client";
import { confirmationWanted } from "@/api/confirmation";
import { Logo } from "@/components/logo";
import { Button } from "@/components/ui/button";
import { timeStyle } from "@/lib/zone";
import { useAlertingFeed } from "@/state/alerting";
import { live } from "@/state/live";
import { overlay } from "@/state/palette";
import { forgetSession, queryClient, useUser } from "@/state/session";
import { useMediaQuery } from "@/state/use-media-query";
import { useSignal } from "@/state/use-signal";
import { DiskBanner } from "./disk-banner";
import { DoneBar } from "./done-bar";
import { LinkBanner } from "./link-banner";
import { MainNav } from "./main-nav";
import { PhoneBar } from "./phone-bar";
import { SettingsLink } from "./settings-link";
import { ThemeMenu } from "./theme-menu";
import { useLogOut } from "./use-log-out";
import { UserMenu } from "./user-menu";

const Hands = lazy(() => import("@/pages/palette/hands").then((module) => ({ default: module.Hands })));

const ConfirmationDialog = lazy(() =>
  import("./confirmation-dialog").then((module) => ({ default: module.ConfirmationDialog })),
);

/** What surrounds every page of a logged-in user. */
export function Shell() {
  const navigate = useNavigate();
  const link = useSignal(live.state);
  const asked = useSignal(confirmationWanted);
  const phone = useMediaQuery("(max-width: 639px)");
  const { must_enroll: mustEnroll } = useUser();
  // Until then the hub shows nothing but the account.
  useEffect(() => {
    if (!mustEnroll) live.open();
  }, [mustEnroll]);
  useAlertingFeed();
  const style = useSignal(timeStyle);
  const content = useRef<HTMLElement>(null);
  const styleBefore = useRef(style);
  useEffect(() => {
    // What had the focus is gone with the old page.
    if (styleBefore.current !== style) content.current?.focus({ preventScroll: true });
    styleBefore.current = style;
  }, [style]);
  const logOut = useLogOut();
  const access = useSignal(live.access);
  // What is shown of agents that are out of reach now must go, and who this is has changed too.
  useEffect(() => {
    if (access > 0) void queryClient.invalidateQueries();
  }, [access]);
  const refused = useSignal(sessionLost);
  const [refusedBefore] = useState(refused);
  const lost = link === "unauthorized" || refused !== refusedBefore;
  useEffect(() => {
    if (!lost) return;
    const { pathname, search } = window.location;
    const redirect = `${pathname.replace(/^\/dashboard/, "")}${search}` || "/";
    void navigate({ to: "/login", search: { redirect } }).then(forgetSession);
  }, [lost, navigate]);
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 text-on-accent focus:translate-y-0"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-30 border-b bg-surface low:static print:hidden">
        <div className="gutter mx-auto flex h-12 max-w-[120rem] items-center gap-1 max-sm:gap-0">
          <Link
            to="/"
            className="touch mr-3 flex items-center gap-2 font-semibold tracking-tight max-sm:mr-auto"
            aria-label="Opsentrix, home"
          >
            <Logo />
            <span className="text-[0.9375rem] sm:max-lg:hidden">Opsentrix</span>
          </Link>
          {!phone && <MainNav counting={!mustEnroll} />}
          {!mustEnroll && (
            <Button
              variant="ghost"
              size="icon"
              aria-label="Find and do anything"
              aria-keyshortcuts="Control+K Meta+K"
              onClick={() => overlay.set("palette")}
            >
              <Search className="size-4" aria-hidden />
            </Button>
          )}
          {!phone && <ThemeMenu />}
          {!phone && !mustEnroll && <SettingsLink />}
          <UserMenu />
        </div>
        <LinkBanner />
        {!mustEnroll && <DiskBanner />}
      </header>
      <main
        ref={content}
        id="content"
        tabIndex={-1}
        className="gutter mx-auto w-full max-w-[120rem] flex-1 pt-4 pb-[calc(var(--bar)+1rem)] outline-none"
      >
        {/* Every text with a time in it is made anew. */}
        <Fragment key={`${style.zone} ${style.hours}`}>
          <Outlet />
        </Fragment>
      </main>
      {phone && <PhoneBar counting={!mustEnroll} onLogOut={() => void logOut()} />}
      <DoneBar />
      {asked !== null && (
        <Suspense fallback={null}>
          <ConfirmationDialog onAnswer={asked} />
        </Suspense>
      )}
      {!mustEnroll && (
        <Suspense fallback={null}>
          <Hands onLogOut={() => void logOut()} />
        </Suspense>
      )}
    </div>
  );
}
