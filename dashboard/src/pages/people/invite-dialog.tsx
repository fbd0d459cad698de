import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { inviteUser } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { IssuedLink, Role } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { RoleChoice } from "@/components/role-choice";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";

/** Names somebody new; what comes of it is a link to send them. */
export function InviteDialog({ onInvited, onClose }: { onInvited: (link: IssuedLink) => void; onClose: () => void }) {
  const [role, setRole] = useState<Role>("viewer");
  const invite = useMutation({ mutationFn: (name: string) => inviteUser(name, role), onSuccess: onInvited });
  const problem = invite.error === null ? null : asProblem(invite.error);
  const wrong = problem?.about("username");
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    invite.mutate(String(new FormData(event.currentTarget).get("username")).trim());
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Invite somebody"
      description="They set their password by a link, which you send them yourself."
      className="sm:w-[28rem]"
    >
      <form onSubmit={submit} className="flex flex-col gap-5">
        <FormProblem text={problem === null || wrong !== undefined ? null : problem.advice} />
        <Field
          label="User name"
          name="username"
          hint="A name or a mail address; they log in with it."
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          pattern="[A-Za-z0-9][A-Za-z0-9._@+\-]*"
          title="letters, digits and . _ @ + -"
          maxLength={64}
          autoFocus
          required
          error={wrong === undefined ? undefined : "Letters, digits and . _ @ + - only."}
        />
        <RoleChoice value={role} onChange={setRole} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={invite.isPending}>
            {invite.isPending ? "Inviting…" : "Make invitation"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
