import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { ChoiceField } from "@/components/choice-field";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Segmented } from "@/components/ui/segmented";
import { browserZone, timeStyle, zoneNames } from "@/lib/zone";
import { chooseTimeStyle } from "@/state/preferences";

const zoneHere = browserZone();
const OWN = t`This browser's: ${zoneHere}`;
const ZONES = [OWN, ...["UTC", ...zoneNames().filter((name) => name !== "UTC")]];
const CLOCKS = [
  { value: "24", label: t`24 hours` },
  { value: "12", label: t`12 hours` },
] as const;

/** Asks in which zone, and by which clock, this person reads times. */
export function ZoneDialog({ onClose }: { onClose: () => void }) {
  const style = timeStyle.get();
  const [zone, setZone] = useState(style.zone ?? OWN);
  const [hours, setHours] = useState<"12" | "24">(style.hours === 12 ? "12" : "24");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onClose();
    chooseTimeStyle({ zone: zone === OWN ? null : zone, hours: hours === "12" ? 12 : 24 });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Time zone and clock`}
      description={t`How this browser shows times. A link shows everybody the same moment, each in their own zone.`}
      className="sm:w-[26rem]"
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <ChoiceField label={t`Time zone`} value={zone} options={ZONES} free={false} onChange={setZone} />
        <div className="flex flex-col items-start gap-1.5">
          <span className="font-medium text-sm">
            <Trans>Clock</Trans>
          </span>
          <Segmented label={t`Clock`} value={hours} options={CLOCKS} onChange={setHours} />
        </div>
        <Button type="submit" variant="primary" className="h-9">
          <Trans>Save</Trans>
        </Button>
      </form>
    </Dialog>
  );
}
