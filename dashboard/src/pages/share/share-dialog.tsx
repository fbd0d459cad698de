import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { createShare } from "@/api/shares";
import { CopyBlock } from "@/components/copy";
import { FormDialog } from "@/components/form-dialog";
import { ScopePicker } from "@/components/scope-picker";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import type { Scope } from "@/lib/access";
import { type Place, searchText } from "@/lib/shared-place";
import { formatMoment } from "@/lib/time";
import { facetsQuery } from "@/pages/api-tokens/queries";
import { SHARES_KEY } from "@/pages/shares/queries";
import { queryClient } from "@/state/session";
import { WhatIsSeen } from "./what-is-seen";

const DAY_S = 86_400;
const LIFETIMES = [
  { value: String(DAY_S), label: t`A day` },
  { value: String(7 * DAY_S), label: t`7 days` },
  { value: String(30 * DAY_S), label: t`30 days` },
  { value: String(366 * DAY_S), label: t`A year` },
] as const;
const TITLES = { home: t`Share Home`, explore: t`Share Explore`, dashboard: t`Share this dashboard` } as const;
type Lifetime = (typeof LIFETIMES)[number]["value"];

/** Says what will be seen, makes the link, and shows it, once. */
export function ShareDialog({ place, onClose }: { place: Place; onClose: () => void }) {
  const make = useMutation({
    mutationFn: createShare,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: SHARES_KEY }),
  });
  const facets = useQuery(facetsQuery);
  const [scope, setScope] = useState<Scope>({ environments: [], tags: [] });
  const [lifetime, setLifetime] = useState<Lifetime>(String(7 * DAY_S));
  if (make.data !== undefined)
    return <Made url={make.data.url} expiresAt={make.data.share.expires_at} onClose={onClose} />;
  return (
    <FormDialog
      title={TITLES[place.name]}
      description={t`Whoever has the link sees this page as it is now set up, live, without logging in.`}
      problem={make.error === null ? null : asProblem(make.error).advice}
      send={t`Make link`}
      sending={t`Making…`}
      busy={make.isPending}
      onSend={(form) =>
        make.mutate({
          place: place.name,
          dashboard: place.name === "dashboard" ? place.id : null,
          search: searchText(place),
          label: String(form.get("label")).trim(),
          environments: [...scope.environments],
          tags: [...scope.tags],
          expires_in_s: Number(lifetime),
        })
      }
      onClose={onClose}
    >
      <WhatIsSeen place={place} />
      <Field
        label={t`Label (optional)`}
        name="label"
        placeholder={t`who it is for, such as wall in the office`}
        maxLength={64}
      />
      <ScopePicker value={scope} options={facets.data ?? { environments: [], tags: [] }} onChange={setScope} />
      <div className="flex flex-col items-start gap-1.5">
        <span className="font-medium text-sm" aria-hidden>
          <Trans>Ends after</Trans>
        </span>
        <Segmented label={t`Ends after`} value={lifetime} options={LIFETIMES} onChange={setLifetime} />
        <p className="text-muted text-xs">
          <Trans>
            You can end it sooner. It never shows more than you see, and ends when you lose the role operator.
          </Trans>
        </p>
      </div>
    </FormDialog>
  );
}

function Made({ url, expiresAt, onClose }: { url: string; expiresAt: string; onClose: () => void }) {
  const until = formatMoment(Date.parse(expiresAt) / 1000);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t`Copy the link now`}
      description={t`It is shown this once, and works until ${until}.`}
    >
      <div className="flex flex-col gap-4">
        <Link label={t({ message: "Link", context: "noun" })} text={url} hint={t`For somebody at a browser.`} />
        <Link
          label={t`Link for a screen`}
          text={url.replace("#", "?kiosk=1#")}
          hint={t`For a screen on the wall: fills it, larger, with no controls.`}
        />
        <p className="text-muted text-xs">
          <Trans>
            You are logged in, so this browser opens it as you. To see what others see, open it in a private window.
          </Trans>
        </p>
        <div className="flex justify-end">
          <Button variant="primary" onClick={onClose}>
            <Trans context="button">Done</Trans>
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function Link({ label, text, hint }: { label: string; text: string; hint: string }) {
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-sm">
        <span className="font-medium">{label}</span> <span className="text-muted text-xs">{hint}</span>
      </p>
      <CopyBlock label={label} text={text} />
    </div>
  );
}
