import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { MIN_WINDOW, type TimeWindow } from "@/lib/range";
import { fromLocalField, toLocalField } from "@/lib/time";

interface RangeDialogProps {
  window: TimeWindow;
  onChoose: (from: number, to: number) => void;
  onClose: () => void;
}

/** Asks for the two ends of a fixed window, in the browser's time zone. */
export function RangeDialog({ window: shown, onChoose, onClose }: RangeDialogProps) {
  const [from, setFrom] = useState(() => toLocalField(shown.from));
  const [to, setTo] = useState(() => toLocalField(shown.to));
  const start = fromLocalField(from);
  const end = fromLocalField(to);
  const valid = start !== null && end !== null && end - start >= MIN_WINDOW;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (start === null || end === null || !valid) return;
    onChoose(start, end);
    onClose();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Custom time range" className="sm:w-[26rem]">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label="From"
          type="datetime-local"
          step={1}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <Field
          label="To"
          type="datetime-local"
          step={1}
          value={to}
          onChange={(event) => setTo(event.target.value)}
          error={valid ? undefined : `The end must be at least ${MIN_WINDOW} seconds after the start.`}
        />
        <Button type="submit" variant="primary" className="h-9" disabled={!valid}>
          Show this range
        </Button>
      </form>
    </Dialog>
  );
}
