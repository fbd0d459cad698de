import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { PenLine } from "lucide-react";
import { useState } from "react";
import { addApproval, prepareApproval } from "@/api/operator-keys";
import { asProblem } from "@/api/problem";
import type { RunbookDetail } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { actionTitle } from "@/lib/action-words";
import { approvalProblem } from "@/lib/approval-text";
import { signText } from "@/lib/operator-key";
import { keysHereQuery, keysQuery } from "@/state/commands";
import { MachineChoice } from "./machine-choice";
import { useOffers } from "./use-offers";

interface ApprovalDialogProps {
  runbook: RunbookDetail;
  onDone: () => Promise<void>;
  onClose: () => void;
}

const SELECT = "touch h-9 w-full rounded-md border border-edge bg-surface px-2.5 text-sm max-sm:text-base";

/** Signs with a key of this browser what a runbook may do by itself: one step, on chosen machines, so often, so long. */
export function ApprovalDialog({ runbook, onDone, onClose }: ApprovalDialogProps) {
  const mine = useQuery(keysQuery).data ?? [];
  const here = useQuery(keysHereQuery);
  const usable = mine.filter(({ key_id: id }) => here.data?.includes(id) ?? false);
  const { covered } = useOffers(runbook.definition.on ?? "");
  // What a label stands for is not known beforehand, and what is not known cannot be signed.
  const steps = [...runbook.definition.steps, ...(runbook.definition.undo ?? [])].filter(
    ({ params = {} }) => !Object.values(params).some((one) => String(one).startsWith("$label.")),
  );
  const [agents, setAgents] = useState<readonly number[]>([]);
  const sign = useMutation({
    mutationFn: async (form: FormData) => {
      const step = steps[Number(form.get("step"))];
      const key = usable[Number(form.get("key"))];
      if (step === undefined || key === undefined) throw new Error(t`Choose a step and a key.`);
      const said = {
        agents: [...agents].sort((one, other) => one - other),
        runbook: String(runbook.id),
        version: runbook.sha256,
        action: step.action,
        params: step.params ?? {},
        per_hour: Number(form.get("per_hour")),
        days: Number(form.get("days")),
      };
      const { text, ...prepared } = await prepareApproval({ ...said, key_id: key.key_id });
      const problem = await approvalProblem(text, said);
      if (problem !== null) throw new Error(t`Nothing was signed: the hub’s text is another one. ${problem}`);
      const signature = await signText(key.key_id, text);
      await addApproval({ ...said, ...prepared, key_id: key.key_id, signature });
    },
    onSuccess: async () => {
      await onDone();
      onClose();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Sign a standing approval`}
      description={t`The machines check it themselves, and count. The hub cannot widen it.`}
      className="sm:w-[36rem]"
    >
      {here.data !== undefined && usable.length === 0 && (
        <p className="rounded-md bg-raised px-3 py-2.5">
          <Trans>
            This browser has no key of yours.{" "}
            <Link to="/account" className="text-accent hover:underline">
              Make one in your account
            </Link>
            , and let the owners of the machines trust it.
          </Trans>
        </p>
      )}
      {usable.length > 0 && steps.length === 0 && (
        <p className="rounded-md bg-raised px-3 py-2.5">
          <Trans>
            Each of its steps takes a value of the alert. What that is nobody knows beforehand, so it cannot be signed.
          </Trans>
        </p>
      )}
      {usable.length > 0 && steps.length > 0 && (
        <form
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault();
            sign.mutate(new FormData(event.currentTarget));
          }}
        >
          <FormProblem text={sign.error === null ? null : asProblem(sign.error).advice} />
          <label className="flex flex-col gap-1.5">
            <span className="font-medium text-sm">
              <Trans>Step</Trans>
            </span>
            <select name="step" className={SELECT}>
              {steps.map(({ action, params = {} }, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a step is known by its place alone
                <option key={at} value={at}>
                  {actionTitle(action, params)}
                </option>
              ))}
            </select>
          </label>
          <MachineChoice machines={covered} value={agents} onChange={setAgents} />
          <div className="grid gap-4 sm:grid-cols-3">
            <Field
              label={t`An hour, on each`}
              name="per_hour"
              type="number"
              min={1}
              max={600}
              defaultValue={2}
              required
            />
            <Field label={t`Days`} name="days" type="number" min={1} max={400} defaultValue={90} required />
            <label className="flex flex-col gap-1.5">
              <span className="font-medium text-sm">
                <Trans>Key</Trans>
              </span>
              <select name="key" className={SELECT}>
                {usable.map(({ id, name }, at) => (
                  <option key={id} value={at}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>
              <Trans>Cancel</Trans>
            </Button>
            <Button type="submit" variant="primary" disabled={sign.isPending || agents.length === 0}>
              <PenLine className="size-4" aria-hidden />
              {sign.isPending ? t`Signing…` : t`Sign`}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
