import { t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Waypoints, X } from "lucide-react";
import { asProblem } from "@/api/problem";
import { fetchDependencies, setDependencies } from "@/api/quiet";
import type { Agent, Dependencies as Known } from "@/api/types";
import { RoleNote } from "@/components/role-note";
import { AgentSelect } from "@/pages/alerting/agent-select";
import { ALERTING, refreshAlerting } from "@/state/alerting";
import { lastDone } from "@/state/done";
import { queryClient, useMay } from "@/state/session";

const dependenciesQuery = (agent: number) =>
  queryOptions({ queryKey: [ALERTING, "dependencies", agent], queryFn: () => fetchDependencies(agent) });

/** Which agents an agent is reached through: while those are lost, nobody is told of its alerts. */
export function Dependencies({ agent: { id } }: { agent: Agent }) {
  const may = useMay("operator");
  const { data } = useQuery(dependenciesQuery(id));
  const take = async (known: Known) => {
    queryClient.setQueryData(dependenciesQuery(id).queryKey, known);
    await refreshAlerting();
  };
  const change = useMutation({
    mutationFn: (behind: number[]) => setDependencies(id, behind),
    onSuccess: async (known) => {
      const before = data?.behind.map((one) => one.id) ?? [];
      lastDone.set({
        text:
          known.behind.length === 0
            ? t`It is behind no other agent now`
            : t`It is behind ${{ names: known.behind.map(({ name }) => name).join(", ") }} now`,
        undo: async () => take(await setDependencies(id, before)),
      });
      await take(known);
    },
  });
  if (data === undefined) return null;
  const behind = data.behind.map((one) => one.id);
  return (
    <section aria-label={t`Behind`} className="card mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
      <Waypoints className="size-4 shrink-0 text-muted" aria-hidden />
      <p className="min-w-0 flex-1 basis-64">
        {data.behind.length === 0 ? (
          <>
            <Trans>Behind no other agent.</Trans>{" "}
            <span className="text-muted">
              <Trans>Behind a gateway, nobody is told of its alerts while the gateway itself is lost.</Trans>
            </span>
          </>
        ) : (
          <>
            <Trans>Behind</Trans>{" "}
            {data.behind.map((one) => (
              <span key={one.id} className="me-1.5 inline-flex items-center gap-0.5 rounded bg-raised ps-1.5">
                <Link
                  to="/agents/$agentId"
                  params={{ agentId: String(one.id) }}
                  className="font-medium hover:underline"
                >
                  {one.name}
                </Link>
                <button
                  type="button"
                  aria-label={t`Not behind ${one.name}`}
                  disabled={!may || change.isPending}
                  className="touch grid size-6 place-items-center rounded text-muted hover:text-text disabled:opacity-50"
                  onClick={() => change.mutate(behind.filter((each) => each !== one.id))}
                >
                  <X className="size-3.5" aria-hidden />
                </button>
              </span>
            ))}
            <span className="text-muted">
              <Plural
                value={data.behind.length}
                one="While it is lost, nobody is told."
                other="While all are lost, nobody is told."
              />
            </span>
          </>
        )}
        {data.ahead_of.length > 0 && (
          <span className="block text-muted text-xs">
            {t`In front of ${{ names: data.ahead_of.map(({ name }) => name).join(", ") }}.`}
          </span>
        )}
      </p>
      {may ? (
        <AgentSelect
          label={t`Put behind…`}
          except={[id, ...behind]}
          disabled={change.isPending}
          onChange={(one) => change.mutate([...behind, one.id])}
        />
      ) : (
        <RoleNote needed="operator" what={t`Changing this`} />
      )}
      {change.error !== null && (
        <p role="alert" className="w-full text-bad text-xs">
          {asProblem(change.error).advice}
        </p>
      )}
    </section>
  );
}
