import { describe, expect, it } from "vitest";
import { ackChoices } from "./ack-choices";
import { parseAlertSearch } from "./alert-search";
import { byUrgency, parseIncidentSearch } from "./incident-search";
import { matcherWords } from "./matcher-words";
import { parseMatcher, writeMatcher } from "./matchers";
import { parseQuietSearch } from "./quiet-search";
import { parseWhySearch } from "./why-search";

describe("what the addresses of alerting hold", () => {
  it("keeps what makes sense and drops the rest", () => {
    expect(parseIncidentSearch({ show: "all", severity: ["info", "x", "critical"], agent: "7", q: 12 })).toEqual({
      show: "all",
      severity: ["critical", "info"],
      agent: 7,
      q: "12",
    });
    expect(parseIncidentSearch({ show: "none", severity: [], agent: -1, q: "", x: 1 })).toEqual({});
    expect(parseAlertSearch({ state: "firing", rule: 2.5, agent: "x" })).toEqual({ state: ["firing"] });
    expect(parseWhySearch({ alert: "xyz", incident: 3, at: "1700000000", metric: "a" })).toEqual({
      incident: 3,
      at: 1_700_000_000,
      metric: "a",
    });
    expect(parseQuietSearch({ tab: "maintenance", match: ["agent=web-1", "nonsense=1", 7, "a b"], why: "x" })).toEqual({
      tab: "maintenance",
      match: ["agent=web-1"],
      why: "x",
    });
    expect(parseQuietSearch({ match: Array.from({ length: 40 }, () => "tag=x") }).match).toHaveLength(20);
  });

  it("puts what nobody looks after first, then the gravest, then the newest", () => {
    const incidents = [
      { id: 1, state: "acknowledged", severity: "critical" },
      { id: 2, state: "open", severity: "info" },
      { id: 3, state: "open", severity: "critical" },
      { id: 4, state: "open", severity: "critical" },
      { id: 5, state: "resolved", severity: "critical" },
    ] as const;
    expect([...incidents].sort(byUrgency).map(({ id }) => id)).toEqual([4, 3, 2, 1, 5]);
  });
});

describe("matchers", () => {
  it.each([
    ["agent=web-1", { key: "agent", op: "=", value: "web-1" }, "agent is web-1"],
    ["severity!=critical", { key: "severity", op: "!=", value: "critical" }, "severity is not critical"],
    ["rule~Disk * on ?", { key: "rule", op: "~", value: "Disk * on ?" }, "rule is like Disk * on ?"],
    ["label.device=a=b", { key: "label.device", op: "=", value: "a=b" }, "label device is a=b"],
    ["label.x=", { key: "label.x", op: "=", value: "" }, "label x is empty"],
  ] as const)("reads and writes %s", (text, parts, words) => {
    expect(parseMatcher(text)).toEqual(parts);
    expect(writeMatcher(parts)).toBe(text);
    expect(matcherWords(parts)).toBe(words);
  });

  it.each(["", "agent", "host=x", "label.=x", "Agent=x"])("refuses %s", (text) => {
    expect(parseMatcher(text)).toBeNull();
  });
});

describe("acknowledging", () => {
  it("offers times in order, the next morning among them and two hours away at least", () => {
    const evening = new Date(2026, 5, 1, 22, 0).getTime() / 1000;
    expect(ackChoices(evening).map(({ label }) => label)).toEqual([
      "30 minutes",
      "1 hour",
      "4 hours",
      "Until tomorrow, 9:00",
      "1 day",
      "1 week",
    ]);
    const early = new Date(2026, 5, 1, 5, 30).getTime() / 1000;
    expect(ackChoices(early).map(({ label }) => label)[2]).toBe("Until 9:00");
    const late = new Date(2026, 5, 1, 8, 0).getTime() / 1000;
    const morning = ackChoices(late).find(({ label }) => label.startsWith("Until"));
    expect((morning?.until ?? 0) - late).toBe(25 * 3600);
  });
});
