import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { ChevronRight, Circle, CircleCheck } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import type { SetupFacts, Step, StepId } from "@/lib/setup";

const LINE = "flex h-full min-h-14 items-start gap-3 px-4 py-2.5 outline-offset-[-3px] hover:bg-raised";

/** What each step says, before and after it is done. */
const TEXTS: Record<StepId, { todo: string; done: string; why: string }> = {
  server: {
    todo: t`Add a server`,
    done: t`A server reports`,
    why: t`One command on it, and its samples are here within seconds.`,
  },
  rules: { todo: t`Turn rules on`, done: t`Rules watch`, why: t`They say what is wrong; most need no change.` },
  told: { todo: t`Choose who is told`, done: t`Somebody is told`, why: t`Until then incidents are seen here alone.` },
  factor: {
    todo: t`Turn on your second factor`,
    done: t`Your second factor is on`,
    why: t`A password alone can be lost.`,
  },
  people: {
    todo: t`Invite somebody`,
    done: t`Others can log in`,
    why: t`Each with a role, and for the agents you choose.`,
  },
};

interface SetupStepsProps {
  steps: readonly Step[];
  facts: SetupFacts;
  className?: string;
}

/** The steps, each with the way to where it is done. */
export function SetupSteps({ steps, facts, className }: SetupStepsProps) {
  return (
    <ol aria-label={t`First steps`} className={className}>
      {steps.map((step) => (
        <li key={step.id}>
          <StepLink step={step} facts={facts}>
            {step.done ? (
              <CircleCheck className="size-5 shrink-0 text-ok" aria-hidden />
            ) : (
              <Circle className="size-5 shrink-0 text-muted" aria-hidden />
            )}
            <span className="min-w-0 flex-1">
              <span className={cn("block", !step.done && "font-medium")}>
                {step.done ? TEXTS[step.id].done : TEXTS[step.id].todo}
                {step.done && (
                  <span className="sr-only">
                    {" "}
                    <Trans>(done)</Trans>
                  </span>
                )}
              </span>
              <span className="block text-muted text-xs">{detail(step, facts)}</span>
            </span>
            <ChevronRight className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
          </StepLink>
        </li>
      ))}
    </ol>
  );
}

/** Of what is done what there is to see; of what is not why it is worth it. */
function detail({ id, done }: Step, { reporting, rules = 0, people = 0 }: SetupFacts): string {
  if (id === "server" && reporting !== null) {
    const { name } = reporting;
    return t`Look at the charts of ${name}.`;
  }
  if (id === "rules" && done)
    return plural(rules, { one: "# is on: look at what it says.", other: "# are on: look at what they say." });
  if (id === "people" && done)
    return plural(people, { one: "# person has an account.", other: "# people have an account." });
  return TEXTS[id].why;
}

function StepLink({ step: { id }, facts, children }: { step: Step; facts: SetupFacts; children: ReactNode }) {
  if (id === "server" && facts.reporting !== null) {
    return (
      <Link to="/agents/$agentId" params={{ agentId: String(facts.reporting.id) }} className={LINE}>
        {children}
      </Link>
    );
  }
  return (
    <Link to={PLACES[id]} className={LINE}>
      {children}
    </Link>
  );
}

const PLACES = {
  server: "/agents",
  rules: "/alerts/rules",
  told: "/settings/notifications",
  factor: "/account",
  people: "/settings/people",
} as const;
