import { expect, test } from "vitest";
import type { AgentConfig, ConfigContent } from "@/api/types";
import { changesOf, formatSetting, isInEffect, parseConfig, settingRows } from "./config";

const version = (number: number, content: ConfigContent) => ({
  version: number,
  content,
  author: "ada",
  comment: "",
  created_at: "2026-01-01T00:00:00Z",
});

test("an empty field leaves the setting to the agent", () => {
  expect(
    parseConfig({ reporting_interval: " ", spool_bytes: "65536", "collectors.disable": "disk,  gpu" }, true),
  ).toEqual({
    reporting_interval: null,
    spool_bytes: 65536,
    "collectors.enable": null,
    "collectors.disable": ["disk", "gpu"],
    paused: true,
  });
});

test("what the machine pins is told from what is set here", () => {
  const config: AgentConfig = {
    wanted: version(2, { reporting_interval: 30, paused: true }),
    link: "connected",
    state: {
      version: 2,
      settings: [
        { key: "reporting_interval", value: 10, source: "file" },
        { key: "paused", value: true, source: "hub" },
      ],
      refused: [{ key: "reporting_interval", reason: "is set by the config file" }],
      control_error: "",
      file_error: "",
      reported_at: "2026-01-01T00:00:00Z",
    },
  };
  const rows = new Map(settingRows(config).map((row) => [row.key, row]));
  expect(rows.get("reporting_interval")).toMatchObject({ wanted: 30, effective: 10, pinned: true });
  expect(rows.get("reporting_interval")?.refused).toContain("config file");
  expect(rows.get("paused")).toMatchObject({ effective: true, pinned: false, refused: null });
});

test("a version says what it changed", () => {
  expect(changesOf(version(2, { reporting_interval: 30 }), version(1, { paused: true }))).toEqual([
    "Reporting interval: – → 30 s",
    "Paused: yes → –",
  ]);
  expect(formatSetting("collectors.disable", [])).toBe("none");
  expect(formatSetting("collectors.enable", [])).toBe("all");
  expect(formatSetting("spool_bytes", 1 << 20)).toBe("1.00 MiB");
});

test("a change is in effect once an agent that is there has taken it", () => {
  const state = { version: 2, settings: [], refused: [], control_error: "", file_error: "", reported_at: "" };
  const connected: AgentConfig = { wanted: version(2, {}), link: "connected", state };
  expect(isInEffect(connected)).toBe(true);
  expect(isInEffect({ ...connected, wanted: null })).toBe(true);
  expect(isInEffect({ ...connected, wanted: version(3, {}) })).toBe(false);
  expect(isInEffect({ ...connected, state: null })).toBe(false);
  expect(isInEffect({ ...connected, wanted: version(3, {}), link: "away" })).toBe(true);
});
