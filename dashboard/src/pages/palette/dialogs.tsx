import type { Target } from "@/lib/run-draft";
import { SilenceDialog } from "@/pages/quiet/silence-dialog";
import { RunDialog } from "@/pages/run/run-dialog";
import { AddServerDialog } from "@/pages/servers/add-server-dialog";

/** A dialog that the palette opened. */
export type Opened = { what: "server" } | { what: "silence" } | { what: "run"; on: Target };

export function Dialogs({ opened, onClose }: { opened: Opened; onClose: () => void }) {
  switch (opened.what) {
    case "server":
      return <AddServerDialog onClose={onClose} />;
    case "silence":
      return <SilenceDialog matchers={[]} comment="" onClose={onClose} />;
    case "run":
      return <RunDialog targets={[opened.on]} onClose={onClose} />;
  }
}
