import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { Check, Minus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { previewRoutes } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { RoutePreview as Preview } from "@/api/types";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { words } from "@/lib/routing";
import { SEVERITIES, type SeverityName } from "@/lib/severities";
import { SEVERITY_WORDS } from "@/lib/severity-words";
import { fromLocalField } from "@/lib/time";

/** Who would be told of something, and why; nothing is sent. */
export function RoutePreview() {
  const [severity, setSeverity] = useState<SeverityName>("critical");
  const ask = useMutation({ mutationFn: previewRoutes });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    ask.mutate({
      severity,
      environments: words(String(form.get("environments"))),
      tags: words(String(form.get("tags"))),
      labels: {},
      at: fromLocalField(String(form.get("at"))),
    });
  };
  return (
    <Card
      title={t`Who would be told?`}
      text={t`Say what could happen, and see what each route makes of it. Nothing is sent.`}
    >
      <form onSubmit={submit} className="flex flex-col gap-4 px-5 pb-5">
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-[auto_minmax(0,1fr)_minmax(0,1fr)_minmax(0,1.2fr)]">
          <div className="flex flex-col items-start gap-1.5">
            <span className="font-medium text-sm" aria-hidden>
              <Trans>Severity</Trans>
            </span>
            <Segmented
              label={t`Severity`}
              value={severity}
              options={SEVERITIES.map((one) => ({ value: one, label: SEVERITY_WORDS[one] }))}
              onChange={setSeverity}
            />
          </div>
          <Field label={t`Environment`} name="environments" placeholder="production" />
          <Field
            label={t`Tags`}
            name="tags"
            placeholder="web, eu" // not a text
          />
          <Field label={t`When (empty: now)`} name="at" type="datetime-local" />
        </div>
        <FormProblem text={ask.error === null ? null : asProblem(ask.error).advice} />
        <div>
          <Button type="submit" disabled={ask.isPending}>
            <Trans>Show</Trans>
          </Button>
        </div>
        {ask.data !== undefined && <Answer preview={ask.data} />}
      </form>
    </Card>
  );
}

function Answer({ preview }: { preview: Preview }) {
  return (
    <div role="status" className="grid gap-x-8 gap-y-4 border-t pt-4 sm:grid-cols-2">
      <div>
        <h3 className="mb-1.5 font-medium">
          <Trans>Told</Trans>
        </h3>
        {preview.told.length === 0 && (
          <p className="text-warn">
            <Trans>Nobody.</Trans>
          </p>
        )}
        <ul className="flex flex-col gap-1.5">
          {preview.told.map(({ channel, channel_id: id, after_minutes: minutes, why }) => (
            <li key={`${id}-${minutes}-${why}`}>
              <span className="font-medium">{channel}</span>{" "}
              <span className="text-muted text-xs">
                {minutes === 0 ? t`at once` : t`after ${minutes} min`} · {why}
              </span>
            </li>
          ))}
        </ul>
      </div>
      <div>
        <h3 className="mb-1.5 font-medium">
          <Trans>Why</Trans>
        </h3>
        <ol className="flex flex-col gap-1.5">
          {preview.verdicts.map((one) => (
            <li key={one.route} className="flex items-start gap-2">
              {one.taken ? (
                <Check className="mt-0.5 size-4 shrink-0 text-ok" aria-label={t`takes it`} />
              ) : (
                <Minus className="mt-0.5 size-4 shrink-0 text-muted" aria-label={t`leaves it`} />
              )}
              <span className="min-w-0">
                {one.route} <span className="text-muted text-xs">{one.why}</span>
              </span>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}
