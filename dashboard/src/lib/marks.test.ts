import { expect, it } from "vitest";
import { marksAt, type TimeMark } from "./marks";

const mark = (id: string, at: number, until: number | null): TimeMark => ({
  id,
  at,
  until,
  title: id,
  text: "",
  color: "ok",
});

it("finds marks near a moment, and those that it is within", () => {
  const marks = [mark("a", 100, 130), mark("b", 200, null), mark("c", 300, 300)];
  const ids = (time: number) => marksAt(marks, time, 5).map(({ id }) => id);
  expect(ids(94)).toEqual([]);
  expect(ids(95)).toEqual(["a"]);
  expect(ids(120)).toEqual(["a"]);
  expect(ids(135)).toEqual(["a"]);
  expect(ids(206)).toEqual([]);
  expect(ids(298)).toEqual(["c"]);
});
