import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Card } from "@/components/card";
import { Switch } from "@/components/switch";
import { Button } from "@/components/ui/button";
import { choosePlainKeys, overlay, plainKeys } from "@/state/palette";
import { useSignal } from "@/state/use-signal";

/** Whether single keys do anything in this browser, and the way to what they do. */
export function KeyboardCard() {
  const on = useSignal(plainKeys);
  return (
    <Card
      title={t`Keyboard`}
      text={t`Single keys lead to pages and begin what a page makes. Switch them off where they get in the way of speech input or a screen reader; kept in this browser.`}
      action={<Switch label={t`Single keys`} checked={on} onChange={choosePlainKeys} />}
    >
      <div className="px-5 pb-4">
        <Button size="sm" onClick={() => overlay.set("keys")}>
          <Trans>Show all keys</Trans>
        </Button>
      </div>
    </Card>
  );
}
