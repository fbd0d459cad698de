import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { agentQuery } from "@/pages/agent/agent-query";

/** The agent that a list is limited to. */
export function AgentChip({ id, onRemove }: { id: number; onRemove: () => void }) {
  const { data } = useQuery(agentQuery(id));
  return (
    <Button className="border-accent bg-accent/10 font-normal" onClick={onRemove}>
      <span className="max-w-48 truncate">{data?.name ?? t`agent ${id}`}</span>
      <X className="size-3.5 text-muted" aria-hidden />
      <span className="sr-only">
        <Trans>: remove this filter</Trans>
      </span>
    </Button>
  );
}
