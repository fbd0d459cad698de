import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { fetchTls } from "@/api/calls";
import { makeEnrollmentToken } from "@/api/enrollment";
import { asProblem } from "@/api/problem";
import { CopyBlock } from "@/components/copy";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { agentCommands } from "@/pages/servers/commands";
import { TokenForm } from "./token-form";

/** Describes a token, then shows it, once, with the command that uses it. */
export function NewTokenDialog({ onMade, onClose }: { onMade: () => void; onClose: () => void }) {
  const make = useMutation({ mutationFn: makeEnrollmentToken, onSuccess: onMade });
  const tls = useQuery({ queryKey: ["tls"], queryFn: fetchTls });
  const made = make.data;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={made === undefined ? t`New enrollment token` : t`Copy your token now`}
      description={
        made === undefined
          ? t`Let in no more than you mean to.`
          : t`It is shown this once. Whoever has it may enroll, so keep it as you keep a password.`
      }
      className="sm:w-[min(40rem,calc(100vw-2rem))]"
    >
      {made === undefined ? (
        <TokenForm
          pending={make.isPending}
          problem={make.error === null ? null : asProblem(make.error)}
          onSubmit={make.mutate}
          onClose={onClose}
        />
      ) : (
        <div className="flex flex-col gap-4">
          <CopyBlock label={t`Enrollment token`} text={made.token} />
          <div>
            <p className="mb-1.5 text-muted">
              <Trans>Or the whole command, for each server:</Trans>
            </p>
            <CopyBlock
              label={t`Command for each server`}
              text={agentCommands(window.location.origin, made.token, "", tls.data?.pin ? tls.data : null)}
            />
          </div>
          <div className="flex justify-end">
            <Button variant="primary" onClick={onClose}>
              <Trans context="button">Done</Trans>
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
