import { ph, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { KeyRound, TriangleAlert } from "lucide-react";
import { ChoiceField } from "@/components/choice-field";
import { EffectMark } from "@/components/effect";
import { actionWords } from "@/lib/action-words";
import { formatCount } from "@/lib/language";
import type { ParamValue, StepDraft } from "@/lib/runbook-form";
import { useEditorContext, useMistake } from "./editor-context";

interface ActionFieldProps {
  step: StepDraft;
  path: string;
  onChange: (step: StepDraft) => void;
}

/** Which action: one that machines allow, or any other by its name. */
export function ActionField({ step, path, onChange }: ActionFieldProps) {
  const { offers } = useEditorContext();
  const mistake = useMistake(path);
  const offer = offers.actions.find(({ name }) => name === step.action);
  const choose = (action: string) => {
    if (action === step.action) return;
    // What the other action does not have would be refused.
    const names = offers.actions.find(({ name }) => name === action)?.parameters.map(({ name }) => name);
    const kept = Object.entries(step.params).filter(([name]) => names === undefined || names.includes(name));
    onChange({ ...step, action, params: Object.fromEntries(kept) as Record<string, ParamValue> });
  };
  const { text } = actionWords(step.action);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="sm:max-w-md">
        <ChoiceField
          label={t`Action`}
          free
          value={step.action}
          options={offers.actions.map(({ name }) => name)}
          error={mistake}
          {...(step.action === "" ? { hint: t`What agents can do, within the policy of each machine’s owner.` } : {})}
          onChange={choose}
        />
      </div>
      {step.action !== "" && (
        <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-xs">
          {offer !== undefined && <EffectMark effect={offer.effect} />}
          {text !== "" && <span>{text}</span>}
          <Allowed action={step.action} />
          {offer !== undefined && !offer.signers.includes("hub") && (
            <span className="inline-flex items-center gap-1.5">
              <KeyRound className="size-3.5" aria-hidden />
              <Trans>needs a standing approval</Trans>
            </span>
          )}
        </p>
      )}
    </div>
  );
}

/** How many of the machines that it covers allow an action. */
function Allowed({ action }: { action: string }) {
  const { offers } = useEditorContext();
  const allow = offers.actions.find(({ name }) => name === action)?.agents ?? 0;
  const all = offers.covered.length;
  if (offers.pending || all === 0) return null;
  if (allow === 0) {
    return (
      <span className="inline-flex items-center gap-1.5 font-medium text-warn">
        <TriangleAlert className="size-3.5 shrink-0" aria-hidden />
        <Trans>No machine that it covers allows this.</Trans>
      </span>
    );
  }
  return (
    <span className="tnum">
      {allow === all ? (
        <Plural value={all} one="Allowed on the machine." other="Allowed on all # machines." />
      ) : (
        <Trans>
          Allowed on {ph({ allow: formatCount(allow) })} of {ph({ all: formatCount(all) })} machines.
        </Trans>
      )}
    </span>
  );
}
