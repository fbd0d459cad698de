import { plural, t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { fetchHighest } from "@/api/newest";
import type { Agent } from "@/api/types";
import { statusName } from "@/components/status";
import { groupAgents, groupTitle } from "@/lib/fleet-groups";
import { type HeatCell, heatScale, resourceValue } from "@/lib/heat-scale";
import type { HomeSearch } from "@/lib/home-search";
import { displayUnit, formatValue } from "@/lib/units";
import { STATUS_WORDS } from "@/pages/agents/status-words";
import { alertCountsQuery } from "@/pages/alerts/queries";

const POLL_MS = 10_000;
const LABELS = { cpu: "CPU", memory: t`Memory`, disk: t`Fullest disk`, network: t`Network` } as const;
const NONE: ReadonlyMap<number, number> = new Map();

/** The newest values of a metric by agent, and their unit; asked only where one is chosen. */
function useMetric(metric: string | undefined) {
  const { data, error, isPending } = useQuery({
    queryKey: ["highest", metric],
    queryFn: ({ signal }) => fetchHighest(metric ?? "", signal),
    enabled: metric !== undefined,
    refetchInterval: POLL_MS,
  });
  const newest = useMemo(() => new Map(data?.map((one) => [one.agent, one])), [data]);
  return { newest, unit: data?.[0]?.unit ?? "1", error, pending: isPending && metric !== undefined };
}

/** The cells of all agents in their groups, what their colours mean, and how to say one in words. */
export function useCells(agents: readonly Agent[], search: HomeSearch) {
  const { metric, by } = search;
  const color = search.color ?? "cpu";
  const asked = useMetric(metric);
  const { data: alerts = NONE } = useQuery(alertCountsQuery);
  const unit = metric === undefined ? (color === "network" ? "By/s" : "%") : displayUnit(metric, asked.unit);
  const label = metric ?? LABELS[color];
  const { newest } = asked;
  // Agents stand as they came, by name: places that changed with each value could not be pointed at.
  const groups = useMemo(() => {
    const cellOf = (agent: Agent): HeatCell => {
      const away = agent.status === "offline";
      const value =
        metric === undefined ? resourceValue(agent, color) : away ? null : (newest.get(agent.id)?.value ?? null);
      return {
        id: agent.id,
        name: agent.name,
        value,
        state: away ? "away" : value === null ? "unknown" : "value",
        marked: alerts.has(agent.id) || agent.status === "error",
      };
    };
    if (by === undefined) return [{ title: "", cells: agents.map(cellOf) }];
    return groupAgents(agents, by).map((group) => ({
      title: groupTitle(group.name, by),
      cells: group.agents.map(cellOf),
    }));
  }, [agents, alerts, newest, metric, color, by]);
  const scale = useMemo(() => {
    const all = groups.flatMap(({ cells }) => cells.map(({ value }) => value));
    return heatScale(all, unit);
  }, [groups, unit]);
  const byId = useMemo(() => new Map(agents.map((agent) => [agent.id, agent])), [agents]);
  const inWords = (cell: HeatCell): string => {
    const agent = byId.get(cell.id);
    const firing = alerts.get(cell.id) ?? 0;
    // Of several series the highest is shown; which one it is has to be said.
    const labels = Object.entries(newest.get(cell.id)?.labels ?? {}).map(([key, value]) => `${key}=${value}`);
    const told = [
      cell.state === "value" ? `${label} ${formatValue(cell.value, unit)}` : undefined,
      cell.state !== "value" || labels.length === 0 ? undefined : labels.join(", "),
      cell.state === "unknown" ? t`${label}: no value` : undefined,
      agent === undefined ? undefined : STATUS_WORDS[statusName(agent.status, agent.last_heartbeat)],
      firing === 0 ? undefined : plural(firing, { one: "# alert", other: "# alerts" }),
    ];
    return told.filter((one) => one !== undefined).join(" · ");
  };
  return { groups, scale, label, inWords, error: asked.error, pending: asked.pending };
}
