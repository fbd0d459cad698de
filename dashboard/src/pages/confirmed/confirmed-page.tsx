import { t } from "@lingui/core/macro";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { Entry } from "@/components/entry";
import { Notice } from "@/components/notice";
import { refusalText } from "@/lib/provider-login";
import { announceProof } from "@/state/providers";

const route = getRouteApi("/confirmed");

/** Where an identity provider leads back to after a proof, in a tab of its own; the page that asked goes on by itself. */
export function ConfirmedPage() {
  const { refused } = route.useSearch();
  useEffect(() => {
    document.title = t`Confirmed · Opsentrix`;
    announceProof(refused ?? null);
    if (refused !== undefined) return;
    // Browsers close only tabs that they think a script opened; the text is for all others.
    window.close();
  }, [refused]);
  if (refused !== undefined) {
    return (
      <Entry title={t`Not confirmed`} subtitle={t`Close this tab and try again where you came from.`}>
        <Notice title={t`That was no proof`}>{refusalText(refused)}</Notice>
      </Entry>
    );
  }
  return (
    <Entry title={t`It is you`} subtitle={t`Close this tab: what you were about to do goes on where you came from.`}>
      {null}
    </Entry>
  );
}
