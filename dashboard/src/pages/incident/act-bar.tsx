import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { Check, CircleHelp, Ellipsis, GitMerge, RotateCcw, VolumeX } from "lucide-react";
import { useState } from "react";
import type { IncidentDetail } from "@/api/types";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import { useMay } from "@/state/session";
import { AcknowledgeMenu } from "./acknowledge-menu";
import { AssignMenu } from "./assign-menu";
import { MergeDialog } from "./merge-dialog";
import { ResolveDialog } from "./resolve-dialog";
import { silenceOf } from "./silence-of";
import type { Acts } from "./use-acts";

/** Four stand side by side on the narrowest phone: the words stay, their icons go. */
const ON_PHONE = "max-sm:flex-auto max-sm:px-2 max-sm:[&>svg]:hidden";

interface ActBarProps {
  incident: IncidentDetail;
  acts: Acts;
}

/** What can be done: each in two taps. On a phone it stays at the bottom, where the thumb is. */
export function ActBar({ incident, acts }: ActBarProps) {
  const may = useMay("operator");
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"resolve" | "merge" | null>(null);
  const open = incident.state !== "resolved";
  const off = !may || acts.pending;
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-2 max-sm:fixed max-sm:inset-x-0 max-sm:bottom-(--bar) max-sm:z-20 max-sm:m-0 max-sm:flex-nowrap max-sm:border-t max-sm:bg-surface max-sm:px-3 max-sm:py-2">
        {open && (
          <AcknowledgeMenu
            acknowledged={incident.state === "acknowledged"}
            disabled={off}
            className={ON_PHONE}
            onAcknowledge={acts.acknowledge}
            onTakeBack={acts.unacknowledge}
          />
        )}
        {open ? (
          <Button disabled={off} onClick={() => setAsking("resolve")} className={ON_PHONE}>
            <Check className="size-4" aria-hidden />
            <Trans>Resolve</Trans>
          </Button>
        ) : (
          <Button disabled={off || incident.merged_into !== null} onClick={acts.reopen} className={ON_PHONE}>
            <RotateCcw className="size-4" aria-hidden />
            <Trans>Reopen</Trans>
          </Button>
        )}
        <AssignMenu incident={incident} acts={acts} disabled={off} className={ON_PHONE} />
        <Menu
          label={t`More`}
          trigger={
            <Button size="icon" aria-label={t`More`}>
              <Ellipsis className="size-4" aria-hidden />
            </Button>
          }
        >
          <MenuItem disabled={!may} onSelect={() => void navigate({ to: "/quiet", search: silenceOf(incident) })}>
            <VolumeX className="size-4 text-muted" aria-hidden />
            <Trans>Silence this</Trans>
          </MenuItem>
          <MenuItem disabled={!may || !open} onSelect={() => setAsking("merge")}>
            <GitMerge className="size-4 text-muted" aria-hidden />
            <Trans>Merge others into this</Trans>
          </MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/alerts/why", search: { incident: incident.id } })}>
            <CircleHelp className="size-4 text-muted" aria-hidden />
            <Trans>Why was I paged?</Trans>
          </MenuItem>
        </Menu>
        {!may && <RoleNote needed="operator" what={t`Acting on incidents`} className="max-sm:hidden" />}
      </div>
      {!may && <RoleNote needed="operator" what={t`Acting on incidents`} className="mb-3 sm:hidden" />}
      {asking === "resolve" && (
        <ResolveDialog title={incident.title} onResolve={acts.resolve} onClose={() => setAsking(null)} />
      )}
      {asking === "merge" && <MergeDialog incident={incident} onMerge={acts.merge} onClose={() => setAsking(null)} />}
    </>
  );
}
