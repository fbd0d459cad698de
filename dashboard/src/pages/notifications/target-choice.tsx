import { select, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { RouteTarget } from "@/api/types";
import { channelsQuery, escalationsQuery, rotasQuery } from "./queries";

/** The names of everything that a route can name, by kind and id. */
export function useTargets() {
  const channels = useQuery(channelsQuery).data ?? [];
  const rotas = useQuery(rotasQuery).data ?? [];
  const escalations = useQuery(escalationsQuery).data ?? [];
  return [
    ...channels.map(({ id, name }) => ({ kind: "channel" as const, id, name, note: t`channel` })),
    ...rotas.map(({ id, name, now }) => ({ kind: "rota" as const, id, name, note: t`on call, now ${now.name}` })),
    ...escalations.map(({ id, name }) => ({ kind: "escalation" as const, id, name, note: t`escalation` })),
  ];
}

const sameTarget = (one: RouteTarget, other: RouteTarget) => one.kind === other.kind && one.id === other.id;

/** How a target is called; by its number while no name of it is known. */
export function targetName(targets: ReturnType<typeof useTargets>, target: RouteTarget): string {
  const { kind, id } = target;
  return (
    targets.find((one) => sameTarget(one, target))?.name ??
    t`${select(kind, { channel: "channel", rota: "rota", other: "escalation" })} ${id}`
  );
}

interface TargetChoiceProps {
  value: readonly RouteTarget[];
  onChange: (targets: RouteTarget[]) => void;
  legend?: string;
  /** A kind that cannot be chosen here. */
  without?: RouteTarget["kind"];
}

/** Who is told: channels, rotas, escalations. */
export function TargetChoice({ value, onChange, legend = t`Tells`, without }: TargetChoiceProps) {
  const targets = useTargets().filter(({ kind }) => kind !== without);
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">{legend}</legend>
      {targets.length === 0 && (
        <p className="text-muted">
          <Trans>There is no channel yet: add one first.</Trans>
        </p>
      )}
      <div className="grid gap-x-4 gap-y-1 sm:grid-cols-2">
        {targets.map((target) => {
          const plain = { kind: target.kind, id: target.id };
          const on = value.some((one) => sameTarget(one, plain));
          return (
            <label key={`${target.kind}-${target.id}`} className="touch flex items-start gap-2.5 py-1">
              <input
                type="checkbox"
                className="mt-0.5 size-4 accent-accent"
                checked={on}
                onChange={() => onChange(on ? value.filter((one) => !sameTarget(one, plain)) : [...value, plain])}
              />
              <span className="min-w-0">
                <span className="block truncate">{target.name}</span>
                <span className="block text-muted text-xs">{target.note}</span>
              </span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
