import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation } from "@tanstack/react-query";
import { ExternalLink, Trash2 } from "lucide-react";
import { useState } from "react";
import { createMark, deleteMark } from "@/api/marks";
import { asProblem } from "@/api/problem";
import type { Mark } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { MachineNames } from "@/components/machine-names";
import { RoleNote } from "@/components/role-note";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { formatMoment } from "@/lib/time";
import { duration } from "@/lib/units";
import { lastDone } from "@/state/done";
import { refreshMarks } from "@/state/marks";
import { useMay } from "@/state/session";
import { madeBy } from "./set-mark";

/** What somebody noted: its words, its link, and whom it is about. */
export function MarkDialog({ mark, onClose }: { mark: Mark; onClose: () => void }) {
  const { title } = mark;
  const may = useMay("operator");
  const [sure, setSure] = useState(false);
  // Its machines are known by number to the hub alone: only a mark of the whole fleet can be made again.
  const undoable = mark.agents === null;
  const [at, until] = [Date.parse(mark.at) / 1000, Date.parse(mark.until) / 1000];
  const [what, when, time] = [madeBy(mark), formatMoment(at), duration(until - at)];
  const remove = useMutation({
    mutationFn: () => deleteMark(mark.id),
    onSuccess: async () => {
      onClose();
      lastDone.set({ text: t`“${title}” was deleted`, undo: undoable ? () => again(mark) : null });
      await refreshMarks();
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={until > at ? t`${what}, ${when}, for ${time}` : `${what}, ${when}`}
      className="sm:w-[30rem]"
    >
      <div className="flex flex-col gap-4">
        <FormProblem text={remove.error === null ? null : asProblem(remove.error).advice} />
        {mark.text !== "" && <p className="whitespace-pre-wrap break-words">{mark.text}</p>}
        {mark.url !== "" && (
          <a
            href={mark.url}
            target="_blank"
            rel="noopener noreferrer"
            className="touch inline-flex items-center gap-1.5 self-start break-all text-accent hover:underline"
          >
            {mark.url}
            <ExternalLink className="size-3.5 shrink-0" aria-label={t`opens in a new tab`} />
          </a>
        )}
        {mark.tags.length > 0 && (
          <p className="flex flex-wrap gap-1">
            {mark.tags.map((tag) => (
              <Badge key={tag}>{tag}</Badge>
            ))}
          </p>
        )}
        {mark.agents === null ? (
          <p className="text-muted">
            <Trans>About the whole fleet.</Trans>
          </p>
        ) : (
          <MachineNames names={mark.agent_names} count={mark.agents} />
        )}
        <div className="flex flex-wrap items-center justify-end gap-2">
          {!may && (
            <RoleNote needed="operator" what={t({ message: "Deleting it", context: "mark" })} className="me-auto" />
          )}
          <Button
            variant={sure ? "danger" : "secondary"}
            disabled={!may || remove.isPending}
            onClick={() => (undoable || sure ? remove.mutate() : setSure(true))}
          >
            <Trash2 className="size-4" aria-hidden />
            {sure ? t`Delete for good` : t`Delete`}
          </Button>
          <Button variant="primary" onClick={onClose}>
            <Trans>Close</Trans>
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

async function again({ title, kind, text, tags, url, at, until }: Mark): Promise<void> {
  const [time, end] = [Date.parse(at) / 1000, Date.parse(until) / 1000];
  await createMark({ title, kind, text, tags, url, time, end, agents: null });
  await refreshMarks();
}
