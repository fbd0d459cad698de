import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import type { CommandPreview } from "@/api/types";
import { CopyBlock } from "@/components/copy";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { trustCommand } from "@/lib/run-draft";
import { useUser } from "@/state/session";
import type { Signer } from "./use-signer";

/** Whose signature the machines will see, and what is missing where it has to be one's own. */
export function SignerNote({ signer, plan }: { signer: Signer; plan: CommandPreview | undefined }) {
  const { username } = useUser();
  const { key, usable, demanded, possible, choose, pending } = signer;
  if (pending || !possible || (!demanded && usable.length === 0)) return null;
  if (demanded && key === null) {
    return (
      <Notice title={t`This needs a key of your own, and this browser has none`}>
        <p>
          <Trans>
            The owner of the machine lets no hub decide this alone. Make a key in your account: it stays in this
            browser, and its public half goes into the machine’s policy.
          </Trans>
        </p>
        <Button asChild size="sm" className="mt-2">
          <Link to="/account" hash="operator-keys">
            <Trans>Your keys</Trans>
          </Link>
        </Button>
      </Notice>
    );
  }
  const distrusted = key !== null && (plan?.would_refuse ?? []).some(({ refusal }) => refusal.includes(key.key_id));
  return (
    <div className="rounded-lg border">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5">
        <KeyRound className="size-4 shrink-0 text-muted" aria-hidden />
        <span className="min-w-0 flex-1 basis-52">
          {key === null ? t`Signed by the hub.` : t`Signed in this browser with your key “${{ name: key.name }}”.`}
          {demanded && (
            <span className="block text-muted text-xs">
              <Trans>The machine’s owner demands it.</Trans>
            </span>
          )}
        </span>
        {usable.length > (demanded ? 1 : 0) && (
          <select
            aria-label={t`Who signs`}
            className="touch h-8 rounded-md border border-edge bg-surface px-2 text-sm max-sm:text-base"
            value={key?.id ?? "hub"}
            onChange={(event) => choose(usable.find(({ id }) => String(id) === event.target.value) ?? null)}
          >
            {!demanded && (
              <option value="hub">
                <Trans>the hub</Trans>
              </option>
            )}
            {usable.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        )}
      </div>
      {distrusted && key !== null && (
        <div className="flex flex-col gap-2 border-t px-4 py-3">
          <p className="text-muted">
            <Trans>On the machine, this makes it trust your key:</Trans>
          </p>
          <CopyBlock label={t`Trust this key`} text={trustCommand(`${username}-${key.name}`, key.public_key)} />
        </div>
      )}
    </div>
  );
}
