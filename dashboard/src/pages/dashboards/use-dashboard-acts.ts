import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  createDashboard,
  type DashboardContent,
  deleteDashboard,
  fetchDashboard,
  restoreDashboard,
} from "@/api/dashboards";
import type { DashboardItem } from "@/api/types";
import { dashboardFile } from "@/lib/dashboard-file";
import { saveText } from "@/lib/save-file";
import { lastDone } from "@/state/done";
import { keepDashboard, refreshDashboards } from "./queries";

/** Makes a dashboard and opens it. */
export function useCreate() {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ content }: { content: DashboardContent; edit: boolean }) => createDashboard(content),
    onSuccess: (made, { edit }) => {
      keepDashboard(made);
      const params = { dashboardId: String(made.id) };
      void navigate({ to: "/dashboards/$dashboardId", params, search: edit ? { edit } : {} });
    },
  });
}

/** What can be done with a dashboard as a whole. */
export function useDashboardActs({ id, name }: Pick<DashboardItem, "id" | "name">) {
  const navigate = useNavigate();
  const create = useCreate();
  const remove = useMutation({
    mutationFn: () => deleteDashboard(id),
    onSuccess: async () => {
      await navigate({ to: "/dashboards" });
      lastDone.set({ text: t`${name} was deleted`, undo: () => restoreDashboard(id).then(refreshDashboards) });
      await refreshDashboards();
    },
  });
  const save = useMutation({
    mutationFn: () => fetchDashboard(id),
    onSuccess: (detail) => {
      const file = dashboardFile(detail);
      saveText(file.name, "application/json", file.text);
    },
  });
  const copy = useMutation({
    mutationFn: () => fetchDashboard(id),
    onSuccess: ({ description, spec }) =>
      create.mutate({ content: { name: t`Copy of ${name}`.slice(0, 128), description, spec }, edit: true }),
  });
  return {
    remove: () => remove.mutate(),
    save: () => save.mutate(),
    copy: () => copy.mutate(),
    error: remove.error ?? save.error ?? copy.error ?? create.error,
  };
}
