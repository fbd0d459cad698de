import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowDown, ArrowUp, BellOff } from "lucide-react";
import type { NoticeRoute } from "@/api/types";
import { ChangeMenu } from "@/components/change-menu";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { MenuItem } from "@/components/ui/menu";
import { cn } from "@/lib/cn";
import { conditionsOf } from "@/lib/routing";
import { useGoverns } from "@/state/session";
import { targetName, useTargets } from "./target-choice";

interface RouteItemProps {
  route: NoticeRoute;
  first: boolean;
  last: boolean;
  busy: boolean;
  onMove: (by: -1 | 1) => void;
  onEdit: () => void;
  onRemove: () => void;
}

/** A route: what it takes and whom it tells. */
export function RouteItem({ route, first, last, busy, onMove, onEdit, onRemove }: RouteItemProps) {
  const governs = useGoverns();
  const targets = useTargets();
  const conditions = conditionsOf(route);
  return (
    <li className="flex items-start gap-3 px-4 py-3 sm:px-5">
      <div className="grid min-w-0 flex-1 gap-x-6 gap-y-1.5 sm:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)]">
        <div className="min-w-0">
          <p className={cn("flex flex-wrap items-center gap-2 font-medium", !route.enabled && "text-muted")}>
            {route.name}
            {!route.enabled && (
              <Badge>
                <Trans context="route">Off</Trans>
              </Badge>
            )}
            {route.continues && (
              <Badge>
                <Trans>and goes on</Trans>
              </Badge>
            )}
          </p>
          <p className="break-words text-muted text-xs">
            {route.default
              ? t`What no other route took`
              : conditions.length === 0
                ? t`Everything`
                : conditions.join(" · ")}
          </p>
        </div>
        {route.targets.length === 0 ? (
          <p className="flex items-center gap-1.5 text-warn text-xs">
            <BellOff className="size-3.5" aria-hidden />
            <Trans>Tells nobody</Trans>
          </p>
        ) : (
          <ul aria-label={t`Told by ${route.name}`} className="flex flex-wrap gap-1.5">
            {route.targets.map((target) => (
              <li key={`${target.kind}-${target.id}`}>
                <Badge className="text-text">{targetName(targets, target)}</Badge>
              </li>
            ))}
          </ul>
        )}
      </div>
      {governs && (
        <div className="flex shrink-0 items-center justify-end sm:w-24">
          {!route.default && (
            <>
              <Button
                variant="ghost"
                size="icon"
                disabled={first || busy}
                aria-label={t`Move ${route.name} up`}
                onClick={() => onMove(-1)}
              >
                <ArrowUp className="size-4" aria-hidden />
              </Button>
              <Button
                variant="ghost"
                size="icon"
                disabled={last || busy}
                aria-label={t`Move ${route.name} down`}
                onClick={() => onMove(1)}
              >
                <ArrowDown className="size-4" aria-hidden />
              </Button>
            </>
          )}
          <ChangeMenu name={route.name}>
            <MenuItem onSelect={onEdit}>
              <Trans>Edit</Trans>
            </MenuItem>
            {!route.default && (
              <MenuItem danger onSelect={onRemove}>
                <Trans>Remove</Trans>
              </MenuItem>
            )}
          </ChangeMenu>
        </div>
      )}
    </li>
  );
}
