import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";

interface ResolveDialogProps {
  title: string;
  onResolve: (reason: string) => void;
  onClose: () => void;
}

/** Asks before an incident ends, and why it does. */
export function ResolveDialog({ title, onResolve, onClose }: ResolveDialogProps) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Resolve this incident?`}
      description={t`${title}. It ends whatever its alerts do; those that fire again later open another.`}
      className="sm:w-[28rem]"
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onResolve(String(new FormData(event.currentTarget).get("reason")).trim());
          onClose();
        }}
      >
        <Field label={t`What ended it (optional)`} name="reason" maxLength={256} autoComplete="off" />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary">
            <Trans>Resolve</Trans>
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
