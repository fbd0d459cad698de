import { t } from "@lingui/core/macro";
import type { AgentConfig, ConfigContent, ConfigVersion } from "@/api/types";
import { formatCount } from "@/lib/language";
import { formatValue } from "@/lib/units";

export type ConfigKey = keyof ConfigContent;

export const CONFIG_KEYS = [
  { key: "reporting_interval", label: t`Reporting interval`, hint: t`Seconds of samples in a frame, 1 to 300.` },
  {
    key: "spool_bytes",
    label: t`Spool`,
    hint: t`Bytes of memory for what the hub has not taken, 65,536 to 67,108,864.`,
  },
  { key: "collectors.enable", label: t`Only these collectors`, hint: t`Separated by commas; empty means all.` },
  { key: "collectors.disable", label: t`Collectors off`, hint: t`Separated by commas.` },
  { key: "paused", label: t`Paused`, hint: "" },
] as const satisfies readonly { key: ConfigKey; label: string; hint: string }[];

const SOURCES = {
  default: t({ message: "default", context: "setting" }),
  hub: t`the hub`,
  file: t`pinned by the config file`,
  environment: t`pinned by the environment`,
  option: t`pinned by the command line`,
} as const;

/** A value as people read it. */
export function formatSetting(key: ConfigKey, value: unknown): string {
  if (value === undefined || value === null) return "–";
  if (Array.isArray(value)) {
    if (value.length > 0) return value.join(", ");
    return key === "collectors.enable"
      ? t({ message: "all", context: "collectors" })
      : t({ message: "none", context: "collectors" });
  }
  if (typeof value === "boolean") return value ? t`yes` : t`no`;
  if (typeof value !== "number") return String(value);
  return key === "spool_bytes" ? formatValue(value, "By") : `${formatCount(value)} s`;
}

/** Whether nothing that the hub wants waits for the agent; for one that is away nothing comes before it is back. */
export function isInEffect({ link, state, wanted }: AgentConfig): boolean {
  return link === "away" || (state !== null && state.version >= (wanted?.version ?? 0));
}

/** Whether the agent is paused, or will be as soon as it hears of it. */
export function isPaused({ wanted, state }: AgentConfig): boolean {
  const effective = state?.settings.find((one) => one.key === "paused");
  return effective?.value === true || wanted?.content.paused === true;
}

/** The settings by key: what is wanted, what is in effect, where that was set, and why the hub's is not followed. */
export function settingRows({ wanted, state }: AgentConfig) {
  return CONFIG_KEYS.map(({ key, label }) => {
    const effective = state?.settings.find((one) => one.key === key);
    return {
      key,
      label,
      wanted: wanted?.content[key] ?? null,
      effective: effective?.value,
      source: effective === undefined ? "" : SOURCES[effective.source],
      pinned: effective !== undefined && effective.source !== "default" && effective.source !== "hub",
      refused: state?.refused.find((one) => one.key === key)?.reason ?? null,
    };
  });
}

/** What differs between a version and the one before it, a phrase each. */
export function changesOf(version: ConfigVersion, before: ConfigVersion | undefined): string[] {
  return CONFIG_KEYS.flatMap(({ key, label }) => {
    const [old, now] = [before?.content[key] ?? null, version.content[key] ?? null];
    return JSON.stringify(old) === JSON.stringify(now)
      ? []
      : [`${label}: ${formatSetting(key, old)} → ${formatSetting(key, now)}`];
  });
}

/** A form's texts as a configuration; an empty text leaves the setting to the agent. */
export function parseConfig(texts: Readonly<Record<string, string>>, paused: boolean | null): ConfigContent {
  const words = (key: string) => {
    const found = (texts[key] ?? "").split(/[\s,]+/).filter((word) => word !== "");
    return found.length === 0 ? null : found;
  };
  const number = (key: string) => ((texts[key] ?? "").trim() === "" ? null : Number(texts[key]));
  return {
    reporting_interval: number("reporting_interval"),
    spool_bytes: number("spool_bytes"),
    "collectors.enable": words("collectors.enable"),
    "collectors.disable": words("collectors.disable"),
    paused,
  };
}
