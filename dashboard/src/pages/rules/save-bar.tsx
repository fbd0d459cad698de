import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Button } from "@/components/ui/button";

interface SaveBarProps {
  label: string;
  /** Why it cannot be saved now; null when it can. */
  obstacle: string | null;
  busy: boolean;
  onDiscard: () => void;
}

/** Saves the form around it; in sight wherever the page is scrolled to. */
export function SaveBar({ label, obstacle, busy, onDiscard }: SaveBarProps) {
  return (
    <div className="sticky bottom-(--bar) z-20 -mx-5 mt-5 -mb-5 flex flex-wrap items-center justify-end gap-2 rounded-b-[0.625rem] border-t bg-surface px-5 py-3">
      <p role="status" className="min-w-0 flex-1 text-muted text-xs empty:hidden max-sm:basis-full">
        {obstacle}
      </p>
      <Button onClick={onDiscard}>
        <Trans>Discard</Trans>
      </Button>
      <Button type="submit" variant="primary" disabled={busy || obstacle !== null}>
        {busy ? t`Saving…` : label}
      </Button>
    </div>
  );
}
