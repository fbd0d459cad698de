import type { PanelThreshold } from "./dashboard-spec";

/** The gravest threshold that a value has reached; null for none. */
export function reachedSeverity(
  value: number | null,
  thresholds: readonly PanelThreshold[],
): PanelThreshold["severity"] | null {
  if (value === null) return null;
  const reached = thresholds.filter((one) => (one.op === "above" ? value > one.value : value < one.value));
  if (reached.some(({ severity }) => severity === "critical")) return "critical";
  return reached.length === 0 ? null : "warning";
}
