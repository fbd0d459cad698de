import { Eye, PencilLine, Zap } from "lucide-react";
import { EFFECT_WORDS, type EffectName } from "@/lib/action-words";
import { StateMark } from "./state-mark";

const LOOK = {
  reads: { icon: Eye, color: "text-ok" },
  changes: { icon: PencilLine, color: "text-info" },
  disrupts: { icon: Zap, color: "text-warn" },
} as const;

/** What an action does to a machine, as shape and word. */
export function EffectMark({ effect, className }: { effect: EffectName; className?: string }) {
  return <StateMark look={LOOK[effect]} text={EFFECT_WORDS[effect].label} small className={className} />;
}
