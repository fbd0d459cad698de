import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useId } from "react";
import type { Matcher } from "@/api/types";
import { MachineNames } from "@/components/machine-names";
import { Button } from "@/components/ui/button";
import { keyWord } from "@/lib/demand-words";
import { MATCHER_KEYS, MATCHER_OPS, type MatcherOp } from "@/lib/matchers";
import { useSettled } from "@/state/use-settled";
import { coveredQuery } from "./queries";

const INPUT =
  "touch h-9 min-w-0 rounded-md border border-edge bg-surface px-2 text-sm text-text placeholder:text-muted max-sm:text-base";
const LABEL = "label.";
const OPS: Record<MatcherOp, string> = { "=": t`is`, "!=": t`is not`, "~": t`is like` };
const HINTS: Record<string, string> = {
  agent: t`web-1, or web-* with “is like”`,
  environment: "production",
  tag: "eu",
  type: "host",
  rule: t`the rule's name`,
  severity: "warning",
};
const MAX = 20;

/** Agents that somebody chose: all of them, and the names that are known. */
export interface Chosen {
  agents: readonly number[];
  names: readonly string[];
}

export const NOBODY: Chosen = { agents: [], names: [] };

interface MatcherFieldsProps {
  value: readonly Matcher[];
  onChange: (matchers: Matcher[]) => void;
  /** Of these agents only, where there are any: then no demand is needed. */
  chosen?: Chosen;
  error: string | undefined;
}

/** What alerts and agents must be like to be kept quiet, and how many are now. */
export function MatcherFields({ value, onChange, chosen = NOBODY, error }: MatcherFieldsProps) {
  const id = useId();
  const least = chosen.agents.length > 0 ? 0 : 1;
  const change = (at: number, part: Partial<Matcher>) =>
    onChange(value.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>What is kept quiet</Trans>
      </legend>
      {chosen.agents.length > 0 && <MachineNames names={chosen.names} count={chosen.agents.length} />}
      {value.map(({ key, op, value: text }, at) => {
        const label = key.startsWith(LABEL);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have nothing else to tell them apart
          <div key={at} className="flex flex-wrap items-center gap-1.5 max-sm:rounded-md max-sm:border max-sm:p-2">
            <select
              aria-label={t`Demand ${at + 1}: what`}
              className={`${INPUT} w-32`}
              value={label ? LABEL : key}
              onChange={(event) => change(at, { key: event.target.value })}
            >
              {MATCHER_KEYS.map((one) => (
                <option key={one} value={one}>
                  {keyWord(one)}
                </option>
              ))}
              <option value={LABEL}>
                <Trans>label …</Trans>
              </option>
            </select>
            {label && (
              <input
                aria-label={t`Demand ${at + 1}: name of the label`}
                className={`${INPUT} w-28`}
                placeholder="device"
                required
                value={key.slice(LABEL.length)}
                onChange={(event) => change(at, { key: LABEL + event.target.value.trim() })}
              />
            )}
            <select
              aria-label={t`Demand ${at + 1}: how`}
              className={`${INPUT} w-32`}
              value={op}
              onChange={(event) => change(at, { op: event.target.value as MatcherOp })}
            >
              {MATCHER_OPS.map((one) => (
                <option key={one} value={one}>
                  {OPS[one]}
                </option>
              ))}
            </select>
            <input
              aria-label={t`Demand ${at + 1}: value`}
              aria-describedby={`${id}-covered`}
              className={`${INPUT} flex-1 basis-32`}
              placeholder={HINTS[key] ?? ""}
              maxLength={256}
              required={!label}
              value={text}
              onChange={(event) => change(at, { value: event.target.value })}
            />
            <Button
              variant="ghost"
              size="icon"
              disabled={value.length <= least}
              aria-label={t`Remove demand ${at + 1}`}
              onClick={() => onChange(value.filter((_, index) => index !== at))}
            >
              <X className="size-4" aria-hidden />
            </Button>
          </div>
        );
      })}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <Button
          size="sm"
          disabled={value.length >= MAX}
          onClick={() => onChange([...value, { key: "severity", op: "=", value: "" }])}
        >
          <Plus className="size-3.5" aria-hidden />
          {value.length === 0 ? t`Only some alerts…` : t`And…`}
        </Button>
        <div id={`${id}-covered`} className="min-w-0 flex-1 basis-56">
          {error === undefined ? (
            <Covered matchers={value} chosen={chosen} />
          ) : (
            <p className="text-bad text-xs">{error}</p>
          )}
        </div>
      </div>
    </fieldset>
  );
}

function Covered({ matchers, chosen }: { matchers: readonly Matcher[]; chosen: Chosen }) {
  const settled = useSettled(matchers, 300);
  const { data } = useQuery(coveredQuery([...settled], [...chosen.agents]));
  if (data === undefined)
    return (
      <p className="text-muted text-xs">
        <Trans>All of these must hold.</Trans>
      </p>
    );
  const { agents, names, alerts } = data;
  const shown = names.slice(0, 3).join(", ");
  const others = agents - 3;
  const named = others > 0 ? t`${shown} and ${others} more` : shown;
  return (
    <p role="status" className="tnum text-muted text-xs">
      <span className={agents === 0 ? "text-warn" : "font-medium text-text"}>
        <Plural value={agents} one="# agent" other="# agents" />
      </span>
      {agents > 0 && chosen.agents.length === 0 && `: ${named}`}
      {alerts > 0 &&
        `. ${plural(alerts, { one: "# alert that fires falls silent.", other: "# alerts that fire fall silent." })}`}
    </p>
  );
}
