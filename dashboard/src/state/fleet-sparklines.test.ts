import { describe, expect, it } from "vitest";
import { appendToSparklines } from "./fleet-sparklines";

const summary = (time: number | null, cpu: number | null) => ({
  time,
  cpu,
  memory: null,
  disk: null,
  network_receive: null,
  network_transmit: null,
  load_1m: null,
});

describe("appendToSparklines", () => {
  it("begins with the first summary and adds a point every five seconds", () => {
    const first = appendToSparklines(null, summary(100, 0.1));
    expect(appendToSparklines(first, summary(103, 0.2))).toBe(first);
    expect(appendToSparklines(first, summary(105, 0.3))).toMatchObject({ t: [100, 105], cpu: [0.1, 0.3] });
  });

  it("stays as it is while there is no data", () => {
    expect(appendToSparklines(null, summary(null, null))).toBeNull();
  });

  it("keeps sixty points", () => {
    let past = appendToSparklines(null, summary(0, 0));
    for (let time = 5; time <= 500; time += 5) past = appendToSparklines(past, summary(time, time));
    expect(past?.t).toHaveLength(60);
    expect(past?.cpu.at(-1)).toBe(500);
    expect(past?.t[0]).toBe(205);
  });
});
