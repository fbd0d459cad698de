import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

interface RemoveDialogProps {
  title: string;
  text: string;
  /** What the button says. */
  action?: string;
  /** What it says while that is under way. */
  doing?: string;
  run: () => Promise<void>;
  onDone?: () => Promise<void>;
  onClose: () => void;
}

/** Asks before something goes. */
export function RemoveDialog(props: RemoveDialogProps) {
  const { title, text, action = t`Remove`, doing = action, run, onDone, onClose } = props;
  const remove = useMutation({
    mutationFn: run,
    onSuccess: async () => {
      await onDone?.();
      onClose();
    },
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} description={text} className="sm:w-[28rem]">
      <FormProblem text={remove.error === null ? null : asProblem(remove.error).advice} />
      <div className="mt-3 flex justify-end gap-2">
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button variant="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
          {remove.isPending ? doing : action}
        </Button>
      </div>
    </Dialog>
  );
}
