import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { MIN_WINDOW, type TimeWindow } from "@/lib/range";
import { fromLocalField, toLocalField } from "@/lib/time";
import { shownZone } from "@/lib/zone";

interface RangeDialogProps {
  window: TimeWindow;
  onChoose: (from: number, to: number) => void;
  onClose: () => void;
}

/** Asks for the two ends of a fixed window, in the time zone that is shown. */
export function RangeDialog({ window: shown, onChoose, onClose }: RangeDialogProps) {
  const [from, setFrom] = useState(() => toLocalField(shown.from));
  const [to, setTo] = useState(() => toLocalField(shown.to));
  const start = fromLocalField(from);
  const end = fromLocalField(to);
  const zone = shownZone();
  const valid = start !== null && end !== null && end - start >= MIN_WINDOW;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (start === null || end === null || !valid) return;
    onChoose(start, end);
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Custom time range`}
      description={t`Times in ${zone}.`}
      className="sm:w-[26rem]"
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={t({ message: "From", context: "time" })}
          type="datetime-local"
          step={1}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <Field
          label={t({ message: "To", context: "time" })}
          type="datetime-local"
          step={1}
          value={to}
          onChange={(event) => setTo(event.target.value)}
          error={valid ? undefined : t`The end must be at least ${MIN_WINDOW} seconds after the start.`}
        />
        <Button type="submit" variant="primary" className="h-9" disabled={!valid}>
          <Trans>Show this range</Trans>
        </Button>
      </form>
    </Dialog>
  );
}
