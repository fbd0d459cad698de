import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { EllipsisVertical, FileDown, ImageDown, Table } from "lucide-react";
import type { ChartSnapshot } from "@/charts/snapshot";
import { Button } from "@/components/ui/button";
import { Menu, MenuCheck, MenuItem, MenuSeparator } from "@/components/ui/menu";
import type { ChartView } from "@/lib/chart-view";

interface ChartMenuProps {
  title: string;
  view: ChartView;
  /** Whether it comes as a stack. */
  stackable: boolean;
  snapshot: () => ChartSnapshot | null;
  onView: (view: ChartView) => void;
  onTable: (snapshot: ChartSnapshot) => void;
}

/** What can be done with one chart; quiet until it is asked for. */
export function ChartMenu({ title, view, stackable, snapshot, onView, onTable }: ChartMenuProps) {
  // What makes files comes when the first is wanted.
  const save = (kind: "png" | "csv") => {
    const shown = snapshot();
    if (shown !== null) void import("./save").then((module) => module.saveChart(shown, kind));
  };
  return (
    <Menu
      label={title}
      trigger={
        <Button variant="ghost" size="icon" aria-label={t`More of ${title}`} className="-me-2 size-7">
          <EllipsisVertical className="size-4" aria-hidden />
        </Button>
      }
    >
      <MenuCheck checked={view.log} onChange={(log) => onView({ ...view, log })}>
        <Trans>Logarithmic scale</Trans>
      </MenuCheck>
      {stackable && (
        <MenuCheck checked={!view.lines && !view.log} onChange={(stack) => onView({ log: false, lines: !stack })}>
          <Trans>Stacked</Trans>
        </MenuCheck>
      )}
      <MenuSeparator />
      <MenuItem onSelect={() => save("png")}>
        <ImageDown className="size-4 text-muted" aria-hidden />
        <Trans>Save as PNG</Trans>
      </MenuItem>
      <MenuItem onSelect={() => save("csv")}>
        <FileDown className="size-4 text-muted" aria-hidden />
        <Trans>Save as CSV</Trans>
      </MenuItem>
      <MenuItem
        onSelect={() => {
          const shown = snapshot();
          if (shown !== null) onTable(shown);
        }}
      >
        <Table className="size-4 text-muted" aria-hidden />
        <Trans>Show as table</Trans>
      </MenuItem>
    </Menu>
  );
}
