import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect } from "react";
import { beginTotp, confirmTotp } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { TotpEnrolment } from "@/api/types";
import { CodeField } from "@/components/code-field";
import { CopyBlock } from "@/components/copy";
import { FormProblem } from "@/components/entry";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { RecoveryCodes } from "./recovery-codes";

/** Scan, type the code, keep the recovery codes. */
export function TotpDialog({ onEnabled, onClose }: { onEnabled: () => void; onClose: () => void }) {
  const begun = useMutation({ mutationFn: beginTotp });
  const confirm = useMutation({ mutationFn: confirmTotp, onSuccess: onEnabled });
  const { mutate: begin } = begun;
  useEffect(() => begin(), [begin]);
  const codes = confirm.data;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={codes === undefined ? t`Set up two-factor authentication` : t`Keep your recovery codes`}
      description={
        codes === undefined
          ? t`Any authenticator app will do. The code changes every 30 seconds.`
          : t`It is on. Each of these lets you in once when the app is lost.`
      }
      className="sm:w-[28rem]"
    >
      {begun.error !== null && (
        <Notice title={t`It could not begin`} onRetry={() => begin()}>
          {asProblem(begun.error).advice}
        </Notice>
      )}
      {begun.isPending && <Skeleton className="h-64 w-full" />}
      {begun.data !== undefined && codes === undefined && (
        <Scan
          enrolment={begun.data}
          pending={confirm.isPending}
          problem={confirm.error === null ? null : asProblem(confirm.error).advice}
          onCode={confirm.mutate}
        />
      )}
      {codes !== undefined && <RecoveryCodes codes={codes} onDone={onClose} />}
    </Dialog>
  );
}

interface ScanProps {
  enrolment: TotpEnrolment;
  pending: boolean;
  problem: string | null;
  onCode: (code: string) => void;
}

function Scan({ enrolment, pending, problem, onCode }: ScanProps) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onCode(String(new FormData(event.currentTarget).get("code")));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <ol className="flex list-inside list-decimal flex-col gap-3">
        <li>
          <Trans>Scan this with the app.</Trans>
          <img
            src={enrolment.picture}
            alt={t`QR code with the secret, which also stands below`}
            className="mx-auto mt-3 size-52 rounded-lg border bg-white"
          />
          <details className="mt-3">
            <summary className="touch cursor-pointer text-muted text-xs">
              <Trans>It cannot scan</Trans>
            </summary>
            <div className="mt-2">
              <CopyBlock label={t`Secret`} text={enrolment.secret} />
            </div>
          </details>
        </li>
        <li>
          <Trans>Type the code that it shows.</Trans>
        </li>
      </ol>
      <FormProblem text={problem} />
      <CodeField />
      <Button type="submit" variant="primary" className="h-9" disabled={pending}>
        {pending ? t`Checking…` : t`Turn on`}
      </Button>
    </form>
  );
}
