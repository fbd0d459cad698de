import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { X } from "lucide-react";
import { type ReactNode, useEffect, useEffectEvent } from "react";
import { Button } from "./ui/button";

/** For how long something can be taken back from here. */
const SHOWN_MS = 12_000;

interface UndoBarProps {
  children: ReactNode;
  busy: boolean;
  /** Null for what cannot be taken back. */
  onUndo: (() => void) | null;
  onClose: () => void;
}

/** Says what was just done, and takes it back; it goes by itself unless it is being used. */
export function UndoBar({ children, busy, onUndo, onClose }: UndoBarProps) {
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const timer = setTimeout(() => close(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="pointer-events-none fixed inset-x-3 bottom-4 z-40 flex justify-center max-sm:bottom-[calc(var(--bar)+4.5rem)] print:hidden above-bottom-bar">
      <div
        role="status"
        className="fade-in pointer-events-auto flex max-w-xl items-center gap-2 rounded-lg border border-edge bg-surface py-1.5 pe-1.5 ps-4 shadow-2xl"
      >
        <p className="min-w-0 flex-1">{children}</p>
        {onUndo !== null && (
          <Button variant="ghost" className="font-medium text-accent" disabled={busy} onClick={onUndo}>
            <Trans>Undo</Trans>
          </Button>
        )}
        <Button variant="ghost" size="icon" aria-label={t`Dismiss`} onClick={onClose}>
          <X className="size-4" aria-hidden />
        </Button>
      </div>
    </div>
  );
}
