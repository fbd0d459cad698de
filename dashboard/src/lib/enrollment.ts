import { t } from "@lingui/core/macro";

/** Whom a token lets in. */
interface Allowed {
  types: readonly string[];
  environment: string;
  tags: readonly string[];
  max_uses: number;
  agent_id: number | null;
}

/** "Up to 50 servers of type web or db, in production, tagged eu". */
export function tokenWords({ types, environment, tags, max_uses: most, agent_id: again }: Allowed): string {
  if (again !== null) return t`Agent ${again} again`;
  const whom = most === 1 ? t`One server` : t`Up to ${most.toLocaleString("en")} servers`;
  const kind = types.length === 0 ? "" : t` of type ${types.join(" or ")}`;
  const where = environment === "" ? "" : `, in ${environment}`;
  const tagged = tags.length === 0 ? "" : `, tagged ${tags.join(", ")}`;
  return `${whom}${kind}${where}${tagged}`;
}
