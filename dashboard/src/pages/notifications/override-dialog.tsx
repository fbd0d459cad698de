import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { addOverride } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { Rota } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { cn } from "@/lib/cn";
import { fromLocalField, toLocalField } from "@/lib/time";
import { nextAt, type Span } from "@/lib/timeline";
import { shownZone } from "@/lib/zone";
import { refresh } from "./queries";

interface OverrideDialogProps {
  rota: Rota;
  /** What is offered at first. */
  span: Span;
  now: number;
  onClose: () => void;
}

const minutes = (time: number) => toLocalField(time).slice(0, 16);

/** Puts somebody else on call for a while. */
export function OverrideDialog({ rota, span, now, onClose }: OverrideDialogProps) {
  const others = rota.members.filter(({ name }) => name !== rota.now.name);
  const [name, setName] = useState((others[0] ?? rota.members[0])?.name ?? "");
  const [begins, setBegins] = useState(minutes(span.begins));
  const [ends, setEnds] = useState(minutes(span.ends));
  const evening = nextAt(now, 18);
  const offers: readonly { label: string; span: Span }[] = [
    { label: t`This shift`, span },
    { label: t`Next night`, span: { begins: evening, ends: nextAt(evening, 9) } },
    { label: t`24 hours from now`, span: { begins: now, ends: now + 86_400 } },
  ];
  const save = useMutation({
    mutationFn: (given: Span) => addOverride(rota.id, { ...given, name }),
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  const problem = save.error === null ? null : asProblem(save.error);
  const send = () => {
    const [from, until] = [fromLocalField(begins), fromLocalField(ends)];
    if (from !== null && until !== null) save.mutate({ begins: from, ends: until });
  };
  return (
    <FormDialog
      title={t`Swap a shift of ${rota.name}`}
      description={t`Somebody else is on call for a while; then the rota goes on as before. Times in ${shownZone()}.`}
      problem={problem?.advice ?? null}
      send={t({ message: "Swap", context: "shift" })}
      onSend={send}
      busy={save.isPending}
      onClose={onClose}
    >
      <fieldset>
        <legend className="mb-1.5 font-medium text-sm">
          <Trans>Who is on call then</Trans>
        </legend>
        <div className="flex flex-wrap gap-2">
          {rota.members.map((member) => (
            <label
              key={member.name}
              className={cn(
                "touch flex max-w-full items-center rounded-md border border-edge px-3 py-2 hover:bg-raised has-focus-visible:outline-2 has-focus-visible:outline-accent",
                member.name === name && "border-accent bg-accent/8 font-medium text-accent hover:bg-accent/8",
              )}
            >
              <input
                type="radio"
                name="who"
                className="sr-only"
                checked={member.name === name}
                onChange={() => setName(member.name)}
              />
              <span className="truncate">{member.name}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap gap-2">
          {offers.map((offer) => (
            <Button
              key={offer.label}
              size="sm"
              onClick={() => {
                setBegins(minutes(offer.span.begins));
                setEnds(minutes(offer.span.ends));
              }}
            >
              {offer.label}
            </Button>
          ))}
        </div>
        <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
          <Field
            label={t({ message: "From", context: "time" })}
            type="datetime-local"
            required
            value={begins}
            onChange={(event) => setBegins(event.target.value)}
          />
          <Field
            label={t`Until`}
            type="datetime-local"
            required
            value={ends}
            error={problem?.about("ends")}
            onChange={(event) => setEnds(event.target.value)}
          />
        </div>
      </div>
    </FormDialog>
  );
}
