import { plural, t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import type { Agent } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { MachineNames } from "@/components/machine-names";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { confirmsCount } from "@/lib/bulk";
import { formatCount } from "@/lib/language";
import { deleteMany } from "./acts";
import { FailedList } from "./failed-list";

interface DeleteDialogProps {
  agents: readonly Agent[];
  onClose: () => void;
}

/** Many machines deleted, once their number was typed: that cannot be undone. */
export function DeleteDialog({ agents: given, onClose }: DeleteDialogProps) {
  const [agents] = useState(given);
  const [typed, setTyped] = useState("");
  const remove = useMutation({
    mutationFn: () => deleteMany(agents.map(({ id }) => id)),
    onSuccess: (failed) => failed.length === 0 && onClose(),
  });
  const names = new Map(agents.map(({ id, name }) => [id, name]));
  const count = agents.length;
  const shown = formatCount(count);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={plural(count, { one: "Delete # machine?", other: "Delete # machines?" })}
      description={t`Their credentials stop working at once and their history is no longer reachable. This cannot be undone.`}
      className="sm:w-[32rem]"
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          remove.mutate();
        }}
      >
        <FormProblem text={remove.error === null ? null : asProblem(remove.error).advice} />
        {remove.data !== undefined && remove.data.length > 0 ? (
          <FailedList failed={remove.data} nameOf={(id) => names.get(id) ?? t`Agent ${id}`} />
        ) : (
          <>
            <MachineNames names={agents.map(({ name }) => name)} />
            <Field
              label={t`Type ${shown} to confirm`}
              inputMode="numeric"
              autoComplete="off"
              required
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </>
        )}
        <div className="flex items-center justify-end gap-2">
          <p role="status" className="me-auto text-muted text-xs">
            {remove.isPending && count > 500 && t`This may take a minute.`}
          </p>
          <Button onClick={onClose}>{remove.isSuccess ? t`Close` : t`Cancel`}</Button>
          {!remove.isSuccess && (
            <Button type="submit" variant="danger" disabled={remove.isPending || !confirmsCount(typed, count)}>
              {remove.isPending ? t`Deleting…` : plural(count, { one: "Delete # machine", other: "Delete # machines" })}
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}
