import { Trans } from "@lingui/react/macro";
import { Hand, Lightbulb, type LucideIcon, Zap } from "lucide-react";
import { useId } from "react";
import { StateMark } from "@/components/state-mark";
import { cn } from "@/lib/cn";
import type { ModeName } from "@/lib/runbook-form";
import { MODES, modeLabel } from "@/lib/runbook-words";
import { useEditorContext, useMistake } from "./editor-context";

const ICONS: Record<ModeName, LucideIcon> = { suggest: Lightbulb, approve: Hand, automatic: Zap };
const COLORS: Record<ModeName, string> = { suggest: "text-info", approve: "text-accent", automatic: "text-warn" };

/** What a runbook does when it is triggered, as shape and word. */
export function ModeMark({ mode, className }: { mode: ModeName; className?: string }) {
  return (
    <StateMark look={{ icon: ICONS[mode], color: COLORS[mode] }} text={modeLabel(mode)} small className={className} />
  );
}

interface ModeFieldProps {
  value: ModeName;
  onChange: (mode: ModeName) => void;
}

/** What it does when it is triggered, each choice with what it means. */
export function ModeField({ value, onChange }: ModeFieldProps) {
  const name = useId();
  const { readOnly } = useEditorContext();
  const mistake = useMistake("mode");
  return (
    <fieldset disabled={readOnly}>
      <legend className="mb-1.5 font-medium text-sm">
        <Trans>When it is triggered</Trans>
      </legend>
      <div className="grid gap-2 md:grid-cols-3">
        {MODES.map(({ value: mode, label, text }) => {
          const Icon = ICONS[mode];
          return (
            <label
              key={mode}
              className={cn(
                "flex gap-2.5 rounded-lg border border-edge p-3 has-focus-visible:outline-2 has-focus-visible:outline-accent",
                mode === value ? "border-accent bg-accent/8" : !readOnly && "hover:bg-raised/60",
              )}
            >
              <input
                type="radio"
                name={name}
                className="sr-only"
                checked={mode === value}
                onChange={() => onChange(mode)}
              />
              <Icon className={cn("mt-0.5 size-4 shrink-0", COLORS[mode])} aria-hidden />
              <span>
                <span className="block font-medium">{label}</span>
                <span className="block text-muted text-xs">{text}</span>
              </span>
            </label>
          );
        })}
      </div>
      {mistake !== undefined && <p className="mt-1.5 text-bad text-xs">{mistake}</p>}
      {value === "automatic" && !readOnly && (
        <p className="mt-2 rounded-md bg-warn/10 px-3 py-2 text-xs">
          <Trans>
            You are asked who you are when you save it. It acts with your rights: when your account is disabled, or is
            no admin’s any more, it stops acting by itself.
          </Trans>
        </p>
      )}
    </fieldset>
  );
}
