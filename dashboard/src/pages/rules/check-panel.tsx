import { Trans } from "@lingui/react/macro";
import { CircleAlert, CircleCheck, Wand2 } from "lucide-react";
import { asProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { describeRule } from "@/lib/rule-words";
import { Examples } from "./examples";
import { Matches } from "./matches";
import type { Check } from "./use-check";

interface CheckPanelProps {
  id: string;
  check: Check;
  readOnly: boolean;
  onHint: (position: number, hint: string) => void;
  onInsert: (expression: string) => void;
}

/** What the hub makes of the text: what is wrong with it and what was meant, or what it says in plain words. */
export function CheckPanel({ id, check, readOnly, onHint, onInsert }: CheckPanelProps) {
  const { parsed, error } = check;
  const character = parsed?.position == null ? null : parsed.position + 1;
  const advice = error === null ? "" : asProblem(error).advice;
  return (
    <div id={id} aria-live="polite" className="flex min-h-16 flex-col gap-2 pt-1">
      {error !== null && (
        <p className="text-bad">
          <Trans>It could not be checked: {advice}</Trans>
        </p>
      )}
      {parsed === undefined && error === null && !readOnly && <Examples onInsert={onInsert} />}
      {parsed !== undefined && parsed.error !== "" && (
        <div className="flex items-start gap-2.5">
          <CircleAlert className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
          <div className="flex min-w-0 flex-col items-start gap-1.5">
            <p className="text-bad">
              {sentence(parsed.error)}
              {character !== null && (
                <span className="text-muted">
                  {" "}
                  <Trans>At character {character}.</Trans>
                </span>
              )}
            </p>
            <Hint parsed={parsed} onHint={onHint} readOnly={readOnly} />
            {parsed.expected.length > 0 && (
              <p className="text-muted text-xs">
                <Trans>Could stand there:</Trans>{" "}
                {parsed.expected.map((one, at) => (
                  <span key={one}>
                    {at > 0 && ", "}
                    <span className="font-mono">{one}</span>
                  </span>
                ))}
              </p>
            )}
          </div>
        </div>
      )}
      {parsed?.definition != null && parsed.error === "" && (
        <div className="flex items-start gap-2.5">
          <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden />
          <div className="flex min-w-0 flex-col gap-1.5">
            <p className="break-words">{describeRule(parsed.definition).join(" ")}</p>
            <Matches parsed={parsed} />
          </div>
        </div>
      )}
    </div>
  );
}

function Hint({
  parsed,
  onHint,
  readOnly,
}: { parsed: NonNullable<Check["parsed"]> } & Pick<CheckPanelProps, "onHint" | "readOnly">) {
  const { hint, position } = parsed;
  // What is described and not spelled ("a metric") cannot be put in.
  if (hint === "" || position === null || readOnly || hint.includes(" ")) return null;
  return (
    <Button size="sm" onClick={() => onHint(position, hint)}>
      <Wand2 className="size-3.5" aria-hidden />
      <Trans>
        Use <span className="font-mono">{hint}</span> instead
      </Trans>
    </Button>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
