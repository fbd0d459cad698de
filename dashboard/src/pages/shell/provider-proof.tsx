import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { useEffect, useState } from "react";
import { beginProof } from "@/api/identities";
import { asProblem } from "@/api/problem";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { refusalText } from "@/lib/provider-login";
import { onProof, providersQuery } from "@/state/providers";

/** A fresh login at the identity provider, in a tab of its own so that this page stays as it is. */
export function ProviderProof({ onAnswer }: { onAnswer: (confirmed: boolean) => void }) {
  const [gone, setGone] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const name = useQuery(providersQuery).data?.[0]?.name;
  // A link, and not a tab that a script opens: browsers block those.
  const proof = useQuery({ queryKey: ["proof"], queryFn: beginProof, gcTime: 0, staleTime: Infinity, retry: false });
  const { refetch } = proof;
  useEffect(
    () =>
      onProof((why) => {
        if (why === null) return onAnswer(true);
        setGone(false);
        setRefused(refusalText(why));
        // The link was good once.
        void refetch();
      }),
    [onAnswer, refetch],
  );
  return (
    <div className="flex flex-col gap-4">
      <FormProblem text={proof.error === null ? refused : asProblem(proof.error).advice} />
      <p aria-live="polite" className="text-muted">
        {gone
          ? t`Log in there; this goes on by itself as soon as you did.`
          : t`You log in there again, in a new tab, and come back here.`}
      </p>
      <div className="flex flex-wrap items-center justify-end gap-2">
        <Button onClick={() => onAnswer(false)}>
          <Trans>Cancel</Trans>
        </Button>
        {proof.data === undefined || proof.isFetching ? (
          <Button variant="primary" disabled>
            {proof.isFetching ? t`Asking…` : t`Confirm`}
          </Button>
        ) : (
          <Button asChild variant="primary">
            <a href={proof.data} target="_blank" rel="noopener" onClick={() => setGone(true)}>
              {name === undefined ? t`Confirm with the provider` : t`Confirm with ${name}`}
              <ExternalLink className="size-4" aria-hidden />
            </a>
          </Button>
        )}
      </div>
    </div>
  );
}
