import { describe, expect, it } from "vitest";
import { drawnOf, StillSource, timelineFrame, valueFrame, worstEpisode } from "./backtest";
import type { RuleForm } from "./rule-words";

const above = (operand: object): RuleForm =>
  ({ condition: { kind: "comparison", operand, op: ">", threshold: { value: 1 } } }) as RuleForm;
const series = (metric: string, labels: Record<string, string>, v: number[]) => ({
  metric,
  labels,
  t: v.map((_, at) => at * 10),
  v,
  min: null,
  max: null,
});
const target = { labels: {}, from: 0, to: 20, step: 10, gaps: [] };
const drawn = { metric: "m", per: null, comparable: true };

it("holds the last point of the timeline until the end", () => {
  const frame = timelineFrame({ start: 0, end: 30, timeline: [[0, 1, 2], [10, 3, 0]] }); // biome-ignore format: points
  expect([...frame.times]).toEqual([0, 10, 30]);
  expect([...(frame.series[0]?.values ?? [])]).toEqual([1, 3, 3]);
  expect([...(frame.series[1]?.values ?? [])]).toEqual([2, 0, 0]);
  expect(frame.step).toBe(10);
  expect(new StillSource(frame).read(["pending"]).series.map(({ key }) => key)).toEqual(["pending"]);
});

it("finds the episode that went furthest", () => {
  const episode = (agent: number | null, worst: number) => ({ agent_id: agent, worst, value: 0, threshold: 10 });
  expect(worstEpisode([episode(1, 12), episode(2, 3), episode(null, 99)])?.agent_id).toBe(2);
  expect(worstEpisode([episode(null, 99)])).toBeNull();
});

it("says what can be drawn of a rule", () => {
  expect(drawnOf(above({ kind: "last", metric: "a", per: { metric: "b" } }))).toEqual({
    metric: "a",
    per: "b",
    comparable: true,
  });
  expect(drawnOf(above({ kind: "rate", metric: "a", window_s: 60 }))?.comparable).toBe(false);
  expect(drawnOf(above({ kind: "change", operand: { kind: "avg", metric: "a", window_s: 60 }, period_s: 60 }))).toEqual(
    {
      metric: "a",
      per: null,
      comparable: false,
    },
  );
  expect(drawnOf({ condition: { kind: "absent_agent" } })).toBeNull();
});

describe("valueFrame", () => {
  const values = (frame: ReturnType<typeof valueFrame>) => frame.series.map((one) => [...one.values]);

  it("takes the series of the target", () => {
    const all = [series("m", { disk: "a" }, [1, 2]), series("m", { disk: "b" }, [3, 4])];
    expect(values(valueFrame(all, { ...target, drawn, labels: { disk: "b" } }))).toEqual([[3, 4]]);
  });

  it("takes the whole where the target has no series of its own", () => {
    const cores = [
      series("m", { cpu: "0", state: "idle" }, [0.5, 1]),
      series("m", { cpu: "1", state: "idle" }, [0.1, 0.6]),
      series("m", { cpu: "1", state: "user" }, [0.9, 0.4]),
    ];
    const [busy = []] = values(valueFrame(cores, { ...target, drawn }));
    expect(busy.map((value) => Number(value.toFixed(6)))).toEqual([0.7, 0.2]);
    const memory = [series("m", { state: "free" }, [1]), series("m", { state: "used" }, [3])];
    expect(values(valueFrame(memory, { ...target, drawn }))[0]).toEqual([3]);
  });

  it("divides by what it is a share of", () => {
    const both = [series("m", {}, [2, 3]), series("n", {}, [4, 12])];
    expect(values(valueFrame(both, { ...target, drawn: { ...drawn, per: "n" } }))[0]).toEqual([0.5, 0.25]);
  });
});
