import { useState } from "react";
import type { Agent } from "@/api/types";
import { SilenceDialog } from "@/pages/quiet/silence-dialog";
import { WindowDialog } from "@/pages/quiet/window-dialog";
import { RunDialog } from "@/pages/run/run-dialog";
import { fleet } from "@/state/session";
import { DeleteDialog } from "./delete-dialog";
import { TagsDialog } from "./tags-dialog";

export type Act = "run" | "tags" | "silence" | "maintenance" | "delete";

interface BulkDialogProps {
  act: Act;
  agents: readonly Agent[];
  environments: readonly string[];
  onClose: () => void;
}

/** What is asked before something is done with many machines. */
export function BulkDialog({ act, agents, environments, onClose }: BulkDialogProps) {
  // Once and for all: the list goes on changing behind the dialog.
  const [targets] = useState(() => agents.map(({ id, name }) => ({ id, name })));
  const [chosen] = useState(() => ({ agents: targets.map(({ id }) => id), names: targets.map(({ name }) => name) }));
  switch (act) {
    case "run":
      return <RunDialog targets={targets} onClose={onClose} />;
    case "tags":
      return <TagsDialog agents={agents} environments={environments} onClose={onClose} />;
    case "silence":
      return <SilenceDialog matchers={[]} chosen={chosen} comment="" onClose={onClose} />;
    case "maintenance":
      return <WindowDialog window={null} chosen={chosen} onSaved={() => void fleet.load()} onClose={onClose} />;
    case "delete":
      return <DeleteDialog agents={agents} onClose={onClose} />;
  }
}
