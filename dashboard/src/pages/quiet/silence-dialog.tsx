import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { createSilence, endSilence } from "@/api/quiet";
import type { Matcher } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { hubNow } from "@/lib/clock";
import { formatMoment, fromLocalField, toLocalField } from "@/lib/time";
import { refreshAlerting } from "@/state/alerting";
import { lastDone } from "@/state/done";
import { type Chosen, MatcherFields, NOBODY } from "./matcher-fields";

export const LENGTHS = [
  { value: "30m", label: "30 min", seconds: 1800 },
  { value: "1h", label: "1 h", seconds: 3600 },
  { value: "4h", label: "4 h", seconds: 14_400 },
  { value: "1d", label: t`1 day`, seconds: 86_400 },
  { value: "1w", label: t`1 week`, seconds: 604_800 },
] as const;

type Length = (typeof LENGTHS)[number]["value"] | "until";

const CHOICES = [
  ...LENGTHS.map(({ value, label }) => ({ value, label })),
  { value: "until" as const, label: t`Until…` },
];

/** What is said once a silence lasts until a moment. */
export function silentText(until: number): string {
  const moment = formatMoment(until);
  return t`Silent until ${moment}`;
}

interface SilenceDialogProps {
  /** What it begins with. */
  matchers: readonly Matcher[];
  /** Of these agents only, where there are any. */
  chosen?: Chosen;
  comment: string;
  onClose: () => void;
}

/** Keeps alerts quiet for a time. */
export function SilenceDialog({ matchers: given, chosen = NOBODY, comment, onClose }: SilenceDialogProps) {
  const [matchers, setMatchers] = useState<readonly Matcher[]>(
    given.length + chosen.agents.length === 0 ? [{ key: "agent", op: "=", value: "" }] : given,
  );
  const [length, setLength] = useState<Length>("1h");
  const [opened] = useState(hubNow);
  const make = useMutation({
    mutationFn: (form: FormData) => {
      const starts = fromLocalField(String(form.get("starts") ?? ""));
      const until = fromLocalField(String(form.get("until") ?? ""));
      const seconds = LENGTHS.find(({ value }) => value === length)?.seconds ?? 0;
      return createSilence({
        matchers: [...matchers],
        agents: [...chosen.agents],
        comment: String(form.get("comment")).trim(),
        ends_at: length === "until" && until !== null ? until : (starts ?? hubNow()) + seconds,
        ...(starts === null ? {} : { starts_at: starts }),
      });
    },
    onSuccess: async ({ id, ends_at: ends }) => {
      onClose();
      lastDone.set({
        text: silentText(Date.parse(ends) / 1000),
        undo: async () => {
          await endSilence(id);
          await refreshAlerting();
        },
      });
      await refreshAlerting();
    },
  });
  const problem = make.error === null ? null : asProblem(make.error);
  return (
    <FormDialog
      title={t`New silence`}
      description={t`Nobody is told of these alerts meanwhile. What still fires afterwards is told then.`}
      className="sm:w-[40rem]"
      problem={problem?.advice ?? null}
      send={t`Silence`}
      onSend={make.mutate}
      busy={make.isPending}
      onClose={onClose}
    >
      <MatcherFields value={matchers} onChange={setMatchers} chosen={chosen} error={problem?.about("matchers")} />
      <div className="flex flex-col items-start gap-2">
        <span aria-hidden className="font-medium text-sm">
          <Trans>For how long</Trans>
        </span>
        <Segmented
          label={t`For how long`}
          value={length}
          options={CHOICES}
          onChange={setLength}
          className="max-w-full flex-wrap"
        />
        {length === "until" && (
          <Field
            label={t`Until`}
            name="until"
            type="datetime-local"
            required
            defaultValue={toLocalField(opened + 86_400).slice(0, 16)}
            error={problem?.about("ends_at")}
          />
        )}
      </div>
      <Field
        label={t`Why`}
        name="comment"
        required
        maxLength={256}
        defaultValue={comment}
        placeholder={t`moving racks`}
        autoComplete="off"
        hint={t`Whoever wonders at the quiet reads it.`}
      />
      <details>
        <summary className="touch flex w-fit cursor-pointer items-center rounded text-muted hover:text-text">
          <Trans>Begin later</Trans>
        </summary>
        <div className="pt-2">
          <Field label={t`Begins (empty: now)`} name="starts" type="datetime-local" />
        </div>
      </details>
    </FormDialog>
  );
}
