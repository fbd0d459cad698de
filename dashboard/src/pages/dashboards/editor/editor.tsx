import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { DashboardDetail } from "@/api/types";
import {
  type DashboardVariable,
  emptyPanel,
  MAX_PANELS,
  type Panel,
  type PanelKind,
  withPanel,
} from "@/lib/dashboard-spec";
import { compacted, reordered, type Step, stepped } from "@/lib/grid-layout";
import { UnsavedGuard } from "@/pages/rules/unsaved-guard";
import { DashboardView } from "../dashboard-view";
import { KINDS } from "../panels/kinds";
import type { PanelContext } from "../panels/panel-context";
import { Conflict } from "./conflict";
import { EditBar } from "./edit-bar";
import { PanelDialog } from "./panel-dialog";
import { KEYS_HELP, type PanelActs, PanelControls, ResizeCorner } from "./panel-handles";
import { useDraft } from "./use-draft";
import { useDrag } from "./use-drag";
import { useSave } from "./use-save";
import { VariablesDialog } from "./variables-dialog";

const route = getRouteApi("/app/dashboards/$dashboardId");

interface EditorProps {
  dashboard: DashboardDetail;
  context: PanelContext;
  /** The time control. */
  time: ReactNode;
  variablesOf: (variables: DashboardVariable[]) => ReactNode;
}

const titleOf = (panel: Panel) => panel.title || KINDS[panel.kind].title;

/** A dashboard while it is changed: nothing of it is saved before somebody says so. */
export function Editor({ dashboard, context: shown, time, variablesOf }: EditorProps) {
  const navigate = route.useNavigate();
  const draft = useDraft(dashboard);
  const { spec } = draft.now;
  const { panels } = spec;
  const context = { ...shown, variables: spec.variables };
  const saved = useRef(false);
  const [edited, setEdited] = useState<Panel | null>(null);
  const [choosing, setChoosing] = useState(false);
  const [said, setSaid] = useState("");
  const [focused, setFocused] = useState<{ id: number } | null>(null);
  const undo = useRef<HTMLButtonElement>(null);
  const put = (next: Panel[]) => draft.changeSpec({ panels: next });
  const drag = useDrag(panels, put);
  const leave = () => void navigate({ search: ({ edit: _, ...rest }) => rest, replace: true });
  const save = useSave(dashboard, draft, () => {
    saved.current = true;
    leave();
  });

  // A panel that changes its place in the document loses the focus; one that is new gets it.
  useEffect(() => {
    if (focused === null) return;
    const place = document.querySelector(`[data-panel="${focused.id}"]`);
    if (place?.contains(document.activeElement)) return;
    const handles = [...(place?.querySelectorAll<HTMLElement>("[data-grab=move], [aria-haspopup=menu]") ?? [])];
    handles.find((one) => one.checkVisibility())?.focus();
    place?.scrollIntoView({ block: "nearest" });
  }, [focused]);

  const arranged = (panel: Panel, next: Panel[]) => {
    const title = titleOf(panel);
    if (JSON.stringify(next) === JSON.stringify(panels)) {
      setSaid(t`${title} cannot go further`);
      return;
    }
    put(next);
    setFocused({ id: panel.id });
    const { x, y, w: width, h: height } = next.find(({ id }) => id === panel.id)?.grid ?? panel.grid;
    const [column, row] = [x + 1, y + 1];
    setSaid(t`${title}: column ${column}, row ${row}, ${width} wide, ${height} high`);
  };
  const actsOf = (panel: Panel): PanelActs => ({
    edit: () => setEdited(panel),
    duplicate:
      panels.length >= MAX_PANELS
        ? null
        : () => {
            const added = withPanel(spec, (standing) => ({ ...panel, ...standing, title: panel.title }), panel.grid);
            draft.change({ spec: added.spec });
            setFocused({ id: added.panel.id });
            setSaid(t`${titleOf(panel)} was duplicated`);
          },
    remove: () => {
      put(compacted(panels.filter(({ id }) => id !== panel.id)));
      setSaid(t`${titleOf(panel)} was removed. Undo takes that back.`);
      // The menu gives the focus back to a button that is gone by then.
      setTimeout(() => undo.current?.focus());
    },
    step: (step: Step) => arranged(panel, stepped(panels, panel.id, step)),
    reorder: (direction) => arranged(panel, reordered(panels, panel.id, direction)),
  });
  const add = (kind: PanelKind) => setEdited(withPanel(spec, (standing) => emptyPanel(kind, standing)).panel);
  const apply = (panel: Panel) => {
    const known = panels.some(({ id }) => id === panel.id);
    put(known ? panels.map((one) => (one.id === panel.id ? panel : one)) : [...panels, panel]);
    setFocused({ id: panel.id });
    setEdited(null);
  };

  return (
    <>
      <EditBar
        draft={draft}
        undoRef={undo}
        busy={save.busy}
        full={panels.length >= MAX_PANELS}
        problem={save.problem}
        onAdd={add}
        onVariables={() => setChoosing(true)}
        onSave={save.save}
        onClose={leave}
      >
        {time}
      </EditBar>
      <Conflict save={save} newer={dashboard.version > draft.base.version ? dashboard : null} onLeave={leave} />
      {variablesOf(spec.variables)}
      <p id={KEYS_HELP} className="sr-only">
        <Trans>Arrow keys move the panel, with Shift they change its size.</Trans>
      </p>
      <p role="status" className="sr-only">
        {said}
      </p>
      {panels.length === 0 && (
        <p className="card p-10 text-center text-muted">
          <Trans>Nothing stands here yet. “Add panel” begins.</Trans>
        </p>
      )}
      <DashboardView
        gridRef={drag.grid}
        spec={drag.preview === null ? spec : { ...spec, panels: drag.preview.panels }}
        context={context}
        {...(drag.preview !== null && { dragged: drag.preview })}
        asideOf={(panel) => <PanelControls panel={panel} title={titleOf(panel)} acts={actsOf(panel)} dragging={drag} />}
        overlayOf={(panel) => (
          <ResizeCorner panel={panel} title={titleOf(panel)} acts={actsOf(panel)} dragging={drag} />
        )}
      />
      {edited !== null && (
        <PanelDialog panel={edited} context={context} onApply={apply} onClose={() => setEdited(null)} />
      )}
      {choosing && (
        <VariablesDialog
          spec={spec}
          onApply={(next) => {
            draft.change({ spec: next });
            setChoosing(false);
          }}
          onClose={() => setChoosing(false)}
        />
      )}
      <UnsavedGuard
        what="dashboard"
        dirty={() => draft.dirty && !saved.current}
        leaves={({ pathname, search }) =>
          !pathname.endsWith(`/dashboards/${dashboard.id}`) || (search as { edit?: true }).edit !== true
        }
      />
    </>
  );
}
