import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { BellRing, CalendarClock, Plus, X } from "lucide-react";
import { lazy, Suspense } from "react";
import { ChoiceField } from "@/components/choice-field";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { hubNow } from "@/lib/clock";
import { globMatches } from "@/lib/globs";
import { newAlertTrigger, newSchedule, type TriggerDraft } from "@/lib/runbook-form";
import { toLocalField } from "@/lib/time";
import { shownZone } from "@/lib/zone";
import { SeverityMenu } from "@/pages/alerting/severity-menu";
import { ruleNamesQuery } from "@/pages/rules/queries";
import { useEditorContext, useMistake } from "./editor-context";

const ScheduleFields = lazy(() => import("./schedule-fields").then((module) => ({ default: module.ScheduleFields })));
const MOST = 10;
const NAMED = 4;

interface TriggersFieldProps {
  value: readonly TriggerDraft[];
  onChange: (triggers: TriggerDraft[]) => void;
}

/** What starts a runbook besides people. */
export function TriggersField({ value, onChange }: TriggersFieldProps) {
  const { readOnly } = useEditorContext();
  const mistake = useMistake("triggers");
  const put = (next: TriggerDraft) => onChange(value.map((one) => (one.key === next.key ? next : one)));
  const tonight = () => `${toLocalField(hubNow() + 86_400).slice(0, 11)}03:00`;
  return (
    <div className="flex flex-col gap-3">
      {value.length === 0 && (
        <p className="text-muted">
          <Trans>It is run by hand only.</Trans>
        </p>
      )}
      {value.map((one, at) => (
        <section
          key={one.key}
          aria-label={t`Trigger ${{ number: at + 1 }}`}
          className="relative flex flex-col gap-4 rounded-lg border border-edge p-3.5 sm:p-4"
        >
          <p className="flex items-center gap-2 pe-10 font-medium">
            {one.kind === "alert" ? (
              <BellRing className="size-4 text-muted" aria-hidden />
            ) : (
              <CalendarClock className="size-4 text-muted" aria-hidden />
            )}
            {one.kind === "alert" ? t`An alert` : t`A schedule`}
          </p>
          {!readOnly && (
            <Button
              variant="ghost"
              size="icon"
              className="absolute top-1.5 end-1.5"
              aria-label={t`Remove trigger ${{ number: at + 1 }}`}
              onClick={() => onChange(value.filter(({ key }) => key !== one.key))}
            >
              <X className="size-4" aria-hidden />
            </Button>
          )}
          {one.kind === "alert" ? (
            <AlertTrigger value={one} path={`triggers[${at}]`} onChange={put} />
          ) : (
            <Suspense fallback={<Skeleton className="h-44" />}>
              <ScheduleFields value={one} path={`triggers[${at}]`} onChange={put} />
            </Suspense>
          )}
          <Wrong path={`triggers[${at}]`} />
        </section>
      ))}
      {mistake !== undefined && <p className="text-bad text-xs">{mistake}</p>}
      {!readOnly && value.length < MOST && (
        <div className="flex flex-wrap gap-2">
          <Button size="sm" onClick={() => onChange([...value, newAlertTrigger()])}>
            <Plus className="size-3.5" aria-hidden />
            <Trans>When an alert fires</Trans>
          </Button>
          <Button size="sm" onClick={() => onChange([...value, newSchedule(tonight(), shownZone())])}>
            <Plus className="size-3.5" aria-hidden />
            <Trans>On a schedule</Trans>
          </Button>
        </div>
      )}
    </div>
  );
}

function Wrong({ path }: { path: string }) {
  const mistake = useMistake(path);
  return mistake === undefined ? null : <p className="text-bad text-xs">{mistake}</p>;
}

export interface TriggerProps<Kind extends TriggerDraft["kind"]> {
  value: Extract<TriggerDraft, { kind: Kind }>;
  path: string;
  onChange: (trigger: TriggerDraft) => void;
}

function AlertTrigger({ value, path, onChange }: TriggerProps<"alert">) {
  const { readOnly } = useEditorContext();
  const rules = useQuery(ruleNamesQuery).data ?? [];
  const mistake = useMistake(`${path}.alert`);
  const suited = rules.filter(({ name }) => globMatches(value.rule, name));
  const names = suited.slice(0, NAMED).map(({ name }) => name);
  const list = [...names, ...(suited.length > NAMED ? ["…"] : [])].join(", ");
  const hint =
    value.rule === ""
      ? t`The name of a rule; * and ? stand for any characters.`
      : suited.length === 0
        ? t`There is no such rule yet.`
        : /[*?]/.test(value.rule)
          ? t`Suits ${plural({ count: suited.length }, { one: "# rule", other: "# rules" })}: ${list}.`
          : (suited[0]?.expression ?? "");
  return (
    <fieldset disabled={readOnly} className="grid gap-4 md:grid-cols-[minmax(0,1fr)_auto_auto] md:items-start">
      <legend className="sr-only">
        <Trans>Which alerts</Trans>
      </legend>
      <ChoiceField
        label={t`Rule`}
        free
        value={value.rule}
        options={rules.map(({ name }) => name)}
        hint={hint}
        error={mistake}
        onChange={(rule) => onChange({ ...value, rule })}
      />
      <div className="flex flex-col gap-1.5">
        <span aria-hidden className="font-medium text-sm">
          <Trans>When it</Trans>
        </span>
        <Segmented
          label={t`When it`}
          value={value.event}
          options={[
            { value: "firing", label: t`fires` },
            { value: "resolved", label: t`is over` },
          ]}
          onChange={(event) => onChange({ ...value, event })}
        />
      </div>
      <div className="flex flex-col gap-1.5">
        <span aria-hidden className="font-medium text-sm">
          <Trans>Only</Trans>
        </span>
        <SeverityMenu
          value={value.severity}
          onChange={(severity) => onChange({ ...value, severity: severity ?? [] })}
        />
      </div>
    </fieldset>
  );
}
