import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowRight, LayoutDashboard } from "lucide-react";
import { asProblem } from "@/api/problem";
import { FormProblem } from "@/components/entry";
import { RoleNote } from "@/components/role-note";
import type { DashboardSpec } from "@/lib/dashboard-spec";
import { TEMPLATES } from "@/lib/dashboard-templates";
import { useCreate } from "./use-dashboard-acts";

/** The page while there is no dashboard: what one is for, with some that show something at once. */
export function NoDashboards({ may }: { may: boolean }) {
  return (
    <div className="flex flex-col gap-5">
      <div className="card flex flex-col items-center gap-3 px-6 py-10 text-center">
        <LayoutDashboard className="size-8 text-muted" aria-hidden />
        <p className="font-medium text-[0.9375rem]">
          <Trans>No dashboard yet</Trans>
        </p>
        <p className="max-w-lg text-muted">
          <Trans>
            A dashboard keeps together what your team looks at together: charts, values, tables and maps of any
            machines. Begin with one of these and change it, or with an empty one.
          </Trans>
        </p>
        {!may && <RoleNote needed="operator" what={t`Making a dashboard`} />}
      </div>
      {may && <Templates />}
    </div>
  );
}

/** Dashboards to begin from. */
export function Templates() {
  const create = useCreate();
  return (
    <section aria-labelledby="templates-title">
      <h2 id="templates-title" className="mb-2.5 font-semibold text-base tracking-tight">
        <Trans>Ready to begin from</Trans>
      </h2>
      <FormProblem text={create.error === null ? null : asProblem(create.error).advice} />
      <ul className="grid gap-3 md:grid-cols-3">
        {TEMPLATES.map(({ id, name, text, spec }) => (
          <li key={id}>
            <button
              type="button"
              disabled={create.isPending}
              onClick={() => create.mutate({ content: { name, description: text, spec }, edit: false })}
              className="card group flex h-full w-full flex-col gap-3 p-4 text-start hover:border-edge"
            >
              <Miniature spec={spec} />
              <span className="flex items-center gap-1.5 font-medium">
                {name}
                <ArrowRight className="size-3.5 text-accent" aria-hidden />
              </span>
              <span className="text-muted text-xs">{text}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** How its panels stand, at a glance. */
function Miniature({ spec }: { spec: DashboardSpec }) {
  const rows = Math.max(...spec.panels.map(({ grid }) => grid.y + grid.h));
  return (
    <svg viewBox={`0 0 120 ${rows * 4}`} aria-hidden className="h-28 w-full" preserveAspectRatio="none">
      {spec.panels.map(({ id, grid: { x, y, w, h } }) => (
        <rect
          key={id}
          x={x * 10 + 0.7}
          y={y * 4 + 0.5}
          width={w * 10 - 1.4}
          height={h * 4 - 1}
          rx={0.8}
          className="fill-raised stroke-line group-hover:fill-accent/15"
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}
