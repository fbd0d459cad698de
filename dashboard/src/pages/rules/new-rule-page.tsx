import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { asProblem } from "@/api/problem";
import { saveRule } from "@/api/rules";
import { FormProblem } from "@/components/entry";
import { RoleNote } from "@/components/role-note";
import { Skeleton } from "@/components/ui/skeleton";
import { changedFields, draftOf, EMPTY_DRAFT, obstacleOf, type RuleDraft, writtenRule } from "@/lib/rule-draft";
import { AlertingNav } from "@/pages/alerting/alerting-nav";
import { useGoverns } from "@/state/session";
import { Backtest } from "./backtest";
import { refreshRules, ruleQuery } from "./queries";
import { RuleFields } from "./rule-fields";
import { SaveBar } from "./save-bar";
import { UnsavedGuard } from "./unsaved-guard";
import { useCheck } from "./use-check";

const route = getRouteApi("/app/alerts/rules/new");

/** A rule that is being written, from nothing or as a copy of another. */
export function NewRulePage() {
  const { from } = route.useSearch();
  const governs = useGoverns();
  const copied = useQuery({ ...ruleQuery(from ?? 0), enabled: from !== undefined && governs });
  useEffect(() => {
    document.title = t`New rule · Opsentrix`;
  }, []);
  const begin = copied.data === undefined ? EMPTY_DRAFT : draftOf(copied.data.rule);
  const copy = copied.data !== undefined;
  return (
    <>
      <AlertingNav />
      <h1 className="mx-auto mb-4 w-full max-w-5xl font-semibold text-xl tracking-tight">
        <Trans>New rule</Trans>
      </h1>
      {!governs && <RoleNote needed="admin" everywhere what={t`Writing a rule`} />}
      {governs && copied.isLoading && <Skeleton className="h-96" />}
      {governs && !copied.isLoading && (
        <NewRule key={String(copy)} begin={copy ? { ...begin, name: t`${begin.name} (copy)` } : begin} />
      )}
    </>
  );
}

function NewRule({ begin }: { begin: RuleDraft }) {
  const navigate = useNavigate();
  const [draft, setDraft] = useState(begin);
  const saved = useRef(false);
  const check = useCheck(draft.expression);
  const save = useMutation({
    mutationFn: () => saveRule(null, { ...writtenRule(draft), enabled: true }),
    onSuccess: async ({ id }) => {
      saved.current = true;
      await refreshRules();
      await navigate({ to: "/alerts/rules/$ruleId", params: { ruleId: String(id) } });
    },
  });
  const problem = save.error === null ? null : asProblem(save.error);
  const dirty = changedFields(draft, begin).length > 0;
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <form
        className="card p-5"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <FormProblem text={problem?.advice ?? null} />
        <RuleFields
          draft={draft}
          onChange={(changes) => setDraft({ ...draft, ...changes })}
          check={check}
          problem={problem}
          readOnly={false}
        />
        <SaveBar
          label={t`Create rule`}
          obstacle={obstacleOf(draft, check.pending ? "" : check.parsed?.error)}
          busy={save.isPending}
          onDiscard={() => void navigate({ to: "/alerts/rules" })}
        />
      </form>
      <Backtest ruleId={null} draft={draft} usable={check.parsed?.error === "" && !check.pending} />
      <UnsavedGuard dirty={() => dirty && !saved.current} />
    </div>
  );
}
