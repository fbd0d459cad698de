import { t } from "@lingui/core/macro";
import { joined } from "./language";

/** What machines and alerts are chosen by. */
const KEYS: Record<string, string> = {
  agent: t({ message: "agent", context: "what is compared" }),
  environment: t({ message: "environment", context: "what is compared" }),
  tag: t({ message: "tag", context: "what is compared" }),
  type: t({ message: "type", context: "what is compared" }),
  rule: t({ message: "rule", context: "what is compared" }),
  severity: t({ message: "severity", context: "what is compared" }),
};

export const keyWord = (key: string): string => KEYS[key] ?? key;

/** "type is web or db", "tag is not old": what is demanded of something that is called so. */
export function demandWords(name: string, match: "=" | "!=" | "in" | "~", values: readonly string[]): string {
  const value = joined(values, "disjunction");
  if (match === "~") return t`${name} is like ${value}`;
  if (match === "!=") return value === "" ? t`${name} is not empty` : t`${name} is not ${value}`;
  return value === "" ? t`${name} is empty` : t`${name} is ${value}`;
}
