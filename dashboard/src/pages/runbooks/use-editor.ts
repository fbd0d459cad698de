import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { parseRunbook, type Written } from "@/api/runbooks";
import type { ParsedRunbook } from "@/api/types";
import { draftOf, formOf, type RunbookDraft, type RunbookForm, sameDraft } from "@/lib/runbook-form";
import { useSettled } from "@/state/use-settled";

const PAUSE_MS = 350;

export type View = "form" | "yaml";

/** What the editor began with: a stored version, or what a new runbook begins as. */
export interface Base {
  definition: RunbookForm | null;
  yaml: string;
}

/** A runbook that is being written, in either of its forms. */
export interface Editing {
  view: View;
  draft: RunbookDraft;
  yaml: string;
  dirty: boolean;
  /** What the hub says of what is written; undefined while it says nothing yet. */
  parsed: ParsedRunbook | undefined;
  /** What is written now was not answered yet. */
  pending: boolean;
  error: Error | null;
  written: Written;
  switching: boolean;
  change: (changes: Partial<RunbookDraft>) => void;
  write: (yaml: string) => void;
  /** Shows the other form of the same thing; stays where it is when there is a mistake to be mended first. */
  show: (view: View) => void;
  /** Begins anew from another version. */
  restart: (base: Base) => void;
  /** Takes the text of another version as a change of this one. */
  take: (base: Base) => void;
}

const draftFrom = ({ definition }: Base): RunbookDraft => draftOf(definition ?? { name: "", steps: [{ action: "" }] });

/** Holds a runbook while it is written, as fields or as YAML, and has the hub read it meanwhile. */
export function useEditor(begin: Base): Editing {
  const [base, setBase] = useState(begin);
  const [view, setView] = useState<View>("form");
  const [draft, setDraft] = useState(() => draftFrom(begin));
  const [yaml, setYaml] = useState(begin.yaml);
  const written: Written = view === "yaml" ? { yaml } : { definition: formOf(draft) };
  const now = JSON.stringify(written);
  const text = useSettled(now, PAUSE_MS);
  const check = useQuery({
    queryKey: ["runbook-check", text],
    queryFn: async ({ signal }) => ({ text, parsed: await parseRunbook(JSON.parse(text) as Written, signal) }),
    placeholderData: (previous) => previous,
    staleTime: 10_000,
    gcTime: 60_000,
  });
  const put = (next: Base) => {
    setDraft(draftFrom(next));
    setYaml(next.yaml);
  };
  const turn = useMutation({
    mutationFn: async (to: View) => ({ to, parsed: await parseRunbook(written) }),
    onSuccess: ({ to, parsed }) => {
      if (parsed.definition === null) return;
      if (to === "yaml") setYaml(parsed.yaml);
      else setDraft(draftOf(parsed.definition));
      setView(to);
    },
  });
  const dirty = view === "form" ? !sameDraft(draft, draftFrom(base)) : yaml.trimEnd() !== base.yaml.trimEnd();
  return {
    view,
    draft,
    yaml,
    dirty,
    parsed: check.data?.parsed,
    pending: check.data?.text !== now,
    error: check.error ?? turn.error,
    written,
    switching: turn.isPending,
    change: (changes) => setDraft((before) => ({ ...before, ...changes })),
    write: setYaml,
    show: (to) => to !== view && turn.mutate(to),
    restart: (next) => {
      setBase(next);
      put(next);
    },
    take: put,
  };
}
