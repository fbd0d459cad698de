import { lazy, Suspense, useState } from "react";
import { overlay } from "@/state/palette";
import { useSignal } from "@/state/use-signal";
import type { Opened } from "./dialogs";
import { KeysDialog } from "./keys-dialog";
import { Palette } from "./palette";
import { useHands } from "./use-hands";

const Dialogs = lazy(() => import("./dialogs").then((module) => ({ default: module.Dialogs })));

/** What hands do on any page: the keys, the palette, and the dialogs that it opens. */
export function Hands({ onLogOut }: { onLogOut: () => void }) {
  useHands();
  const open = useSignal(overlay);
  const [opened, setOpened] = useState<Opened | null>(null);
  const close = () => overlay.set(null);
  return (
    <Suspense fallback={null}>
      {open === "palette" && <Palette onLogOut={onLogOut} onClose={close} onOpen={setOpened} />}
      {open === "keys" && <KeysDialog onClose={close} />}
      {opened !== null && <Dialogs opened={opened} onClose={() => setOpened(null)} />}
    </Suspense>
  );
}
