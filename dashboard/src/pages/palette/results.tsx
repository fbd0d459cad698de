import { t } from "@lingui/core/macro";
import { ChartLine, CornerDownLeft, FileText, Zap } from "lucide-react";
import { useEffect, useRef } from "react";
import { StatusShape } from "@/components/status";
import { cn } from "@/lib/cn";
import { STATUS_WORDS } from "@/pages/agents/status-words";
import type { Choice, Group } from "./choices";
import { Keys } from "./keys";

interface ResultsProps {
  /** The ids of the list and its options begin with it. */
  id: string;
  groups: readonly Group[];
  active: number;
  onPoint: (at: number) => void;
  onChoose: (choice: Choice) => void;
}

/** The choices below the field; the focus stays in the field, which names the active one. */
export function Results({ id, groups, active, onPoint, onChoose }: ResultsProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (active >= 0) list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  let first = 0;
  return (
    <div
      ref={list}
      id={`${id}-list`}
      role="listbox"
      aria-label={t`Found`}
      className={cn("min-h-0 overflow-y-auto p-2", groups.length === 0 && "hidden")}
    >
      {groups.map(({ title, choices }, number) => {
        const begin = first;
        first += choices.length;
        return (
          // biome-ignore lint/a11y/useSemanticElements: options of a listbox are grouped by role, a fieldset is for forms
          <div key={title} role="group" aria-labelledby={`${id}-group-${number}`} className="not-first:mt-2">
            <div id={`${id}-group-${number}`} className="px-2 py-1 font-medium text-2xs text-muted">
              {title}
            </div>
            {choices.map((choice, place) => (
              <Option
                key={choice.id}
                id={`${id}-${begin + place}`}
                choice={choice}
                active={begin + place === active}
                onPoint={() => onPoint(begin + place)}
                onChoose={() => onChoose(choice)}
              />
            ))}
          </div>
        );
      })}
    </div>
  );
}

interface OptionProps {
  id: string;
  choice: Choice;
  active: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Option({ id, choice, active, onPoint, onChoose }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the combobox
    <div
      id={id}
      role="option"
      aria-selected={active}
      onMouseMove={() => !active && onPoint()}
      onClick={onChoose}
      className={cn("touch flex cursor-default items-center gap-3 rounded-md px-2 py-1.5", active && "bg-raised")}
    >
      <span className="grid size-4 shrink-0 place-items-center text-muted">
        {choice.kind === "agent" && <StatusShape status={choice.status} />}
        {choice.kind === "page" && <FileText className="size-4" aria-hidden />}
        {choice.kind === "metric" && <ChartLine className="size-4" aria-hidden />}
        {choice.kind === "act" && <Zap className="size-4" aria-hidden />}
      </span>
      <span className="min-w-0 truncate">{choice.label}</span>
      {choice.kind === "agent" && <span className="sr-only">{STATUS_WORDS[choice.status]}</span>}
      <span className="min-w-0 flex-1 truncate text-muted text-xs">{choice.detail}</span>
      {choice.kind === "page" && choice.keys !== "" && (
        <span className="max-sm:hidden" aria-hidden>
          <Keys of={choice.keys} />
        </span>
      )}
      {active && <CornerDownLeft className="size-3.5 shrink-0 text-muted max-sm:hidden" aria-hidden />}
    </div>
  );
}
