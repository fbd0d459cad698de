import { useState } from "react";
import type { DashboardContent } from "@/api/dashboards";
import type { DashboardDetail } from "@/api/types";
import type { DashboardSpec } from "@/lib/dashboard-spec";
import { inReadingOrder } from "@/lib/grid-layout";

const MOST_STEPS = 100;

const contentOf = ({ name, description, spec }: DashboardContent): DashboardContent => ({ name, description, spec });

/** As it is saved: the panels in the order in which they are read. */
export function toSave(content: DashboardContent): DashboardContent {
  return { ...content, spec: { ...content.spec, panels: inReadingOrder(content.spec.panels) } };
}

const same = (one: DashboardContent, other: DashboardContent) =>
  JSON.stringify(toSave(contentOf(one))) === JSON.stringify(toSave(contentOf(other)));

/** A dashboard while it is changed, with the way back through the changes. */
export function useDraft(begin: DashboardDetail) {
  const [base] = useState(begin);
  const [steps, setSteps] = useState<readonly DashboardContent[]>([contentOf(begin)]);
  const now = steps.at(-1) ?? contentOf(begin);
  const change = (next: Partial<DashboardContent>) =>
    setSteps((before) => [...before, { ...(before.at(-1) ?? now), ...next }].slice(-MOST_STEPS));
  /** Letters that follow each other are one step back. */
  const type = (next: Pick<Partial<DashboardContent>, "name" | "description">) =>
    setSteps((before) => {
      const [last = now, previous] = [before.at(-1), before.at(-2)];
      const typing = previous !== undefined && previous.spec === last.spec;
      return [...(typing ? before.slice(0, -1) : before), { ...last, ...next }].slice(-MOST_STEPS);
    });
  return {
    base,
    now,
    dirty: !same(now, base),
    change,
    type,
    changeSpec: (next: Partial<DashboardSpec>) => change({ spec: { ...now.spec, ...next } }),
    canUndo: steps.length > 1,
    undo: () => setSteps((before) => (before.length > 1 ? before.slice(0, -1) : before)),
  };
}
