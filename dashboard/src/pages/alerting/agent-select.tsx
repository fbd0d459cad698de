import { t } from "@lingui/core/macro";
import { ChevronDown } from "lucide-react";
import { useEffect, useState } from "react";
import type { Agent } from "@/api/types";
import { AgentPicker } from "@/components/agent-picker";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { fleet } from "@/state/session";
import { useSignal } from "@/state/use-signal";

interface AgentSelectProps {
  label: string;
  /** Agents that cannot be chosen. */
  except?: readonly number[];
  disabled?: boolean;
  onChange: (agent: Agent) => void;
}

/** A button that lets one agent be chosen out of however many. */
export function AgentSelect({ label, except = [], disabled = false, onChange }: AgentSelectProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button className="font-normal" disabled={disabled} onClick={() => setOpen(true)}>
        {label}
        <ChevronDown className="size-3.5 text-muted" aria-hidden />
      </Button>
      {open && (
        <Choice
          except={except}
          onChoose={(agent) => {
            setOpen(false);
            onChange(agent);
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

interface ChoiceProps {
  except: readonly number[];
  onChoose: (agent: Agent) => void;
  onClose: () => void;
}

function Choice({ except, onChoose, onClose }: ChoiceProps) {
  const { agents } = useSignal(fleet.view);
  useEffect(() => fleet.use(), []);
  const offered = agents.filter(({ id }) => !except.includes(id));
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t`Which agent?`} className="sm:w-[28rem]">
      <AgentPicker agents={offered} value={null} onChange={onChoose} />
    </Dialog>
  );
}
