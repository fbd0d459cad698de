import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Switch } from "@/components/switch";
import { Dialog } from "@/components/ui/dialog";
import { choosePlainKeys, plainKeys } from "@/state/palette";
import { useSignal } from "@/state/use-signal";
import { Keys, PALETTE_KEYS } from "./keys";
import { KEYS, PAGES } from "./table";

/** Every key that does something, from the table by which it does. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const on = useSignal(plainKeys);
  const pages = PAGES.flatMap(({ keys, label }) => (keys === undefined ? [] : [{ keys, label }]));
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Keyboard shortcuts`}>
      <div className="grid gap-x-10 gap-y-6 sm:grid-cols-2">
        <KeyList title={t`Anywhere`} lines={[{ keys: PALETTE_KEYS, label: t`Find and do anything` }, ...KEYS]} />
        <KeyList title={t`Go to`} lines={pages} />
      </div>
      <div className="mt-6 flex items-center justify-between gap-4 border-t pt-4">
        <div>
          <p className="font-medium">
            <Trans>Keys without Ctrl or Cmd</Trans>
          </p>
          <p className="text-muted text-xs">
            <Trans>They do nothing while you type. Kept in this browser.</Trans>
          </p>
        </div>
        <Switch label={t`Keys without Ctrl or Cmd`} checked={on} onChange={choosePlainKeys} />
      </div>
    </Dialog>
  );
}

function KeyList({ title, lines }: { title: string; lines: readonly { keys: string; label: string }[] }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-2 font-medium text-muted text-xs">{title}</h3>
      <dl className="flex flex-col gap-2">
        {lines.map(({ keys, label }) => (
          <div key={keys} className="flex items-center justify-between gap-4">
            <dt>{label}</dt>
            <dd>
              <Keys of={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
