import { plural, t } from "@lingui/core/macro";
import { joined } from "./language";

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
  const kind = joined(types, "disjunction");
  const tagged = tags.join(", ");
  return [
    kind === ""
      ? plural(most, { one: "One server", other: "Up to # servers" })
      : plural(most, { one: `One server of type ${kind}`, other: `Up to # servers of type ${kind}` }),
    ...(environment === "" ? [] : [t`in ${environment}`]),
    ...(tagged === "" ? [] : [t`tagged ${tagged}`]),
  ].join(", ");
}
