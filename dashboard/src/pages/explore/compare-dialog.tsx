import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { MAX_COMPARE } from "@/lib/explore-search";
import { DurationField } from "@/pages/quiet/duration-field";

interface CompareDialogProps {
  /** Seconds. */
  value: number;
  onChoose: (seconds: number) => void;
  onClose: () => void;
}

/** Chooses how far back the time lies that a window is compared with. */
export function CompareDialog({ value, onChoose, onClose }: CompareDialogProps) {
  const [seconds, setSeconds] = useState(value === 0 ? 86_400 : value);
  const tooFar = seconds > MAX_COMPARE;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Compare with an earlier time`}
      description={t`The same stretch of time, so much earlier, is drawn dashed.`}
      className="sm:w-[26rem]"
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!tooFar) onChoose(seconds);
        }}
      >
        <DurationField legend={t`Earlier by`} value={seconds} onChange={setSeconds} />
        {tooFar && (
          <p className="text-bad text-xs">
            <Trans>At most 366 days.</Trans>
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" disabled={tooFar}>
            <Trans>Compare</Trans>
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
