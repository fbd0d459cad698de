import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { lazy, type ReactNode, Suspense, useMemo } from "react";
import { asProblem } from "@/api/problem";
import { FormProblem } from "@/components/entry";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { alertLabels } from "@/lib/alert-labels";
import { placeWords } from "@/lib/runbook-words";
import { metricsQuery, ruleNamesQuery } from "@/pages/rules/queries";
import { useVocabulary } from "@/pages/rules/use-vocabulary";
import { EditorProvider, type Mistake, sentence } from "./editor-context";
import { Form } from "./form";
import type { Editing, View } from "./use-editor";
import { useOffers } from "./use-offers";

const YamlField = lazy(() => import("./yaml-field").then((module) => ({ default: module.YamlField })));

const VIEWS: readonly { value: View; label: string }[] = [
  { value: "form", label: t`Visual` },
  { value: "yaml", label: "YAML" },
];
const NOTE = "runbook-note";

interface EditorProps {
  editing: Editing;
  readOnly: boolean;
  /** What stands above the fields: why it was not saved, what others did. */
  children?: ReactNode;
}

/** A runbook in two forms of the same thing: fields, and text. */
export function Editor({ editing, readOnly, children }: EditorProps) {
  const { view, draft, yaml, parsed, change, write, show, switching, error } = editing;
  const wrong = parsed !== undefined && parsed.error !== "" ? parsed : null;
  const mistake: Mistake | null =
    wrong === null || view === "yaml"
      ? null
      : { path: wrong.path, text: wrong.error, position: wrong.position, hint: wrong.hint };
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-2">
        <Segmented label={t`How it is shown`} value={view} options={VIEWS} onChange={show} />
        <p className="min-w-0 flex-1 text-muted text-xs">
          {switching
            ? t`Reading…`
            : view === "yaml"
              ? t`The same runbook as text. Comments are not kept: say in the description what matters.`
              : t`The same runbook as fields; YAML shows it as text.`}
        </p>
      </div>
      {children}
      <FormProblem text={error === null ? null : asProblem(error).advice} />
      {view === "yaml" ? (
        <Suspense fallback={<Skeleton className="h-96" />}>
          <YamlField
            value={yaml}
            onChange={write}
            mistake={wrong?.line == null ? null : { line: wrong.line, column: wrong.column ?? 1 }}
            readOnly={readOnly}
            noteId={NOTE}
          />
        </Suspense>
      ) : (
        <Fields editing={editing} mistake={mistake} readOnly={readOnly}>
          <Form draft={draft} onChange={change} />
        </Fields>
      )}
      <div id={NOTE} aria-live="polite" className="mt-3 flex flex-col gap-1.5 empty:hidden">
        {wrong !== null && (
          <p className="flex items-start gap-2 text-bad">
            <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden />
            <span className="min-w-0 break-words">
              {view === "yaml" && wrong.line !== null && (
                <span className="font-medium">
                  {wrong.column === null
                    ? t`Line ${{ line: wrong.line }}:`
                    : t`Line ${{ line: wrong.line }}, column ${{ column: wrong.column }}:`}{" "}
                </span>
              )}
              {view === "form" && wrong.path !== "" && <span className="font-medium">{placeWords(wrong.path)}: </span>}
              {sentence(wrong.error)}
              {wrong.hint !== "" && (
                <span className="text-muted">
                  {" "}
                  <Trans>
                    Did you mean <code className="font-mono text-text">{ph({ word: wrong.hint })}</code>?
                  </Trans>
                </span>
              )}
            </span>
          </p>
        )}
        {parsed?.warnings.map(({ path, detail }) => (
          <p key={`${path} ${detail}`} className="flex items-start gap-2 text-warn text-xs">
            <TriangleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden />
            <span className="min-w-0 break-words">
              {path !== "" && <span className="font-medium">{placeWords(path)}: </span>}
              {sentence(detail)}
            </span>
          </p>
        ))}
      </div>
    </>
  );
}

interface FieldsProps {
  editing: Editing;
  mistake: Mistake | null;
  readOnly: boolean;
  children: ReactNode;
}

/** Gives the fields what they complete from and complain with. */
function Fields({ editing: { draft }, mistake, readOnly, children }: FieldsProps) {
  const vocabulary = useVocabulary();
  const rules = useQuery(ruleNamesQuery).data;
  const metrics = useQuery(metricsQuery).data?.items;
  const offers = useOffers(draft.on);
  const patterns = draft.triggers.flatMap((one) => (one.kind === "alert" ? [one.rule] : [])).join("\n");
  const labels = useMemo(
    () => alertLabels(patterns === "" ? [] : patterns.split("\n"), rules ?? [], metrics ?? []),
    [patterns, rules, metrics],
  );
  const known = { ...vocabulary, alertLabels: labels };
  const on = offers.mistake === null ? draft.on.trim() : "";
  return <EditorProvider value={{ readOnly, mistake, offers, known, on }}>{children}</EditorProvider>;
}
