import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { FileInput } from "lucide-react";
import { useRef } from "react";
import { asProblem } from "@/api/problem";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { readDashboardFile } from "@/lib/dashboard-file";
import { useCreate } from "./use-dashboard-acts";

/** Makes a dashboard of a file. */
export function ImportButton() {
  const input = useRef<HTMLInputElement>(null);
  const create = useCreate();
  const read = useMutation({
    mutationFn: async (file: File) => readDashboardFile(await file.text()),
    onSuccess: (content) => create.mutate({ content, edit: false }),
  });
  const error = read.error ?? create.error;
  return (
    <>
      <Button disabled={read.isPending || create.isPending} onClick={() => input.current?.click()}>
        <FileInput className="size-4 text-muted" aria-hidden />
        <Trans>Import JSON</Trans>
      </Button>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        aria-label={t`File of a dashboard`}
        tabIndex={-1}
        className="sr-only"
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          // The same file may be chosen again once it is mended.
          target.value = "";
          create.reset();
          if (file !== undefined) read.mutate(file);
        }}
      />
      {error !== null && (
        <Refused
          error={error}
          onClose={() => {
            read.reset();
            create.reset();
          }}
        />
      )}
    </>
  );
}

/** What is wrong with a file, field by field. */
function Refused({ error, onClose }: { error: Error; onClose: () => void }) {
  const problem = asProblem(error);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`The file was not imported`}
      description={problem.fields.length === 0 ? problem.message : t`Mend these fields, then import it again.`}
    >
      {problem.fields.length > 0 && (
        <dl className="flex flex-col gap-2.5">
          {problem.fields.map(({ field, detail }) => (
            <div key={`${field} ${detail}`}>
              <dt className="break-all font-mono text-xs">{field}</dt>
              <dd className="text-muted">{detail}</dd>
            </div>
          ))}
        </dl>
      )}
      <div className="mt-4 flex justify-end">
        <Button onClick={onClose}>
          <Trans>Close</Trans>
        </Button>
      </div>
    </Dialog>
  );
}
