import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { FormProblem } from "./entry";
import { Button } from "./ui/button";
import { Dialog } from "./ui/dialog";

interface FormDialogProps {
  title: string;
  description?: string;
  className?: string;
  /** What was wrong with what was sent. */
  problem: string | null;
  /** What the button says that sends the form. */
  send?: string;
  /** What it says while the answer is awaited. */
  sending?: string;
  busy: boolean;
  /** Whether it can be sent as it is, beyond what the browser checks. */
  ready?: boolean;
  /** Beside the buttons. */
  note?: ReactNode;
  onSend: (form: FormData) => void;
  onClose: () => void;
  /** The fields. */
  children: ReactNode;
}

/** A dialog that is a form: its fields, above them what was wrong, below them the way out and the button that sends it. */
export function FormDialog({ title, description, className, problem, children, ...rest }: FormDialogProps) {
  const { send = t`Save`, sending = t`Saving…`, busy, ready = true, note, onSend, onClose } = rest;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      {...(description === undefined ? {} : { description })}
      {...(className === undefined ? {} : { className })}
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          onSend(new FormData(event.currentTarget));
        }}
      >
        <FormProblem text={problem} />
        {children}
        <div className="flex flex-wrap items-center justify-end gap-2">
          {note}
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" disabled={busy || !ready}>
            {busy ? sending : send}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
