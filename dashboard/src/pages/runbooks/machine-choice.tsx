import { ph, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useState } from "react";
import type { Agent } from "@/api/types";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/language";
import { STATUS_WORDS } from "@/pages/agents/status-words";

type Machine = Pick<Agent, "id" | "name" | "environment" | "status">;

interface MachineChoiceProps {
  machines: readonly Machine[];
  value: readonly number[];
  onChange: (ids: number[]) => void;
}

const SHOWN = 8;

/** Chooses some of however many machines, by a part of their names. */
export function MachineChoice({ machines, value, onChange }: MachineChoiceProps) {
  const [text, setText] = useState("");
  const wanted = text.trim().toLowerCase();
  const chosen = machines.filter(({ id }) => value.includes(id));
  const found = machines.filter(({ name }) => name.toLowerCase().includes(wanted));
  // What is chosen stays in sight, whatever is looked for.
  const shown = [...chosen, ...found.filter(({ id }) => !value.includes(id)).slice(0, SHOWN)];
  const hidden = found.length - found.filter((one) => shown.includes(one)).length;
  return (
    <fieldset className="flex flex-col gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>Machines</Trans>
      </legend>
      {machines.length > SHOWN && (
        <input
          type="search"
          aria-label={t`Find a machine`}
          placeholder={t`Part of a name`}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="touch h-9 w-full rounded-md border border-edge bg-surface px-3 text-sm placeholder:text-muted max-sm:text-base"
        />
      )}
      <div className="flex max-h-60 flex-col gap-0.5 overflow-y-auto">
        {shown.map(({ id, name, environment, status }) => (
          <label
            key={id}
            className={cn(
              "touch flex items-center gap-2.5 rounded-md px-2 py-1.5 hover:bg-raised",
              value.includes(id) && "bg-raised",
            )}
          >
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={value.includes(id)}
              onChange={() => onChange(value.includes(id) ? value.filter((one) => one !== id) : [...value, id])}
            />
            <span className="min-w-0 flex-1 truncate">{name}</span>
            <span className="truncate text-muted text-xs">
              {[environment, status === "online" ? "" : STATUS_WORDS[status]].filter((one) => one !== "").join(", ")}
            </span>
          </label>
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <p className="text-muted text-xs" role="status">
          {machines.length === 0 && t`It covers no machine now.`}
          {machines.length > 0 && found.length === 0 && t`No machine has that in its name.`}
          {hidden > 0 && t`${{ hidden: formatCount(hidden) }} more; write a part of the name.`}
        </p>
        {machines.length > 1 && machines.length <= 50 && value.length < machines.length && (
          <Button size="sm" variant="ghost" onClick={() => onChange(machines.map(({ id }) => id))}>
            <Trans>Choose all {ph({ count: machines.length })}</Trans>
          </Button>
        )}
      </div>
    </fieldset>
  );
}
