import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { changeDashboard, createDashboard, fetchDashboard } from "@/api/dashboards";
import { asProblem } from "@/api/problem";
import { ChoiceField } from "@/components/choice-field";
import { FormDialog } from "@/components/form-dialog";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { type DashboardSpec, EMPTY_SPEC, MAX_PANELS, queryPanel, withPanel } from "@/lib/dashboard-spec";
import type { ExploreQuery } from "@/lib/explore-search";
import { panelQuery } from "@/lib/panel-query";
import { queryWords } from "@/pages/explore/words";
import { dashboardsQuery, keepDashboard } from "./queries";

const KINDS = [
  { value: "timeseries", label: t`Time series` },
  { value: "stat", label: t`Stat` },
  { value: "table", label: t`Table` },
] as const;
type Kind = (typeof KINDS)[number]["value"];

/** Keeps a query of Explore as a panel, of a dashboard that is there or of a new one. */
export function AddToDashboard({ query, onClose }: { query: ExploreQuery; onClose: () => void }) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("timeseries");
  const known = useQuery(dashboardsQuery);
  const target = known.data?.find((one) => one.name === name);
  const add = useMutation({
    mutationFn: async (title: string) => {
      const extended = (spec: DashboardSpec) => {
        if (spec.panels.length >= MAX_PANELS) throw new Error(t`“${name}” has ${MAX_PANELS} panels already.`);
        return withPanel(spec, (standing) => queryPanel(kind, { ...standing, title }, panelQuery(query, []))).spec;
      };
      if (target === undefined) return createDashboard({ name, description: "", spec: extended(EMPTY_SPEC) });
      const { description, spec, version } = await fetchDashboard(target.id);
      return changeDashboard(target.id, { name, description, spec: extended(spec) }, version);
    },
    onSuccess: keepDashboard,
  });
  if (add.data !== undefined)
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={t`Added to “${add.data.name}”`}
        description={t`The panel stands below the others; move it where you want it.`}
        className="sm:w-[28rem]"
      >
        <div className="mt-2 flex justify-end gap-2">
          <Button onClick={onClose}>
            <Trans>Stay here</Trans>
          </Button>
          <Button variant="primary" asChild>
            <Link to="/dashboards/$dashboardId" params={{ dashboardId: String(add.data.id) }}>
              <Trans>Open the dashboard</Trans>
            </Link>
          </Button>
        </div>
      </Dialog>
    );
  return (
    <FormDialog
      title={t`Add to a dashboard`}
      problem={add.error === null ? null : asProblem(add.error).advice}
      send={target === undefined && name !== "" ? t`Create and add` : t`Add`}
      sending={t`Adding…`}
      busy={add.isPending}
      ready={name.trim() !== "" && known.data !== undefined}
      onSend={(form) => add.mutate(String(form.get("title")))}
      onClose={onClose}
    >
      <ChoiceField
        label={t`Dashboard`}
        value={name}
        options={known.data?.map((one) => one.name) ?? []}
        free
        placeholder={t`Choose one, or name a new one`}
        error={known.error === null ? undefined : asProblem(known.error).advice}
        onChange={setName}
      />
      <Field
        label={t`Title of the panel`}
        name="title"
        maxLength={256}
        defaultValue={queryWords(query).slice(0, 256)}
      />
      <Segmented label={t`Kind of panel`} value={kind} options={KINDS} onChange={setKind} className="self-start" />
    </FormDialog>
  );
}
