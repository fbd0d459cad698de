import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { saveRoute } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { NoticeRoute } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { words } from "@/lib/routing";
import { HoursField } from "./hours-field";
import { refresh } from "./queries";
import { SeverityChoice } from "./severity-choice";
import { TargetChoice } from "./target-choice";

/** Makes a route, or changes one; the default one has no conditions. */
export function RouteDialog({ route, onClose }: { route: NoticeRoute | null; onClose: () => void }) {
  const [targets, setTargets] = useState(route?.targets ?? []);
  const [severities, setSeverities] = useState(route?.severities ?? []);
  const [hours, setHours] = useState(route?.hours ?? null);
  const [continues, setContinues] = useState(route?.continues ?? false);
  const [enabled, setEnabled] = useState(route?.enabled ?? true);
  const plain = route?.default ?? false;
  const save = useMutation({
    mutationFn: (form: FormData) =>
      saveRoute(route?.id ?? null, {
        name: plain ? (route?.name ?? "") : String(form.get("name")).trim(),
        targets,
        severities,
        hours,
        continues,
        enabled,
        environments: words(String(form.get("environments") ?? "")),
        tags: words(String(form.get("tags") ?? "")),
        labels: labelsOf(String(form.get("labels") ?? "")),
      }),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  const problem = save.error === null ? null : asProblem(save.error);
  const title = route === null ? t`Add a route` : plain ? t`Everything else` : t`Edit ${route.name}`;
  return (
    <FormDialog
      title={title}
      description={plain ? t`Who is told of what no other route took.` : t`What is left empty matches everything.`}
      problem={problem?.advice ?? null}
      onSend={save.mutate}
      busy={save.isPending}
      onClose={onClose}
    >
      {!plain && (
        <Field
          label={t`Name`}
          name="name"
          defaultValue={route?.name ?? ""}
          autoComplete="off"
          required
          maxLength={128}
        />
      )}
      <TargetChoice value={targets} onChange={setTargets} />
      {!plain && (
        <>
          <SeverityChoice value={severities} onChange={setSeverities} />
          <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
            <Field
              label={t`Environments`}
              name="environments"
              defaultValue={route?.environments.join(", ") ?? ""}
              placeholder="production, staging" // not a text
            />
            <Field
              label={t`Tags`}
              name="tags"
              defaultValue={route?.tags.join(", ") ?? ""}
              placeholder="web, eu" // not a text
            />
          </div>
          <Field
            label={t`Labels`}
            name="labels"
            defaultValue={Object.entries(route?.labels ?? {})
              .map(([name, pattern]) => `${name}=${pattern}`)
              .join(", ")}
            placeholder="device=sd*, team=core" // not a text
            hint={t`All must fit; * and ? stand for anything.`}
          />
          <HoursField value={hours} onChange={setHours} error={problem?.about("hours.time_zone")} />
          <div className="flex flex-col gap-1.5">
            <Check label={t`Then look at the routes after it, too`} on={continues} onChange={setContinues} />
            <Check label={t({ message: "On", context: "route" })} on={enabled} onChange={setEnabled} />
          </div>
        </>
      )}
    </FormDialog>
  );
}

function Check({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <label className="touch flex items-center gap-2.5">
      <input
        type="checkbox"
        className="size-4 accent-accent"
        checked={on}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  );
}

/** "a=b, c=d*" as labels; a word without "=" must be empty. */
function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    words(text).map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}
