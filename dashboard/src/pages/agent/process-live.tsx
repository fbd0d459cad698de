import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMemo } from "react";
import type { Process } from "@/api/types";
import { matchesProcess } from "@/lib/process-view";
import type { AgentFeed } from "@/state/agent-feed";
import { useSignal } from "@/state/use-signal";
import { MOMENT_COLUMNS, MOMENT_DESK_ONLY } from "./process-columns";
import { NoMatch, NoProcesses } from "./process-states";
import { UsageTable } from "./usage-table";

const NONE: readonly Process[] = [];
const byId = ({ pid }: Process) => String(pid);

/** The processes that use most now. */
export function LiveProcesses({ feed, filter }: { feed: AgentFeed; filter: string }) {
  const items = useSignal(feed.processList)?.items ?? NONE;
  const rows = useMemo(() => items.filter((one) => matchesProcess(one, filter)), [items, filter]);
  return (
    <>
      <h3 className="flex min-h-9 items-center px-3.5 pt-1.5 font-medium">
        <Trans>Top processes now</Trans>
      </h3>
      {items.length === 0 ? (
        <NoProcesses title={t`This agent sends no processes`} />
      ) : rows.length === 0 ? (
        <NoMatch filter={filter} count={items.length} />
      ) : (
        <UsageTable
          label={t`Top processes`}
          columns={MOMENT_COLUMNS}
          rows={rows}
          rowId={byId}
          sortedBy="cpu"
          deskOnly={MOMENT_DESK_ONLY}
        />
      )}
    </>
  );
}
