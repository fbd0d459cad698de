import { describe, expect, it } from "vitest";
import {
  busiestLook,
  connectionsAt,
  coresUsed,
  formatWindow,
  gravestByLook,
  happenings,
  isOpen,
  lookAfter,
  namesAt,
  recordingStanding,
  type Severity,
} from "./recording";

const process = (pid: number, name: string, cpu = 0) => ({ pid, name, cpu, parent_pid: 1 });
const LOOKS = [
  { time: 10, processes: [process(1, "init", 0.1), process(2, "old", 0.1)] },
  { time: 15, processes: [process(2, "hog", 0.9), process(3, "sh", 0.3)] },
  { time: 20, processes: [] },
];

const COUNTED = "network.connections";
const event = (time: number, severity: Severity, attributes = {}, kind = "kernel.message") => ({
  time,
  severity,
  attributes,
  kind,
});

describe("a recording", () => {
  it("is told of by what came of it", () => {
    const told = { error: "", truncated: false, bytes: 0 };
    expect(recordingStanding({ ...told, state: "requested" })).toContain("waiting for the agent");
    expect(recordingStanding({ ...told, state: "arriving", bytes: 2048 })).toMatch(/so far$/);
    expect(recordingStanding({ ...told, state: "complete", bytes: 2048, truncated: true })).toContain("left out");
    expect(recordingStanding({ ...told, state: "failed", error: "It is gone." })).toBe("It is gone.");
    expect(isOpen({ state: "arriving" })).toBe(true);
    expect(isOpen({ state: "failed" })).toBe(false);
  });

  it("names the day of its window once", () => {
    const noon = Date.UTC(2026, 5, 10, 12) / 1000;
    expect(formatWindow(noon, noon + 60).match(/10/g)?.length).toBe(1);
    expect(formatWindow(noon, noon + 86_400).match(/Jun/g)?.length).toBe(2);
  });

  it("is busiest where most CPU was used together", () => {
    expect(coresUsed(LOOKS)[1]).toBeCloseTo(1.2);
    expect(busiestLook(LOOKS)).toBe(1);
    expect(busiestLook([])).toBe(-1);
  });

  it("tells the connections as they were counted last, the most first", () => {
    const count = (time: number, attributes: Record<string, string>) => event(time, "info", attributes, COUNTED);
    const events = [count(9, { established: "2", time_wait: "11", closing: "0" }), count(19, { listen: "1" })];
    expect(connectionsAt(events, 15)).toBe("11 time wait · 2 established");
    expect(connectionsAt(events, 19)).toBe("1 listen");
    expect(connectionsAt(events, 5)).toBe("");
    expect(happenings(events)).toEqual([]);
  });

  it("marks each look with the gravest that happened since the one before", () => {
    const events = [
      event(4, "info"),
      event(11, "warning"),
      event(13, "critical"),
      event(15, "info"),
      event(90, "info"),
    ];
    expect(gravestByLook(LOOKS, events)).toEqual(["info", "critical", "info"]);
    expect(gravestByLook([], events)).toEqual([]);
    expect(lookAfter(LOOKS, 11)).toBe(1);
  });

  it("knows the names of processes that are not in the look itself, the later of those before it", () => {
    expect(namesAt(LOOKS, 10).get(2)).toBe("old");
    expect(namesAt(LOOKS, 20).get(2)).toBe("hog");
    expect(namesAt(LOOKS, 10).get(3)).toBe("sh");
  });
});
