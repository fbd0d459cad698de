import { X, Zap } from "lucide-react";
import { Button } from "@/components/ui/button";

/** The hub takes no more for one command. */
const MOST = 10_000;

interface SelectionBarProps {
  /** How many the filters show, and how many are chosen. */
  shown: number;
  chosen: number;
  onAll: () => void;
  onNone: () => void;
  onRun: () => void;
  onClose: () => void;
}

/** What is done with the machines that are chosen in the list. */
export function SelectionBar({ shown, chosen, onAll, onNone, onRun, onClose }: SelectionBarProps) {
  return (
    <section
      aria-label="Selection"
      className="fade-in sticky bottom-[calc(var(--bar)+0.75rem)] z-20 mt-3 flex flex-wrap items-center gap-2 rounded-xl border border-edge bg-surface px-3 py-2 shadow-2xl"
    >
      <p role="status" className="tnum min-w-0 flex-1 basis-24 font-medium">
        {chosen === 0 ? "Choose machines" : `${chosen.toLocaleString("en")} chosen`}
        {chosen > MOST && <span className="text-bad"> · at most {MOST.toLocaleString("en")} at once</span>}
      </p>
      {chosen > 0 ? (
        <Button variant="ghost" onClick={onNone}>
          None
        </Button>
      ) : (
        <Button onClick={onAll}>All {shown.toLocaleString("en")} shown</Button>
      )}
      <Button variant="ghost" size="icon" aria-label="End choosing" className="sm:order-last" onClick={onClose}>
        <X className="size-4" aria-hidden />
      </Button>
      <Button variant="primary" className="max-sm:w-full" disabled={chosen === 0 || chosen > MOST} onClick={onRun}>
        <Zap className="size-4" aria-hidden />
        Run action
      </Button>
    </section>
  );
}
