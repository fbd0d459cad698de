import { useNavigate } from "@tanstack/react-router";
import { Check, ChevronDown, CircleHelp, Ellipsis, GitMerge, RotateCcw, UserCheck, VolumeX } from "lucide-react";
import { useState } from "react";
import type { IncidentDetail } from "@/api/types";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { ackChoices } from "@/lib/ack-choices";
import { hubNow } from "@/lib/clock";
import { useMay } from "@/state/session";
import { AssignMenu } from "./assign-menu";
import { MergeDialog } from "./merge-dialog";
import { ResolveDialog } from "./resolve-dialog";
import { silenceOf } from "./silence-of";
import type { Acts } from "./use-acts";

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
      <div className="mb-4 flex flex-wrap items-center gap-2 max-sm:fixed max-sm:inset-x-0 max-sm:bottom-0 max-sm:z-30 max-sm:m-0 max-sm:flex-nowrap max-sm:border-t max-sm:bg-surface max-sm:px-3 max-sm:py-2">
        {open && <AcknowledgeMenu incident={incident} acts={acts} disabled={off} />}
        {open ? (
          <Button disabled={off} onClick={() => setAsking("resolve")} className="max-sm:flex-1">
            <Check className="size-4" aria-hidden />
            Resolve
          </Button>
        ) : (
          <Button disabled={off || incident.merged_into !== null} onClick={acts.reopen} className="max-sm:flex-1">
            <RotateCcw className="size-4" aria-hidden />
            Reopen
          </Button>
        )}
        <AssignMenu incident={incident} acts={acts} disabled={off} />
        <Menu
          label="More"
          trigger={
            <Button size="icon" aria-label="More">
              <Ellipsis className="size-4" aria-hidden />
            </Button>
          }
        >
          <MenuItem disabled={!may} onSelect={() => void navigate({ to: "/quiet", search: silenceOf(incident) })}>
            <VolumeX className="size-4 text-muted" aria-hidden />
            Silence this
          </MenuItem>
          <MenuItem disabled={!may || !open} onSelect={() => setAsking("merge")}>
            <GitMerge className="size-4 text-muted" aria-hidden />
            Merge others into this
          </MenuItem>
          <MenuItem onSelect={() => void navigate({ to: "/alerts/why", search: { incident: incident.id } })}>
            <CircleHelp className="size-4 text-muted" aria-hidden />
            Why was I paged?
          </MenuItem>
        </Menu>
        {!may && <RoleNote needed="operator" what="Acting on incidents" className="max-sm:hidden" />}
      </div>
      {!may && <RoleNote needed="operator" what="Acting on incidents" className="mb-3 sm:hidden" />}
      {asking === "resolve" && (
        <ResolveDialog title={incident.title} onResolve={acts.resolve} onClose={() => setAsking(null)} />
      )}
      {asking === "merge" && <MergeDialog incident={incident} onMerge={acts.merge} onClose={() => setAsking(null)} />}
    </>
  );
}

function AcknowledgeMenu({ incident, acts, disabled }: ActBarProps & { disabled: boolean }) {
  const acknowledged = incident.state === "acknowledged";
  return (
    <Menu
      align="start"
      label="Acknowledge"
      trigger={
        <Button variant={acknowledged ? "secondary" : "primary"} disabled={disabled} className="max-sm:flex-1">
          <UserCheck className="size-4" aria-hidden />
          {acknowledged ? "Acknowledged" : "Acknowledge"}
          <ChevronDown className="size-3.5" aria-hidden />
        </Button>
      }
    >
      <MenuLabel>You look after it; no reminders for</MenuLabel>
      {ackChoices(hubNow()).map(({ label, until }) => (
        <MenuItem key={label} onSelect={() => acts.acknowledge(until, label)}>
          {label}
        </MenuItem>
      ))}
      {acknowledged && (
        <>
          <MenuSeparator />
          <MenuItem onSelect={acts.unacknowledge}>Take it back</MenuItem>
        </>
      )}
    </Menu>
  );
}
