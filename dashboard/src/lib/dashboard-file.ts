// Dashboards as files: what the hub takes when one is made. Only the hub judges what is in it.
import { t } from "@lingui/core/macro";
import type { DashboardSpec } from "./dashboard-spec";

interface Content {
  name: string;
  description: string;
  spec: DashboardSpec;
}

const MAX_BYTES = 1_000_000;

/** The file of a dashboard. */
export function dashboardFile({ name, description, spec }: Content): { name: string; text: string } {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return {
    name: `${plain === "" ? "dashboard" : plain}.json`,
    text: `${JSON.stringify({ name, description, spec }, null, 2)}\n`,
  };
}

/** What a file says, not judged yet. Throws an Error with a sentence for people where it is no JSON of a dashboard at all. */
export function readDashboardFile(text: string): Content {
  if (text.length > MAX_BYTES) throw new Error(t`The file is larger than any dashboard.`);
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (error) {
    const where = String((error as SyntaxError).message);
    throw new Error(t`The file is not JSON (${where}).`);
  }
  if (typeof said !== "object" || said === null || !("spec" in said))
    throw new Error(t`The file is no dashboard of this hub: it has no “spec”.`);
  const { name, description, spec } = said as Partial<Content> & { spec: DashboardSpec };
  return { name: name ?? t`Imported dashboard`, description: description ?? "", spec };
}
