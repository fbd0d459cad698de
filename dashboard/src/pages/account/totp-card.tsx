import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { disableTotp, renewRecoveryCodes } from "@/api/people";
import { asProblem } from "@/api/problem";
import { Card } from "@/components/card";
import { FormProblem } from "@/components/entry";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { meQuery, queryClient } from "@/state/session";
import { totpQuery } from "./queries";
import { RecoveryCodes } from "./recovery-codes";
import { TotpDialog } from "./totp-dialog";

const FEW_CODES = 3;

/** Two-factor authentication: how it stands, and turning it on and off. */
export function TotpCard({ besidesPassword }: { besidesPassword: boolean }) {
  const { data } = useQuery(totpQuery);
  const [doing, setDoing] = useState<"on" | "off" | null>(null);
  const again = () => Promise.all([queryClient.invalidateQueries(totpQuery), queryClient.invalidateQueries(meQuery)]);
  const codes = useMutation({ mutationFn: renewRecoveryCodes, onSuccess: again });
  const enabled = data?.enabled === true;
  return (
    <Card
      title={t`Two-factor authentication`}
      text={
        besidesPassword
          ? t`A code from an app on your phone, besides the password: a stolen password alone lets nobody in.`
          : t`A code from an app on your phone, asked before dangerous acts in place of a new login at the provider.`
      }
      action={
        data !== undefined &&
        !enabled && (
          <Button variant="primary" onClick={() => setDoing("on")}>
            <ShieldCheck className="size-4" aria-hidden />
            <Trans>Set up</Trans>
          </Button>
        )
      }
    >
      {enabled && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t px-5 py-3">
          <Badge className="bg-ok/12 font-medium text-ok">
            <Trans context="two-factor authentication">On</Trans>
          </Badge>
          <span className={data.recovery_codes_left <= FEW_CODES ? "font-medium text-warn" : "text-muted"}>
            <Plural value={data.recovery_codes_left} one="# recovery code left" other="# recovery codes left" />
          </span>
          <span className="ms-auto flex flex-wrap gap-2">
            <Button size="sm" disabled={codes.isPending} onClick={() => codes.mutate()}>
              <Trans>New recovery codes</Trans>
            </Button>
            <Button size="sm" onClick={() => setDoing("off")}>
              <Trans>Turn off</Trans>
            </Button>
          </span>
          <FormProblem text={codes.error === null ? null : asProblem(codes.error).advice} />
        </div>
      )}
      {doing === "on" && <TotpDialog onEnabled={again} onClose={() => setDoing(null)} />}
      {doing === "off" && (
        <DisableDialog
          onDone={() => {
            setDoing(null);
            void again();
          }}
          onClose={() => setDoing(null)}
        />
      )}
      {codes.data !== undefined && (
        <Dialog
          open
          onOpenChange={(open) => !open && codes.reset()}
          title={t`New recovery codes`}
          description={t`The old ones are worth nothing any more.`}
        >
          <RecoveryCodes codes={codes.data} onDone={codes.reset} />
        </Dialog>
      )}
    </Card>
  );
}

function DisableDialog({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const disable = useMutation({ mutationFn: disableTotp, onSuccess: onDone });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Turn two-factor authentication off?`}
      description={t`The password alone lets you in then, and whoever learns it. Your recovery codes are worth nothing any more.`}
      className="sm:w-[28rem]"
    >
      <FormProblem text={disable.error === null ? null : asProblem(disable.error).advice} />
      <div className="mt-3 flex justify-end gap-2">
        <Button onClick={onClose}>
          <Trans>Keep it on</Trans>
        </Button>
        <Button variant="danger" disabled={disable.isPending} onClick={() => disable.mutate()}>
          <Trans>Turn off</Trans>
        </Button>
      </div>
    </Dialog>
  );
}
