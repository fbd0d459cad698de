import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { changeDashboard, createDashboard, fetchDashboard } from "@/api/dashboards";
import { asProblem } from "@/api/problem";
import type { DashboardDetail } from "@/api/types";
import { lastDone } from "@/state/done";
import { keepDashboard, refreshDashboards } from "../queries";
import { toSave, type useDraft } from "./use-draft";

/** With room for what says that it is a copy. */
const LONGEST_COPIED = 112;

/** Saves a draft; where somebody else saved meanwhile, the person decides. */
export function useSave(dashboard: DashboardDetail, draft: ReturnType<typeof useDraft>, onSaved: () => void) {
  const { id } = dashboard;
  const done = (text: string) => (saved: DashboardDetail) => {
    keepDashboard(saved);
    lastDone.set({ text, undo: null });
    onSaved();
  };
  const save = useMutation({
    mutationFn: () => changeDashboard(id, toSave(draft.now), draft.base.version),
    onSuccess: done(t`The dashboard is saved`),
  });
  const overwrite = useMutation({
    mutationFn: async () => changeDashboard(id, toSave(draft.now), (await fetchDashboard(id)).version),
    onSuccess: done(t`The dashboard is saved; what somebody else saved meanwhile is overwritten`),
  });
  const copy = useMutation({
    mutationFn: () => {
      const name = draft.now.name.slice(0, LONGEST_COPIED);
      return createDashboard({ ...toSave(draft.now), name: t`${name} (copy)` });
    },
    onSuccess: (made) => {
      done(t`Your changes are kept as “${made.name}”`)(made);
      void refreshDashboards();
    },
  });
  const problem = [overwrite, copy, save].find(({ error }) => error !== null)?.error ?? null;
  const refused = save.error !== null && asProblem(save.error).status === 409;
  return {
    busy: save.isPending || overwrite.isPending || copy.isPending,
    /** Somebody else saved meanwhile. */
    refused,
    problem: problem === null || (refused && problem === save.error) ? null : asProblem(problem).advice,
    save: () => save.mutate(),
    overwrite: () => overwrite.mutate(),
    copy: () => copy.mutate(),
  };
}
