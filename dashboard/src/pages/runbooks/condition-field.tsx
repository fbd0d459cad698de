import { ph } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleAlert, CircleCheck, Wand2 } from "lucide-react";
import { lazy, Suspense, useId, useRef } from "react";
import { Button } from "@/components/ui/button";
import { complete } from "@/lib/rule-complete";
import { applyHint, errorLength } from "@/lib/rule-draft";
import { describeCondition } from "@/lib/rule-words";
import { duration } from "@/lib/units";
import { ExpressionField } from "@/pages/rules/expression-field";
import { type Check, useCheck } from "@/pages/rules/use-check";
import { sentence, useEditorContext } from "./editor-context";

const Matches = lazy(() => import("@/pages/rules/matches").then((module) => ({ default: module.Matches })));

interface ConditionFieldProps {
  label: string;
  hint: string;
  placeholder: string;
  /** Where it stands in the runbook. */
  path: string;
  value: string;
  onChange: (value: string) => void;
}

/** A condition in the language of alert rules, read while it is written: what it says, and where it holds now. */
export function ConditionField({ label, hint, placeholder, path, value, onChange }: ConditionFieldProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const { known, readOnly, mistake, on } = useEditorContext();
  // What takes the value of an alert's label cannot be tried without an alert.
  const tried = value.trim() !== "" && !value.includes("$label.");
  const check = useCheck(tried ? `${value.trim()}${on === "" ? "" : ` on ${on}`}` : "");
  const own = tried && check.parsed !== undefined && check.parsed.error !== "" ? check.parsed : null;
  const wrong = own !== null ? { ...own, text: own.error } : mistake?.path === path ? mistake : null;
  const at = wrong?.position ?? null;
  const place = at === null || at > value.length ? null : { from: at, to: at + errorLength(value, at) };
  const mend = () => {
    if (wrong === null || at === null) return;
    const next = applyHint(value, at, wrong.hint);
    onChange(next.text);
    field.current?.focus();
  };
  return (
    <div className="flex flex-col gap-1.5">
      <p aria-hidden className="font-medium text-sm">
        {label}
      </p>
      <ExpressionField
        label={label}
        placeholder={placeholder}
        value={value}
        onChange={onChange}
        error={place}
        complete={(text, caret) => complete(text, caret, { ...known, bare: true })}
        readOnly={readOnly}
        noteId={`${id}-note`}
        field={field}
      />
      <div id={`${id}-note`} aria-live="polite" className="flex flex-col gap-1">
        {wrong === null ? (
          <Said check={check} tried={tried} hint={hint} />
        ) : (
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <p className="flex min-w-0 items-start gap-1.5 text-bad text-xs">
              <CircleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
              {sentence(wrong.text)}
            </p>
            {wrong.hint !== "" && !wrong.hint.includes(" ") && at !== null && !readOnly && (
              <Button size="sm" onClick={mend}>
                <Wand2 className="size-3.5" aria-hidden />
                <Trans>
                  Use <span className="font-mono">{ph({ word: wrong.hint })}</span> instead
                </Trans>
              </Button>
            )}
          </div>
        )}
      </div>
    </div>
  );
}

function Said({ check, tried, hint }: { check: Check; tried: boolean; hint: string }) {
  const { parsed } = check;
  if (!tried || parsed?.definition == null) return <p className="text-muted text-xs">{hint}</p>;
  const { condition, for_s: held = 0 } = parsed.definition;
  const words = describeCondition(condition);
  const said = words.charAt(0).toUpperCase() + words.slice(1);
  return (
    <>
      <p className="flex items-start gap-1.5 text-xs">
        <CircleCheck className="mt-0.5 size-3.5 shrink-0 text-ok" aria-hidden />
        <span className="min-w-0 break-words">
          {held === 0 ? (
            `${said}.`
          ) : (
            <Trans>
              {said}, and stays so for {ph({ time: duration(held) })}.
            </Trans>
          )}
        </span>
      </p>
      <Suspense>
        <Matches parsed={parsed} what="condition" />
      </Suspense>
    </>
  );
}
