import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Download } from "lucide-react";
import { CopyBlock } from "@/components/copy";
import { Button } from "@/components/ui/button";
import { recoveryFile } from "@/lib/codes";
import { useUser } from "@/state/session";

/** Recovery codes, shown once. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const user = useUser();
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(recoveryFile(codes, user.username, window.location.host))}`;
  return (
    <div className="flex flex-col gap-4">
      <CopyBlock label={t`Recovery codes`} text={codes.join("\n")} />
      <p className="text-muted text-xs">
        <Trans>
          They are shown this once. Keep them where you find them without your phone, and not beside the password.
        </Trans>
      </p>
      <div className="flex justify-end gap-2">
        <Button asChild>
          <a href={file} download="opsentrix-recovery-codes.txt">
            <Download className="size-4" aria-hidden />
            <Trans>Download</Trans>
          </a>
        </Button>
        <Button variant="primary" onClick={onDone}>
          <Trans>I have kept them</Trans>
        </Button>
      </div>
    </div>
  );
}
