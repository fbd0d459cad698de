import { t } from "@lingui/core/macro";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChartLine } from "lucide-react";
import { Tooltip } from "@/components/ui/tooltip";
import { queriesOfSeries } from "@/lib/explore-link";
import { writeQueries } from "@/lib/explore-search";
import type { ChartSpec } from "./specs";
import { useMetas } from "./use-metas";

const route = getRouteApi("/app/agents/$agentId");

/** The way from a chart to Explore: the same metrics of this agent over the same time, to be asked further. */
export function ExploreLink({ spec }: { spec: ChartSpec }) {
  const { agentId } = route.useParams();
  const search = route.useSearch();
  const metas = useMetas();
  const series = spec.series.flatMap(({ key }) => metas.get(key) ?? []);
  return (
    <Tooltip text={t`Explore`}>
      <Link
        to="/explore"
        search={writeQueries(search, queriesOfSeries(series, Number(agentId)))}
        preload={false}
        aria-label={t`Explore ${{ title: spec.title }}`}
        className="touch grid size-7 shrink-0 place-items-center rounded text-muted hover:bg-raised hover:text-text"
      >
        <ChartLine className="size-3.5" aria-hidden />
      </Link>
    </Tooltip>
  );
}
