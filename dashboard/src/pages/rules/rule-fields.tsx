import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useId, useRef } from "react";
import { flushSync } from "react-dom";
import type { Problem } from "@/api/problem";
import type { RuleGroup } from "@/api/types";
import { Severity } from "@/components/severity";
import { TextArea } from "@/components/text-area";
import { Field } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { complete } from "@/lib/rule-complete";
import { applyHint, errorLength, type RuleDraft } from "@/lib/rule-draft";
import { SEVERITIES } from "@/lib/severities";
import { CheckPanel } from "./check-panel";
import { ExpressionField } from "./expression-field";
import { groupsQuery } from "./queries";
import type { Check } from "./use-check";
import { useVocabulary } from "./use-vocabulary";

interface RuleFieldsProps {
  draft: RuleDraft;
  onChange: (changes: Partial<RuleDraft>) => void;
  check: Check;
  problem: Problem | null;
  readOnly: boolean;
}

/** Everything that a rule says, to be written and checked while that is done. */
export function RuleFields({ draft, onChange, check, problem, readOnly }: RuleFieldsProps) {
  return (
    <div className="flex flex-col gap-5">
      <div className="grid gap-x-5 gap-y-5 md:grid-cols-[minmax(0,1fr)_auto]">
        <Field
          label={t`Name`}
          required
          maxLength={128}
          autoComplete="off"
          readOnly={readOnly}
          className="read-only:bg-raised"
          placeholder={t`what people read when it alerts, such as CPU busy`}
          value={draft.name}
          error={problem?.about("name")}
          onChange={(event) => onChange({ name: event.target.value })}
        />
        <SeverityField value={draft.severity} readOnly={readOnly} onChange={(severity) => onChange({ severity })} />
      </div>
      <Expression draft={draft} onChange={onChange} check={check} readOnly={readOnly} />
      <div className="grid gap-5 md:grid-cols-2">
        <TextArea
          label={t`Summary`}
          maxLength={1000}
          rows={2}
          readOnly={readOnly}
          hint={t`What is the matter, in a line; it stands in every message.`}
          value={draft.summary}
          error={problem?.about("summary")}
          // A line is what it is: it goes into the subjects of messages.
          onChange={(event) => onChange({ summary: event.target.value.replace(/\n/g, " ") })}
        />
        <TextArea
          label={t`Advice`}
          maxLength={1000}
          rows={2}
          readOnly={readOnly}
          hint={t`What whoever is woken should do first.`}
          value={draft.advice}
          error={problem?.about("advice")}
          onChange={(event) => onChange({ advice: event.target.value })}
        />
      </div>
      <div className="grid gap-5 md:grid-cols-3">
        <GroupField value={draft.group} readOnly={readOnly} onChange={(group) => onChange({ group })} />
        <Field
          label={t`Labels`}
          autoComplete="off"
          readOnly={readOnly}
          className="read-only:bg-raised"
          placeholder="team=web, service=shop" // not a text
          hint={t`Routes can choose alerts by them.`}
          value={draft.labels}
          error={problem?.about("labels")}
          onChange={(event) => onChange({ labels: event.target.value })}
        />
        <Field
          label={t`One incident for tags`}
          autoComplete="off"
          readOnly={readOnly}
          className="read-only:bg-raised"
          placeholder="cluster:*, site:*" // not a text
          hint={t`Agents that share such a tag are one incident.`}
          value={draft.groupBy}
          error={problem?.about("group_by")}
          onChange={(event) => onChange({ groupBy: event.target.value })}
        />
      </div>
    </div>
  );
}

function Expression({ draft, onChange, check, readOnly }: Omit<RuleFieldsProps, "problem">) {
  const noteId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const known = useVocabulary();
  const { parsed, text } = check;
  // An error is shown where it was found; while the text is another one, its place says nothing.
  const at = parsed !== undefined && parsed.error !== "" && text === draft.expression ? parsed.position : null;
  const error = at === null ? null : { from: at, to: at + errorLength(draft.expression, at) };
  const put = (expression: string, caret: number) => {
    flushSync(() => onChange({ expression }));
    field.current?.focus();
    field.current?.setSelectionRange(caret, caret);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <p aria-hidden className="font-medium text-sm">
        <Trans>Expression</Trans>
      </p>
      <ExpressionField
        label={t`Expression`}
        placeholder="system.cpu.utilization > 90% for 5m" // not a text
        className="min-h-[4.25rem]"
        value={draft.expression}
        onChange={(expression) => onChange({ expression })}
        error={error}
        complete={(written, caret) => complete(written, caret, known)}
        readOnly={readOnly}
        noteId={noteId}
        field={field}
      />
      <CheckPanel
        id={noteId}
        check={check}
        readOnly={readOnly}
        onHint={(position, hint) => {
          const mended = applyHint(text, position, hint);
          put(mended.text, mended.caret);
        }}
        onInsert={(expression) => put(expression, expression.length)}
      />
    </div>
  );
}

interface SeverityFieldProps {
  value: RuleDraft["severity"];
  readOnly: boolean;
  onChange: (severity: RuleDraft["severity"]) => void;
}

function SeverityField({ value, readOnly, onChange }: SeverityFieldProps) {
  const name = useId();
  return (
    <fieldset disabled={readOnly}>
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>Severity</Trans>
      </legend>
      <div className="flex rounded-md border border-edge bg-surface p-0.5">
        {SEVERITIES.map((one) => (
          <label
            key={one}
            className={cn(
              "touch flex h-8 flex-1 items-center justify-center rounded px-3 has-focus-visible:outline-2 has-focus-visible:outline-accent",
              one === value ? "bg-raised" : "hover:bg-raised/60",
            )}
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={one === value}
              onChange={() => onChange(one)}
            />
            <Severity severity={one} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** What it means to be in a group. */
function groupText(group: RuleGroup | undefined): string {
  if (group === undefined) return t`A group narrows its rules to its agents, and switches them together.`;
  const where = group.selector === "" ? t`All agents` : t`On ${group.selector}`;
  return group.enabled ? `${where}.` : t`${where}; the group is off, so the rule is too.`;
}

interface GroupFieldProps {
  value: number | null;
  readOnly: boolean;
  onChange: (group: number | null) => void;
}

function GroupField({ value, readOnly, onChange }: GroupFieldProps) {
  const id = useId();
  const groups = useQuery(groupsQuery).data ?? [];
  const chosen = groups.find((one) => one.id === value);
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        <Trans>Rule group</Trans>
      </label>
      <select
        id={id}
        disabled={readOnly}
        aria-describedby={`${id}-note`}
        className="touch h-9 w-full rounded-md border border-edge bg-surface px-2.5 text-sm disabled:bg-raised max-sm:text-base"
        value={value ?? ""}
        onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))}
      >
        <option value="">
          <Trans context="rule group">None</Trans>
        </option>
        {groups.map((one) => (
          <option key={one.id} value={one.id}>
            {one.enabled ? one.name : t`${one.name} (off)`}
          </option>
        ))}
      </select>
      <p id={`${id}-note`} className="text-muted text-xs">
        {groupText(chosen)}
      </p>
    </div>
  );
}
