import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { saveRunbook } from "@/api/runbooks";
import type { Runbook } from "@/api/types";
import { lastDone } from "@/state/done";
import { refreshRunbooks } from "@/state/waiting-runs";

const turned = ({ id, definition, enabled, version }: Runbook) =>
  saveRunbook(id, { definition, enabled: !enabled, based_on: version });

/** Switches runbooks on and off, and back. */
export function useTurn() {
  const turn = useMutation({
    mutationFn: turned,
    onSuccess: async (now) => {
      lastDone.set({
        text: now.enabled ? t`${{ name: now.name }} is on` : t`${{ name: now.name }} is off`,
        undo: async () => {
          await turned(now);
          await refreshRunbooks();
        },
      });
      await refreshRunbooks();
    },
    onError: refreshRunbooks,
  });
  return { busy: turn.isPending, error: turn.error, turn: (runbook: Runbook) => turn.mutate(runbook) };
}
