import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Button } from "@/components/ui/button";
import { ALERT_RESOLVED, type RunbookDraft } from "@/lib/runbook-form";
import { breakerWords, limitsWords } from "@/lib/runbook-words";
import { duration } from "@/lib/units";
import { ConditionField } from "./condition-field";
import { useEditorContext } from "./editor-context";
import { CountField, LengthField } from "./length-field";
import { Part } from "./part";
import { StepsField } from "./steps-field";

interface FormProps {
  draft: RunbookDraft;
  onChange: (changes: Partial<RunbookDraft>) => void;
}

/** How to tell whether it helped, and what is done when it did not. */
export function Judgement({ draft, onChange }: FormProps) {
  const { readOnly } = useEditorContext();
  const byAlert = draft.expect.trim() === ALERT_RESOLVED;
  return (
    <Part
      title={t`Whether it helped`}
      text={t`Judged by samples that were taken after the last step, and by nothing else. Without it a run has no verdict.`}
    >
      <div className="flex flex-col gap-2">
        {byAlert ? (
          <div className="flex flex-col gap-1.5">
            <p className="font-medium text-sm">
              <Trans>Expected after</Trans>
            </p>
            <p className="rounded-md border border-edge bg-raised px-3 py-2.5">
              <Trans>The condition of the alert that started it does not hold any more.</Trans>
            </p>
          </div>
        ) : (
          <ConditionField
            label={t`Expected after`}
            path="expect"
            hint={t`What shows that it helped.`}
            // not a text
            placeholder="app.requests > 10 for 30s"
            value={draft.expect}
            onChange={(expect) => onChange({ expect })}
          />
        )}
        {!readOnly && (
          <div>
            <Button size="sm" onClick={() => onChange({ expect: byAlert ? "" : ALERT_RESOLVED })}>
              {byAlert ? t`Say it as a condition` : t`Expect that the alert is over`}
            </Button>
          </div>
        )}
      </div>
      <div className="sm:max-w-56">
        <LengthField label={t`Within`} path="within" value={draft.within} onChange={(within) => onChange({ within })} />
      </div>
      <ConditionField
        label={t`It is worse when`}
        path="worse"
        hint={t`What must not come about. Where it does, what was done is undone.`}
        // not a text
        placeholder="absent(agent) for 30s"
        value={draft.worse}
        onChange={(worse) => onChange({ worse })}
      />
      <div className="flex flex-col gap-2">
        <p className="font-medium text-sm">
          <Trans>Undo</Trans>
        </p>
        <p className="text-muted text-xs">
          <Trans>Done when a step failed after another began, or when it is worse.</Trans>
        </p>
        <StepsField path="undo" most={5} value={draft.undo} onChange={(undo) => onChange({ undo })} />
      </div>
    </Part>
  );
}

/** How often it may act, and when it stops itself. */
export function Guards({ draft, onChange }: FormProps) {
  const { cooldown, perHour, fleetPerHour, atOnce, breakAfter, breakWithin, approveWithin } = draft;
  return (
    <Part title={t`Limits`} text={limitsWords({ cooldown, perHour, fleetPerHour, atOnce })}>
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
        <LengthField
          label={t`Pause on a machine`}
          path="limits.cooldown"
          value={cooldown}
          onChange={(value) => onChange({ cooldown: value })}
        />
        <CountField
          label={t`An hour, on a machine`}
          path="limits.per_hour"
          value={perHour}
          onChange={(value) => onChange({ perHour: value })}
        />
        <CountField
          label={t`An hour, on all`}
          path="limits.fleet_per_hour"
          value={fleetPerHour}
          onChange={(value) => onChange({ fleetPerHour: value })}
        />
        <CountField
          label={t({ message: "At once", context: "at the same time" })}
          path="limits.at_once"
          value={atOnce}
          onChange={(value) => onChange({ atOnce: value })}
        />
      </div>
      <div className="flex flex-col gap-3">
        <div>
          <p className="font-medium text-sm">
            <Trans>Breaker</Trans>
          </p>
          <p className="text-muted text-xs">{breakerWords({ after: breakAfter, within: breakWithin })}</p>
        </div>
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
          <CountField
            label={t`Runs`}
            path="breaker.after"
            value={breakAfter}
            onChange={(value) => onChange({ breakAfter: value })}
          />
          <LengthField
            label={t({ message: "In", context: "within a time" })}
            path="breaker.within"
            value={breakWithin}
            onChange={(value) => onChange({ breakWithin: value })}
          />
          <LengthField
            label={t`People decide within`}
            path="approve_within"
            value={approveWithin}
            onChange={(value) => onChange({ approveWithin: value })}
          />
        </div>
        <p className="text-muted text-xs">
          <Trans>
            A suggestion, or a run that waits for approval, is over after {ph({ time: duration(approveWithin) })}.
          </Trans>
        </p>
      </div>
    </Part>
  );
}
