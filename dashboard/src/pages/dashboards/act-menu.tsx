import { Trans } from "@lingui/react/macro";
import { CopyPlus, FileOutput, Trash2 } from "lucide-react";
import type { DashboardItem } from "@/api/types";
import { ChangeMenu } from "@/components/change-menu";
import { MenuItem, MenuSeparator } from "@/components/ui/menu";
import type { useDashboardActs } from "./use-dashboard-acts";

interface ActMenuProps {
  dashboard: Pick<DashboardItem, "name">;
  acts: ReturnType<typeof useDashboardActs>;
  /** Whether who looks may change dashboards. */
  may: boolean;
}

/** What can be done with a dashboard as a whole. */
export function ActMenu({ dashboard, acts, may }: ActMenuProps) {
  return (
    <ChangeMenu name={dashboard.name}>
      <MenuItem onSelect={acts.save}>
        <FileOutput className="size-4 text-muted" aria-hidden />
        <Trans>Export JSON</Trans>
      </MenuItem>
      {may && (
        <>
          <MenuItem onSelect={acts.copy}>
            <CopyPlus className="size-4 text-muted" aria-hidden />
            <Trans>Make a copy</Trans>
          </MenuItem>
          <MenuSeparator />
          <MenuItem danger onSelect={acts.remove}>
            <Trash2 className="size-4" aria-hidden />
            <Trans>Delete</Trans>
          </MenuItem>
        </>
      )}
    </ChangeMenu>
  );
}
