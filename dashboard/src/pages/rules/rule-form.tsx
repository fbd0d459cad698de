import { t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import { saveRule } from "@/api/rules";
import type { AlertRule } from "@/api/types";
import { FormProblem } from "@/components/entry";
import { RoleNote } from "@/components/role-note";
import { obstacleOf, writtenRule } from "@/lib/rule-draft";
import { useGoverns } from "@/state/session";
import { Conflict } from "./conflict";
import { refreshRules } from "./queries";
import { RuleFields } from "./rule-fields";
import { SaveBar } from "./save-bar";
import { UnsavedGuard } from "./unsaved-guard";
import type { Check } from "./use-check";
import type { Drafting } from "./use-draft";

interface RuleFormProps {
  rule: AlertRule;
  drafting: Drafting;
  check: Check;
}

/** Changes a rule; each change is a new version, and none overwrites what it has not seen. */
export function RuleForm({ rule, drafting, check }: RuleFormProps) {
  const governs = useGoverns();
  const { draft, base, dirty, overtaken, change, rebase } = drafting;
  const save = useMutation({
    mutationFn: () => saveRule(rule.id, { ...writtenRule(draft), enabled: base.enabled, based_on: base.version }),
    onSuccess: async (saved) => {
      rebase(saved);
      await refreshRules();
    },
    // Refused because somebody else was faster: what they did is shown then.
    onError: refreshRules,
  });
  const problem = save.error === null ? null : asProblem(save.error);
  const mistake = check.pending ? "" : check.parsed?.error;
  return (
    <form
      aria-label={t`Rule`}
      className="card p-5"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {!governs && <RoleNote needed="admin" everywhere what={t`Changing a rule`} className="mb-4" />}
      {overtaken && (
        <Conflict base={base} theirs={rule} onTakeTheirs={() => rebase(rule)} onKeepMine={() => rebase(rule, draft)} />
      )}
      {problem !== null && problem.status !== 409 && (
        <div className="mb-4">
          <FormProblem text={problem.advice} />
        </div>
      )}
      <RuleFields draft={draft} onChange={change} check={check} problem={problem} readOnly={!governs} />
      {dirty && governs && (
        <SaveBar
          label={t`Save changes`}
          obstacle={overtaken ? t`Decide first what becomes of the other change.` : obstacleOf(draft, mistake)}
          busy={save.isPending}
          onDiscard={() => rebase(rule)}
        />
      )}
      <UnsavedGuard dirty={() => dirty && governs} />
    </form>
  );
}
