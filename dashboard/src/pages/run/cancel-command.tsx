import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { Ban } from "lucide-react";
import { cancelCommand } from "@/api/commands";
import { asProblem } from "@/api/problem";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { refreshCommands } from "@/state/commands";
import { useMay } from "@/state/session";

/** Ends a command where it still goes on; why it could not stands below the button. */
export function CancelCommand({ id }: { id: number }) {
  const may = useMay("operator");
  const cancel = useMutation({ mutationFn: () => cancelCommand(id), onSettled: refreshCommands });
  return (
    <div>
      <Button disabled={!may || cancel.isPending} onClick={() => cancel.mutate()}>
        <Ban className="size-4" aria-hidden />
        {cancel.isPending ? t`Cancelling…` : t`Cancel command`}
      </Button>
      <FormProblem text={cancel.error === null ? null : asProblem(cancel.error).advice} />
    </div>
  );
}
