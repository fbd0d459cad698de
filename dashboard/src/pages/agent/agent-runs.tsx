import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import type { Agent } from "@/api/types";
import { RunList } from "@/pages/runbooks/run-list";

/** What runbooks did on a machine. */
export function AgentRuns({ agent }: { agent: Agent }) {
  return (
    <section id="runs" aria-labelledby="runs-title" className="scroll-mt-28 pt-6">
      <h2 id="runs-title" className="mb-2.5 font-semibold text-base tracking-tight">
        <Trans>Runbooks</Trans>
      </h2>
      <RunList filter={{ agent: agent.id }} of="agent" first={5} none={t`No runbook ran here.`} />
    </section>
  );
}
