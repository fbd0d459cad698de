import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleAlert, Server } from "lucide-react";
import { useId, useRef } from "react";
import { TextArea } from "@/components/text-area";
import { Field } from "@/components/ui/field";
import { completeAgents } from "@/lib/rule-complete";
import { errorLength } from "@/lib/rule-draft";
import type { RunbookDraft } from "@/lib/runbook-form";
import { ExpressionField } from "@/pages/rules/expression-field";
import { ConditionField } from "./condition-field";
import { sentence, useEditorContext, useMistake } from "./editor-context";
import { Guards, Judgement } from "./guards";
import { ModeField } from "./mode-field";
import { Part } from "./part";
import { StepsField } from "./steps-field";
import { TriggersField } from "./triggers-field";

interface FormProps {
  draft: RunbookDraft;
  onChange: (changes: Partial<RunbookDraft>) => void;
}

/** Everything that a runbook says, as fields. */
export function Form({ draft, onChange }: FormProps) {
  return (
    <div className="flex flex-col divide-y [&>section]:py-6 [&>section:first-child]:pt-0 [&>section:last-child]:pb-0">
      <About draft={draft} onChange={onChange} />
      <Part title={t`When`} text={t`What starts it, on each machine by itself.`}>
        <TriggersField value={draft.triggers} onChange={(triggers) => onChange({ triggers })} />
        <ModeField value={draft.mode} onChange={(mode) => onChange({ mode })} />
        <ConditionField
          label={t`Only when`}
          path="when"
          hint={t`It does nothing where this does not hold. Left empty: it acts whenever it is triggered.`}
          // not a text
          placeholder="app.requests < 1 for 10s"
          value={draft.when}
          onChange={(when) => onChange({ when })}
        />
      </Part>
      <Part title={t`What it does`} text={t`Each step is a command; the next one begins when it ended well.`}>
        <StepsField path="steps" most={20} value={draft.steps} onChange={(steps) => onChange({ steps })} />
      </Part>
      <Judgement draft={draft} onChange={onChange} />
      <Guards draft={draft} onChange={onChange} />
    </div>
  );
}

function About({ draft, onChange }: FormProps) {
  const { readOnly } = useEditorContext();
  return (
    <section aria-label={t`About`} className="flex flex-col gap-5">
      <Field
        label={t`Name`}
        required
        maxLength={100}
        autoComplete="off"
        readOnly={readOnly}
        className="read-only:bg-raised"
        placeholder={t`Restart the web server`}
        value={draft.name}
        error={useMistake("name")}
        onChange={(event) => onChange({ name: event.target.value })}
      />
      <TextArea
        label={t`Description`}
        rows={2}
        maxLength={2000}
        readOnly={readOnly}
        hint={t`What it is for, for whoever decides about it at three in the morning.`}
        value={draft.description}
        error={useMistake("description")}
        onChange={(event) => onChange({ description: event.target.value })}
      />
      <Machines value={draft.on} onChange={(on) => onChange({ on })} />
    </section>
  );
}

function Machines({ value, onChange }: { value: string; onChange: (on: string) => void }) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const { known, offers, readOnly } = useEditorContext();
  const mistake = useMistake("on");
  const wrong = offers.mistake === null ? mistake : sentence(offers.mistake.text);
  const at = offers.mistake?.position ?? null;
  const { covered } = offers;
  return (
    <div className="flex flex-col gap-1.5">
      <p aria-hidden className="font-medium text-sm">
        <Trans>Machines</Trans>
      </p>
      <ExpressionField
        label={t`Machines`}
        // not a text
        placeholder="type=web environment=production"
        value={value}
        onChange={onChange}
        error={at === null ? null : { from: at, to: at + errorLength(value, at) }}
        complete={(text, caret) => completeAgents(text, caret, known)}
        readOnly={readOnly}
        noteId={`${id}-note`}
        field={field}
      />
      <p id={`${id}-note`} aria-live="polite" className="flex items-start gap-1.5 text-muted text-xs">
        {wrong === undefined ? (
          <>
            <Server className="mt-0.5 size-3.5 shrink-0" aria-hidden />
            <span className="tnum min-w-0 break-words">
              {coveredText(value.trim() === "", offers.pending ? null : covered.map(({ name }) => name))}
            </span>
          </>
        ) : (
          <>
            <CircleAlert className="mt-0.5 size-3.5 shrink-0 text-bad" aria-hidden />
            <span className="text-bad">{wrong}</span>
          </>
        )}
      </p>
    </div>
  );
}

const NAMED = 4;

/** Which machines it is about; null: they are still looked for. */
function coveredText(all: boolean, names: readonly string[] | null): string {
  if (names === null) return all ? t`All machines …` : t`Covers …`;
  if (names.length === 0) return all ? t`All machines: none now.` : t`Covers: none now.`;
  const rest = names.length - NAMED;
  const first = names.slice(0, NAMED).join(", ");
  const list = rest > 0 ? t`${first} and ${rest} more` : first;
  return all ? t`All machines: ${list}.` : t`Covers: ${list}.`;
}
