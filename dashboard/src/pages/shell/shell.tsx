import { Outlet, useNavigate } from "@tanstack/react-router";
import { Fragment, lazy, Suspense, useDeferredValue, useEffect, useRef, useState } from "react";
import { sessionLost } from "@/api/client";
import { confirmationWanted } from "@/api/confirmation";
import { timeStyle } from "@/lib/zone";
import { useAlertingFeed } from "@/state/alerting";
import { useKiosk } from "@/state/kiosk";
import { live } from "@/state/live";
import { useResponseFeed } from "@/state/responses";
import { forgetSession, queryClient, useUser } from "@/state/session";
import { useMediaQuery } from "@/state/use-media-query";
import { useSignal } from "@/state/use-signal";
import { DoneBar } from "./done-bar";
import { Header } from "./header";
import { PhoneBar } from "./phone-bar";
import { useLogOut } from "./use-log-out";

const Kiosk = lazy(() => import("@/pages/shared/looking").then((module) => ({ default: module.Kiosk })));
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
  // Until then the hub shows nothing but the account. For all others the link was begun before this frame was there.
  useEffect(() => {
    if (!mustEnroll) live.open();
  }, [mustEnroll]);
  useAlertingFeed();
  useResponseFeed();
  const style = useSignal(timeStyle);
  const content = useRef<HTMLElement>(null);
  const styleBefore = useRef(style);
  useEffect(() => {
    // What had the focus is gone with the old page.
    if (styleBefore.current !== style) content.current?.focus({ preventScroll: true });
    styleBefore.current = style;
  }, [style]);
  // Who somebody is comes through a store, and what that brings React draws at once and whole. So it brings this frame with
  // nothing in it, which is filled, and the page with it, a piece at a time.
  const begun = useDeferredValue(true, false);
  const kiosk = useKiosk();
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
  if (!begun) return kiosk ? null : <div className="h-12.25 border-b bg-surface" />;
  return (
    <div className="flex min-h-dvh flex-col">
      {kiosk ? (
        <Suspense>
          <Kiosk />
        </Suspense>
      ) : (
        <Header limited={mustEnroll} phone={phone} />
      )}
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
      {phone && !kiosk && <PhoneBar counting={!mustEnroll} onLogOut={() => void logOut()} />}
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
