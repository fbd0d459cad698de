import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { IssuedLink } from "@/api/types";
import { CopyBlock } from "@/components/copy";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { formatMoment } from "@/lib/time";

interface LinkDialogProps {
  link: IssuedLink;
  invited: boolean;
  onClose: () => void;
}

/** A link to send to somebody, shown once. */
export function LinkDialog({ link, invited, onClose }: LinkDialogProps) {
  const name = link.username;
  const until = formatMoment(Date.parse(link.expires_at) / 1000);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={invited ? t`Send this to ${name}` : t`A reset link for ${name}`}
      description={t`It is shown this once and works once. Whoever has it can set the password: send it where only they read.`}
    >
      <CopyBlock label={t({ message: "Link", context: "noun" })} text={link.url} />
      <div className="mt-4 flex flex-wrap items-center justify-between gap-2">
        <p className="text-muted text-xs">
          <Trans>It works until {until}.</Trans>
        </p>
        <Button variant="primary" onClick={onClose}>
          <Trans context="button">Done</Trans>
        </Button>
      </div>
    </Dialog>
  );
}
