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
      title={codes === undefined ? "Set up two-factor authentication" : "Keep your recovery codes"}
      description={
        codes === undefined
          ? "Any authenticator app will do. The code changes every 30 seconds."
          : "It is on. Each of these lets you in once when the app is lost."
      }
      className="sm:w-[28rem]"
    >
      {begun.error !== null && (
        <Notice title="It could not begin" action={<Button onClick={() => begin()}>Try again</Button>}>
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
          Scan this with the app.
          <img
            src={enrolment.picture}
            alt="QR code with the secret, which also stands below"
            className="mx-auto mt-3 size-52 rounded-lg border bg-white"
          />
          <details className="mt-3">
            <summary className="touch cursor-pointer text-muted text-xs">It cannot scan</summary>
            <div className="mt-2">
              <CopyBlock label="Secret" text={enrolment.secret} />
            </div>
          </details>
        </li>
        <li>Type the code that it shows.</li>
      </ol>
      <FormProblem text={problem} />
      <CodeField />
      <Button type="submit" variant="primary" className="h-9" disabled={pending}>
        {pending ? "Checking…" : "Turn on"}
      </Button>
    </form>
  );
}
