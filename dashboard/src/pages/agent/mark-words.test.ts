import { expect, test } from "vitest";
import type { AgentEvent } from "@/api/types";
import { marksOf } from "./mark-words";

const WINDOW = { from: 1000, to: 3400 };

const time = (unix: number) => new Date(unix * 1000).toISOString();

function alert(at: number, more: Partial<AgentEvent> = {}): AgentEvent {
  return {
    id: `alert.${at}`,
    kind: "alert",
    at: time(at),
    until: null,
    title: "CPU",
    state: "firing",
    since: null,
    severity: "warning",
    actor: "",
    detail: "",
    params: {},
    labels: {},
    fields: [],
    lost_frames: 0,
    link: null,
    url: "",
    ...more,
  };
}

const marks = (...alerts: AgentEvent[]) => marksOf([], alerts, [], WINDOW);

test("alerts that begin close together are one mark, as long as any of them fires", () => {
  const found = marks(
    alert(2000, { until: time(2100) }),
    alert(2050, { until: time(2400), title: "Disk", severity: "critical" }),
    alert(3000),
  );
  expect(found.map(({ at, until, title, text, color }) => [at, until, title, text, color])).toEqual([
    [2000, 2400, "2 alerts", "CPU and Disk", "bad"],
    [3000, null, "Alert", "CPU", "warn"],
  ]);
});

test("an alert leads to its incident, several of different ones to the list", () => {
  const incident = (id: number) => ({ link: { kind: "incident" as const, id } });
  const [one] = marks(alert(2000, incident(7)), alert(2001, incident(7)));
  expect(one).toMatchObject({ link: "/incidents/7" });
  const [other] = marks(alert(2000, incident(7)), alert(2001, incident(8)));
  expect(other).toMatchObject({ link: "#events" });
});

test("information is no mark, and what began before is told by its end", () => {
  const over = { state: "resolved", since: time(500) };
  expect(marks(alert(2000, { severity: "info" }))).toEqual([]);
  expect(marks(alert(1200, over))).toMatchObject([{ at: 500, until: 1200 }]);
  expect(marks(alert(1200, { ...over, since: time(1100) }))).toEqual([]);
});

test("restarts, commands and runs are marks of their own, above those of alerts", () => {
  const done = [
    alert(1500, { id: "restart.1", kind: "restart", state: "restarted", severity: null }),
    alert(1600, {
      id: "command.2",
      kind: "command",
      title: "service.restart",
      params: { unit: "nginx" },
      state: "failed",
      until: time(1601),
      link: { kind: "command", id: 4 },
    }),
    alert(1700, {
      id: "runbook.3",
      kind: "runbook",
      title: "Free the disk",
      state: "fixed",
      until: time(1800),
      link: { kind: "runbook_run", id: 5 },
    }),
  ];
  expect(marksOf(done, [alert(2000)], [], WINDOW).map(({ kind, title, color }) => [kind, title, color])).toEqual([
    ["alert", "Alert", "warn"],
    ["restart", "Restart", "muted"],
    ["command", "Restart service nginx", "bad"],
    ["run", "Free the disk", "ok"],
  ]);
});
