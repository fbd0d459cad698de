import { t } from "@lingui/core/macro";
import { X } from "lucide-react";
import { AgentSelect } from "@/pages/alerting/agent-select";

interface AgentChoiceProps {
  value: readonly number[];
  names: ReadonlyMap<number, string>;
  onChange: (agents: number[]) => void;
}

/** Chooses single agents, each with a button that leaves it out again. */
export function AgentChoice({ value, names, onChange }: AgentChoiceProps) {
  return (
    <>
      <AgentSelect label={t`Agents`} except={value} onChange={({ id }) => onChange([...value, id])} />
      {value.map((id) => {
        const name = names.get(id);
        return (
          <span key={id} className="inline-flex h-8 items-center rounded-md border border-accent bg-accent/10 ps-2.5">
            <span className="max-w-40 truncate">{name ?? t`Agent ${id}`}</span>
            <button
              type="button"
              aria-label={name === undefined ? t`Leave out agent ${id}` : t`Leave out ${name}`}
              onClick={() => onChange(value.filter((one) => one !== id))}
              className="touch grid size-7 place-items-center text-muted hover:text-text"
            >
              <X className="size-3.5" aria-hidden />
            </button>
          </span>
        );
      })}
    </>
  );
}
