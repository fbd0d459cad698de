import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import {
  Bot,
  CircleHelp,
  CircleSlash,
  Hand,
  KeyRound,
  Lightbulb,
  type LucideIcon,
  TriangleAlert,
  UserCheck,
} from "lucide-react";
import { useState } from "react";
import type { DryCheck, DryMachine, DryStep } from "@/api/types";
import { Button } from "@/components/ui/button";
import { actionTitle } from "@/lib/action-words";
import { cn } from "@/lib/cn";
import { TRUTH_WORDS } from "@/lib/runbook-run-words";
import { describeLabels } from "@/lib/series";
import { formatValue } from "@/lib/units";
import { sentence } from "./editor-context";

const FIRST_SHOWN = 12;

interface Look {
  icon: LucideIcon;
  color: string;
  text: string;
}

const WOULD: Record<DryMachine["would"], Look> = {
  begin: { icon: Bot, color: "text-ok", text: t`It would begin by itself` },
  ask: { icon: Hand, color: "text-accent", text: t`It would ask for approval` },
  suggest: { icon: Lightbulb, color: "text-info", text: t`It would be suggested` },
  unsure: { icon: CircleHelp, color: "text-warn", text: t`Nobody can tell now` },
  skip: { icon: CircleSlash, color: "text-muted", text: t`Nothing would happen` },
};
const BY_HAND: Look = { icon: UserCheck, color: "text-ok", text: t`It begins` };
const ORDER: readonly DryMachine["would"][] = ["begin", "ask", "suggest", "unsure", "skip"];

interface DryListProps {
  machines: readonly DryMachine[];
  /** Whether a person is about to run it: limits do not hold people up. */
  byHand?: boolean;
}

/** What would happen, machine by machine, and why not: those on which something would, first. */
export function DryList({ machines, byHand = false }: DryListProps) {
  const [all, setAll] = useState(false);
  const sorted = [...machines].sort((one, other) => ORDER.indexOf(one.would) - ORDER.indexOf(other.would));
  const shown = all ? sorted : sorted.slice(0, FIRST_SHOWN);
  const hidden = sorted.length - shown.length;
  return (
    <>
      <ul aria-label={t`What would happen`} className="divide-y border-t">
        {shown.map((one) => (
          <Machine key={one.id} machine={one} byHand={byHand} />
        ))}
      </ul>
      {hidden > 0 && (
        <div className="border-t px-4 py-2">
          <Button size="sm" variant="ghost" onClick={() => setAll(true)}>
            <Trans>Show {hidden} more</Trans>
          </Button>
        </div>
      )}
    </>
  );
}

function lookOf({ would, why }: DryMachine, byHand: boolean): Look {
  if (!byHand) return WOULD[would];
  return why.length === 0 ? BY_HAND : WOULD.skip;
}

function Machine({ machine, byHand }: { machine: DryMachine; byHand: boolean }) {
  const { name, why, limits, when, expect, worse, steps } = machine;
  const { icon: Icon, color, text } = lookOf(machine, byHand);
  const told = byHand ? why : [...why, ...limits];
  return (
    <li className="flex gap-3 px-4 py-3 sm:px-5">
      <Icon className={cn("mt-0.5 size-4 shrink-0", color)} aria-hidden />
      <div className="flex min-w-0 flex-1 flex-col gap-1.5">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="min-w-0 break-words font-medium">{name}</span>
          <span className={cn("font-medium text-xs", color)}>{text}</span>
        </p>
        {told.map((one) => (
          <p key={one} className="break-words">
            {sentence(one)}
          </p>
        ))}
        <ol aria-label={t`Steps on ${name}`} className="flex flex-col gap-0.5">
          {steps.map((step, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is known by its place alone
            <Step key={at} step={step} number={at + 1} />
          ))}
        </ol>
        <div className="flex flex-col gap-0.5 empty:hidden">
          <Check label={t`Only when`} check={when} />
          <Check label={t`Expected`} check={expect} />
          <Check label={t`Worse`} check={worse} />
        </div>
      </div>
    </li>
  );
}

interface StepProps {
  step: DryStep;
  number: number;
}

function Step({ step: { action, params, refusal, key_id: key, approval }, number }: StepProps) {
  return (
    <li className="flex items-start gap-2 text-xs">
      <span aria-hidden className="tnum w-4 shrink-0 text-end text-muted">
        {number}.
      </span>
      <span className="flex min-w-0 flex-col gap-0.5 break-words">
        {actionTitle(action, params)}
        {refusal !== "" && (
          <span className="flex items-start gap-1.5 text-warn">
            <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
            <span className="min-w-0">
              <Trans>The machine would refuse: {refusal}</Trans>
            </span>
          </span>
        )}
        {key !== "" && (
          <span className="flex items-start gap-1.5 text-muted">
            <KeyRound className="mt-0.5 size-3.5 shrink-0" aria-hidden />
            <Trans>by a standing approval of the key {key}</Trans>
          </span>
        )}
        {approval !== "" && (
          <span className="flex items-start gap-1.5 text-muted">
            <Hand className="mt-0.5 size-3.5 shrink-0" aria-hidden />
            {sentence(approval)}
          </span>
        )}
      </span>
    </li>
  );
}

function Check({ label, check }: { label: string; check: DryCheck | null }) {
  if (check === null) return null;
  const { condition, truth, series = [] } = check;
  const values = series.map((one) => `${describeLabels(one.labels)} ${formatValue(one.value, "1")}`.trim());
  return (
    <p className="tnum break-words text-muted text-xs">
      {label} <code className="font-mono">{condition}</code>:{" "}
      <span className="font-medium text-text">{TRUTH_WORDS[truth]}</span>
      {values.length > 0 && ` (${values.join(", ")})`}
    </p>
  );
}
