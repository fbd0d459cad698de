import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Plus, Undo, Variable } from "lucide-react";
import type { ReactNode, Ref } from "react";
import { FormProblem } from "@/components/entry";
import { Button } from "@/components/ui/button";
import { Menu, MenuItem } from "@/components/ui/menu";
import type { PanelKind } from "@/lib/dashboard-spec";
import { KINDS } from "../panels/kinds";
import type { useDraft } from "./use-draft";

const ORDER: readonly PanelKind[] = ["timeseries", "stat", "table", "map", "incidents", "text"];

interface EditBarProps {
  draft: ReturnType<typeof useDraft>;
  undoRef: Ref<HTMLButtonElement>;
  busy: boolean;
  /** No further panel is possible. */
  full: boolean;
  problem: string | null;
  onAdd: (kind: PanelKind) => void;
  onVariables: () => void;
  onSave: () => void;
  onClose: () => void;
  /** The time control. */
  children: ReactNode;
}

const INPUT = "touch w-full rounded-md border border-edge bg-surface px-2.5 placeholder:text-muted max-sm:text-base";

/** Above a dashboard that is being changed: what it is called, and all that concerns it as a whole. */
export function EditBar(props: EditBarProps) {
  const { draft, undoRef, busy, full, problem, onAdd, onVariables, onSave, onClose, children } = props;
  const { now, dirty } = draft;
  return (
    <div className="mb-4 flex flex-col gap-3">
      <h1 className="sr-only">
        <Trans>Edit {draft.base.name}</Trans>
      </h1>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-3">
        <div className="flex min-w-0 flex-1 basis-72 flex-wrap gap-2">
          <input
            aria-label={t`Name`}
            required
            maxLength={128}
            value={now.name}
            onChange={({ target }) => draft.type({ name: target.value })}
            className={`${INPUT} h-9 min-w-0 flex-1 basis-48 font-semibold text-base`}
          />
          <input
            aria-label={t`Description`}
            placeholder={t`What it is for`}
            maxLength={500}
            value={now.description}
            onChange={({ target }) => draft.type({ description: target.value })}
            className={`${INPUT} h-9 min-w-0 flex-2 basis-56 text-sm`}
          />
        </div>
        {children}
      </div>
      <div className="sticky top-14 z-20 flex flex-wrap items-center gap-2 rounded-lg border border-accent/40 bg-surface p-2 shadow-sm">
        <Menu
          align="start"
          label={t`Add panel`}
          trigger={
            <Button variant="primary" disabled={full}>
              <Plus className="size-4" aria-hidden />
              <Trans>Add panel</Trans>
            </Button>
          }
        >
          {ORDER.map((kind) => {
            const { label, icon: Icon } = KINDS[kind];
            return (
              <MenuItem key={kind} onSelect={() => onAdd(kind)}>
                <Icon className="size-4 text-muted" aria-hidden />
                {label}
              </MenuItem>
            );
          })}
        </Menu>
        <Button onClick={onVariables}>
          <Variable className="size-4 text-muted" aria-hidden />
          <Trans>Variables</Trans>
        </Button>
        <Button ref={undoRef} variant="ghost" disabled={!draft.canUndo} onClick={draft.undo}>
          <Undo className="size-4" aria-hidden />
          <Trans>Undo</Trans>
        </Button>
        <span className="ms-auto flex gap-2">
          <Button onClick={onClose}>{dirty ? t`Discard` : t`Close`}</Button>
          <Button variant="primary" disabled={!dirty || busy || now.name.trim() === ""} onClick={onSave}>
            {busy ? t`Saving…` : t`Save`}
          </Button>
        </span>
      </div>
      <FormProblem text={problem} />
    </div>
  );
}
