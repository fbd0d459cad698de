import { Trans } from "@lingui/react/macro";
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { isKiosk } from "@/lib/kiosk";

const KIOSK_RETRY_MS = 15_000;

/** Whatever the frame of all pages could not handle. */
export function ErrorPage(shown: { error: unknown; reset: () => void }) {
  return (
    <main>
      <PageError {...shown} />
    </main>
  );
}

/** Whatever a page could not handle: said plainly, with a way on. */
export function PageError({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter();
  const problem = asProblem(error);
  const again = () => {
    reset();
    void router.invalidate();
  };
  useEffect(() => {
    // On a screen nobody presses the button.
    if (!isKiosk(Object.fromEntries(new URLSearchParams(window.location.search)))) return;
    const timer = setTimeout(() => window.location.reload(), KIOSK_RETRY_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="mx-auto max-w-xl px-4 py-16">
      <h1 className="sr-only">
        <Trans>Error</Trans>
      </h1>
      <Notice title={problem.title} onRetry={again}>
        {problem.message}
      </Notice>
    </div>
  );
}
