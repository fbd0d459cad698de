import { expect, it } from "vitest";
import { Turns } from "./turns";

function started() {
  const idle: (() => void)[] = [];
  const done: string[] = [];
  const turns = new Turns<string>((run) => idle.push(run));
  const add = (...keys: string[]) => {
    for (const key of keys) turns.add(key, () => done.push(key));
  };
  const next = () => {
    for (const run of idle.splice(0)) run();
  };
  return { turns, add, next, done, idle };
}

it("does one piece at a time, in the order that they came", () => {
  const { add, next, done, idle } = started();
  add("first", "second");
  expect(idle).toHaveLength(1);
  next();
  expect(done).toEqual(["first"]);
  next();
  expect(done).toEqual(["first", "second"]);
  expect(idle).toHaveLength(0);
});

it("lets what hurries go first, as long as it does", () => {
  const { turns, add, next, done } = started();
  add("first", "second", "third", "fourth");
  turns.hurry("third", true);
  turns.hurry("fourth", true);
  turns.hurry("fourth", false);
  next();
  next();
  expect(done).toEqual(["third", "first"]);
});

it("forgets what was taken back, and what never was added", () => {
  const { turns, add, next, done, idle } = started();
  add("first", "second");
  turns.hurry("first", true);
  turns.drop("first");
  turns.hurry("unknown", true);
  next();
  next();
  expect(done).toEqual(["second"]);
  expect(idle).toHaveLength(0);
});

it("goes on with what comes while it works, and begins again after it was done", () => {
  const { turns, add, next, done } = started();
  turns.add("first", () => add("during"));
  next();
  next();
  expect(done).toEqual(["during"]);
  add("after");
  next();
  expect(done).toEqual(["during", "after"]);
});
