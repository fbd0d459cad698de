import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronsUpDown, CopyPlus, GripVertical, MoveDiagonal2, SquarePen, Trash2 } from "lucide-react";
import type { KeyboardEvent } from "react";
import { ChangeMenu } from "@/components/change-menu";
import { MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import type { Panel } from "@/lib/dashboard-spec";
import type { Step } from "@/lib/grid-layout";
import type { Dragging, Grab } from "./use-drag";

/** Says what the keys do on a handle. */
export const KEYS_HELP = "panel-keys-help";

export interface PanelActs {
  edit: () => void;
  duplicate: (() => void) | null;
  remove: () => void;
  step: (step: Step) => void;
  /** Through the list that a phone shows. */
  reorder: (direction: -1 | 1) => void;
}

interface HandlesProps {
  panel: Panel;
  title: string;
  acts: PanelActs;
  dragging: Dragging;
}

const MOVES: Record<string, Step> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const SIZES: Record<string, Step> = {
  ...{ ArrowLeft: "narrower", ArrowRight: "wider", ArrowUp: "shorter", ArrowDown: "taller" },
};
const STEPS: readonly { step: Step; label: string }[] = [
  { step: "up", label: t`Move up` },
  { step: "down", label: t`Move down` },
  { step: "left", label: t`Move left` },
  { step: "right", label: t`Move right` },
  { step: "wider", label: t`Wider` },
  { step: "narrower", label: t`Narrower` },
  { step: "taller", label: t`Taller` },
  { step: "shorter", label: t`Shorter` },
];

/** Beside a panel's title while the dashboard is changed: the handle to move it by, and all that can be done with it. */
export function PanelControls({ panel, title, acts, dragging }: HandlesProps) {
  return (
    <>
      <Handle {...{ panel, acts, dragging }} grab="move" label={t`Move ${title}`} />
      <ChangeMenu name={title} className="-me-2 size-7">
        <MenuItem onSelect={acts.edit}>
          <SquarePen className="size-4 text-muted" aria-hidden />
          <Trans>Edit</Trans>
        </MenuItem>
        <MenuItem disabled={acts.duplicate === null} onSelect={() => acts.duplicate?.()}>
          <CopyPlus className="size-4 text-muted" aria-hidden />
          <Trans>Duplicate</Trans>
        </MenuItem>
        <MenuItem danger onSelect={acts.remove}>
          <Trash2 className="size-4" aria-hidden />
          <Trans>Remove</Trans>
        </MenuItem>
        <MenuSeparator />
        <div className="md:hidden">
          <MenuItem stays onSelect={() => acts.reorder(-1)}>
            <ChevronsUpDown className="size-4 text-muted" aria-hidden />
            <Trans>Before the one above</Trans>
          </MenuItem>
          <MenuItem stays onSelect={() => acts.reorder(1)}>
            <ChevronsUpDown className="size-4 text-muted" aria-hidden />
            <Trans>Behind the one below</Trans>
          </MenuItem>
          <MenuItem stays onSelect={() => acts.step("taller")}>
            <Trans>Taller</Trans>
          </MenuItem>
          <MenuItem stays onSelect={() => acts.step("shorter")}>
            <Trans>Shorter</Trans>
          </MenuItem>
        </div>
        <div className="max-md:hidden">
          <MenuLabel>
            <Trans>Place and size</Trans>
          </MenuLabel>
          {STEPS.map(({ step, label }) => (
            <MenuItem key={step} stays onSelect={() => acts.step(step)}>
              {label}
            </MenuItem>
          ))}
        </div>
      </ChangeMenu>
    </>
  );
}

/** At the corner of a panel while the dashboard is changed: the handle to pull it larger by. */
export function ResizeCorner({ panel, title, acts, dragging }: HandlesProps) {
  return (
    <div className="absolute end-0.5 bottom-0.5 z-10 max-md:hidden">
      <Handle {...{ panel, acts, dragging }} grab="resize" label={t`Resize ${title}`} />
    </div>
  );
}

interface HandleProps {
  panel: Panel;
  grab: Grab;
  label: string;
  acts: PanelActs;
  dragging: Dragging;
}

/** What the pointer drags and the arrow keys move. */
function Handle({ panel, grab, label, acts, dragging }: HandleProps) {
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape") dragging.end(false);
    const step = (grab === "resize" || event.shiftKey ? SIZES : MOVES)[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    acts.step(step);
  };
  return (
    <button
      type="button"
      data-grab={grab}
      aria-label={label}
      aria-describedby={KEYS_HELP}
      onKeyDown={press}
      onPointerDown={(event) => dragging.begin(panel, grab, event)}
      onPointerMove={dragging.move}
      onPointerUp={() => dragging.end(true)}
      onPointerCancel={() => dragging.end(false)}
      className={
        grab === "move"
          ? "grid size-7 cursor-grab touch-none place-items-center rounded-md text-muted hover:bg-raised hover:text-text active:cursor-grabbing max-md:hidden"
          : "grid size-6 cursor-nwse-resize touch-none place-items-center rounded-md bg-surface text-muted hover:bg-raised hover:text-text"
      }
    >
      {grab === "move" ? (
        <GripVertical className="size-4" aria-hidden />
      ) : (
        <MoveDiagonal2 className="size-3.5" aria-hidden />
      )}
    </button>
  );
}
