import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { asKind, isComplete, type Panel, type PanelKind } from "@/lib/dashboard-spec";
import { filledText } from "@/lib/panel-query";
import { AnyPanel, KINDS } from "../panels/kinds";
import type { PanelContext } from "../panels/panel-context";
import { PanelFields } from "./panel-fields";

const OPTIONS = Object.entries(KINDS).map(([value, { label }]) => ({ value: value as PanelKind, label }));

interface PanelDialogProps {
  panel: Panel;
  context: PanelContext;
  onApply: (panel: Panel) => void;
  onClose: () => void;
}

/** Changes one panel, and shows meanwhile what it will look like. */
export function PanelDialog({ panel, context, onApply, onClose }: PanelDialogProps) {
  const [draft, setDraft] = useState(panel);
  const complete = isComplete(draft);
  const title = filledText(draft.title, context.variables, context.chosen, context.names);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={panel.title === "" ? KINDS[draft.kind].label : t`Edit ${panel.title}`}
      className="sm:w-[min(60rem,calc(100vw-2rem))]"
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (complete) onApply(draft);
        }}
      >
        <div className="h-60 min-w-0">
          {complete ? (
            <AnyPanel panel={draft} title={title || KINDS[draft.kind].title} context={context} asking aside={null} />
          ) : (
            <p className="grid h-full place-content-center rounded-lg border border-dashed text-muted">
              {draft.kind === "text" ? t`Write something below.` : t`Choose a metric below.`}
            </p>
          )}
        </div>
        <div className="flex flex-wrap items-end gap-4">
          <div className="min-w-0 flex-1 basis-64">
            <Field
              label={t`Title`}
              value={draft.title}
              maxLength={256}
              placeholder={KINDS[draft.kind].title}
              onChange={({ target }) => setDraft({ ...draft, title: target.value })}
            />
          </div>
          <Segmented
            label={t`Kind of panel`}
            value={draft.kind}
            options={OPTIONS}
            onChange={(kind) => setDraft(asKind(draft, kind))}
            className="max-w-full overflow-x-auto"
          />
        </div>
        <PanelFields panel={draft} context={context} onChange={setDraft} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" disabled={!complete}>
            <Trans>Apply</Trans>
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
