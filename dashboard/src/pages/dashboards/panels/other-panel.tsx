import type { Panel } from "@/lib/dashboard-spec";
import { Incidents } from "./incidents";
import { FleetMapPanel } from "./map";
import type { PanelProps } from "./panel-context";
import { Stat } from "./stat";
import { Table } from "./table";
import { Text } from "./text";

/** A panel of any kind but a chart. */
export function OtherPanel({ panel, ...rest }: PanelProps<Exclude<Panel, { kind: "timeseries" }>>) {
  switch (panel.kind) {
    case "stat":
      return <Stat panel={panel} {...rest} />;
    case "table":
      return <Table panel={panel} {...rest} />;
    case "map":
      return <FleetMapPanel panel={panel} {...rest} />;
    case "incidents":
      return <Incidents panel={panel} {...rest} />;
    case "text":
      return <Text panel={panel} {...rest} />;
  }
}
