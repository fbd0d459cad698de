import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import type { Account, IssuedLink } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import type { Act } from "./acts";

interface ActDialogProps {
  act: Act;
  account: Account;
  onDone: (link: IssuedLink | null) => void;
  onClose: () => void;
}

/** Says what an act comes to before it is done. */
export function ActDialog({ act, account, onDone, onClose }: ActDialogProps) {
  const run = useMutation({ mutationFn: () => act.run(account), onSuccess: onDone });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={act.title(account.username)}
      description={act.text}
      className="sm:w-[28rem]"
    >
      <FormProblem text={run.error === null ? null : asProblem(run.error).advice} />
      <div className="mt-3 flex justify-end gap-2">
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button variant={act.danger ? "danger" : "primary"} disabled={run.isPending} onClick={() => run.mutate()}>
          {act.label(account)}
        </Button>
      </div>
    </Dialog>
  );
}
