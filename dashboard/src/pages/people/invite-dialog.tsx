import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { inviteUser } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { IssuedLink, Role } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { RoleChoice } from "@/components/role-choice";
import { Field } from "@/components/ui/field";

/** Names somebody new; what comes of it is a link to send them. */
export function InviteDialog({ onInvited, onClose }: { onInvited: (link: IssuedLink) => void; onClose: () => void }) {
  const [role, setRole] = useState<Role>("viewer");
  const invite = useMutation({
    mutationFn: (form: FormData) => inviteUser(String(form.get("username")).trim(), role),
    onSuccess: onInvited,
  });
  const problem = invite.error === null ? null : asProblem(invite.error);
  const wrong = problem?.about("username");
  return (
    <FormDialog
      title={t`Invite somebody`}
      description={t`They set their password by a link, which you send them yourself.`}
      className="sm:w-[28rem]"
      problem={problem === null || wrong !== undefined ? null : problem.advice}
      send={t`Make invitation`}
      sending={t`Inviting…`}
      onSend={invite.mutate}
      busy={invite.isPending}
      onClose={onClose}
    >
      <Field
        label={t`User name`}
        name="username"
        hint={t`A name or a mail address; they log in with it.`}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        pattern="[A-Za-z0-9][A-Za-z0-9._@+\-]*"
        title={t`letters, digits and . _ @ + -`}
        maxLength={64}
        autoFocus
        required
        error={wrong === undefined ? undefined : t`Letters, digits and . _ @ + - only.`}
      />
      <RoleChoice value={role} onChange={setRole} />
    </FormDialog>
  );
}
