import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { fetchFacets } from "@/api/calls";
import { changeScope, changeUser } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { Account } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { RoleChoice } from "@/components/role-choice";
import { ScopePicker } from "@/components/scope-picker";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import type { Scope } from "@/lib/access";

interface AccessDialogProps {
  account: Account;
  onChanged: () => void;
  onClose: () => void;
}

/** What somebody may do, and with which agents. */
export function AccessDialog({ account, onChanged, onClose }: AccessDialogProps) {
  const name = account.username;
  const facets = useQuery({ queryKey: ["facets"], queryFn: fetchFacets });
  const [role, setRole] = useState(account.role);
  const [scope, setScope] = useState<Scope>(account.scope);
  const save = useMutation({
    mutationFn: async () => {
      if (role !== account.role) await changeUser(account.id, { role });
      if (JSON.stringify(scope) !== JSON.stringify(account.scope)) await changeScope(account.id, scope);
    },
    onSuccess: onClose,
    onSettled: onChanged,
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`What ${name} may`}
      description={t`It holds at once, in pages that are open as well.`}
      className="sm:w-[28rem]"
    >
      <div className="flex flex-col gap-5">
        <RoleChoice value={role} onChange={setRole} />
        <ScopePicker value={scope} options={facets.data ?? { environments: [], tags: [] }} onChange={setScope} />
        <FormProblem text={save.error === null ? null : asProblem(save.error).advice} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="primary" disabled={save.isPending} onClick={() => save.mutate()}>
            {save.isPending ? t`Saving…` : t`Save`}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
