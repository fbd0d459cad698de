import { t } from "@lingui/core/macro";
import { Link } from "@tanstack/react-router";
import { ChartLine } from "lucide-react";
import { Tooltip } from "@/components/ui/tooltip";
import type { Panel } from "@/lib/dashboard-spec";
import { writeQueries } from "@/lib/explore-search";
import { resolvedQuery } from "@/lib/panel-query";
import { KINDS } from "./panels/kinds";
import type { PanelContext } from "./panels/panel-context";

/** Leads from a panel to the same question in Explore, at the same time. */
export function ExplorePanel({ panel, context }: { panel: Panel; context: PanelContext }) {
  if (!("queries" in panel)) return null;
  const title = panel.title || KINDS[panel.kind].title;
  const queries = panel.queries.map((query) => resolvedQuery(query, context.variables, context.chosen));
  return (
    <Tooltip text={t`Open in Explore`}>
      <Link
        to="/explore"
        search={writeQueries(context.range, queries)}
        aria-label={t`Explore ${title}`}
        className="touch grid size-7 place-items-center rounded-md text-muted hover:bg-raised hover:text-text"
      >
        <ChartLine className="size-4" aria-hidden />
      </Link>
    </Tooltip>
  );
}
