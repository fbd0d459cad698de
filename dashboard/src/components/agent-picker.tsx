import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useId, useState } from "react";
import { cn } from "@/lib/cn";

interface PickableAgent {
  id: number;
  name: string;
  host: string;
}

interface AgentPickerProps<One extends PickableAgent> {
  agents: readonly One[];
  value: number | null;
  onChange: (agent: One) => void;
}

const SHOWN = 8;

/** Chooses one agent out of however many, by a part of its name or host. */
export function AgentPicker<One extends PickableAgent>({ agents, value, onChange }: AgentPickerProps<One>) {
  const id = useId();
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const found = agents.filter(({ name, host }) => `${name} ${host}`.toLowerCase().includes(wanted));
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>Agent</Trans>
      </legend>
      <input
        type="search"
        aria-label={t`Find an agent`}
        placeholder={t`Part of a name or host`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="touch h-9 w-full rounded-md border border-edge bg-surface px-3 text-sm placeholder:text-muted max-sm:text-base"
      />
      <div className="flex flex-col gap-0.5">
        {found.slice(0, SHOWN).map((one) => (
          <label
            key={one.id}
            className={cn(
              "touch flex items-center gap-2.5 rounded-md px-2 py-1.5 hover:bg-raised",
              one.id === value && "bg-raised",
            )}
          >
            <input
              type="radio"
              name={id}
              className="size-4 accent-accent"
              checked={one.id === value}
              onChange={() => onChange(one)}
            />
            <span className="min-w-0 flex-1 truncate">{one.name}</span>
            {one.host !== one.name && <span className="truncate text-muted text-xs">{one.host}</span>}
          </label>
        ))}
      </div>
      <p className="text-muted text-xs" role="status">
        {found.length === 0 && t`No agent has that in its name.`}
        {found.length > SHOWN && t`${{ more: found.length - SHOWN }} more; write more of the name.`}
      </p>
    </fieldset>
  );
}
