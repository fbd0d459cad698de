import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import { openShare } from "@/api/shares";
import { Entry } from "@/components/entry";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { isKiosk } from "@/lib/kiosk";
import { linkTo } from "@/lib/shared-place";
import { mayHavePass } from "@/state/pass";
import { beginPass, resumePass } from "@/state/take-pass";
import { ShareOver } from "./share-over";

const RETRY_MS = 10_000;

/** Opens what a link shares; null where it shows nothing. Who is logged in keeps seeing all as themselves. */
async function opened(secret: string) {
  if (secret === "") return mayHavePass() ? resumePass() : null;
  const found = await openShare(secret);
  if (!found.logged_in) beginPass(found);
  return found;
}

/** Where a shared link leads: it becomes a pass of this browser, and the page that it is for opens. */
export function SharedPage() {
  const [secret] = useState(() => window.location.hash.slice(1));
  const kiosk = useLocation({ select: ({ search }) => isKiosk(search) });
  const navigate = useNavigate();
  const share = useQuery({
    queryKey: ["shared", secret],
    queryFn: () => opened(secret),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    // A screen that starts before its hub has nobody to press anything.
    refetchInterval: ({ state }) => (state.error !== null && asProblem(state.error).status !== 404 ? RETRY_MS : false),
  });
  useEffect(() => {
    document.title = t`Shared page · Opsentrix`;
    // The secret has served: nobody should read it off the address, or pass it on without meaning to.
    window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  }, []);
  const found = share.data;
  useEffect(() => {
    if (found != null) void navigate({ ...linkTo(found, kiosk), replace: true });
  }, [found, kiosk, navigate]);
  if (found === null || (share.error !== null && asProblem(share.error).status === 404)) return <ShareOver />;
  if (share.error !== null)
    return (
      <Entry title={t`Shared page`} subtitle={t`Trying again by itself.`}>
        <Notice title={t`The hub did not answer`} onRetry={() => void share.refetch()}>
          {asProblem(share.error).message}
        </Notice>
      </Entry>
    );
  return (
    <Entry title={t`Shared page`} subtitle={t`Opening…`}>
      <Skeleton className="h-32 w-full" />
    </Entry>
  );
}
