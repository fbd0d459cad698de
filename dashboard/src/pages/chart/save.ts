import { pictureOf } from "@/charts/picture";
import type { ChartSnapshot } from "@/charts/snapshot";
import { csvOf, tableOf } from "@/charts/table";

/** A name for a file that every system takes: the title and the beginning, in UTC. */
function fileName({ title, state }: ChartSnapshot, ending: string): string {
  const words = title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
  const from = new Date(state.from * 1000).toISOString().slice(0, 19).replaceAll(":", "-");
  return `${words.slice(0, 80)}-${from}.${ending}`;
}

/** Hands what is drawn to the browser as a file. */
export async function saveChart(snapshot: ChartSnapshot, kind: "png" | "csv"): Promise<void> {
  const blob =
    kind === "png"
      ? await pictureOf(snapshot)
      : // The mark at the beginning tells spreadsheets that this is UTF-8.
        new Blob(["\uFEFF", csvOf(tableOf(snapshot))], { type: "text/csv;charset=utf-8" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = fileName(snapshot, kind);
  link.click();
  URL.revokeObjectURL(link.href);
}
