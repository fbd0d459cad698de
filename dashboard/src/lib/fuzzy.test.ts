import { describe, expect, it } from "vitest";
import { best, fuzzyScore } from "./fuzzy";

const named = (...names: string[]) => names.map((text) => ({ text }));

describe("fuzzy search", () => {
  it("finds letters in their order, and nothing else", () => {
    expect(fuzzyScore("web-1.example", "w1e")).not.toBeNull();
    expect(fuzzyScore("web-1.example", "1w")).toBeNull();
    expect(fuzzyScore("db-1 berlin", "ber db")).not.toBeNull();
    expect(fuzzyScore("db-1 berlin", "ber web")).toBeNull();
  });

  it("does not gather letters from all over a text", () => {
    expect(fuzzyScore("notifications channels routes on call", "front")).toBeNull();
  });

  it("puts first what was probably meant", () => {
    const order = (typed: string, ...names: string[]) => best(named(...names), typed, 9).map(({ text }) => text);
    expect(order("web", "my-cobweb", "web-10", "web", "w-e-b")).toEqual(["web", "web-10", "w-e-b", "my-cobweb"]);
    expect(order("db2", "db-12", "db-2", "cdb2")).toEqual(["db-2", "cdb2", "db-12"]);
    expect(order("x", "a", "b")).toEqual([]);
  });

  it("keeps the order of those that match alike, and the best only", () => {
    expect(best(named("web-2", "web-1", "web-3"), "web", 2).map(({ text }) => text)).toEqual(["web-2", "web-1"]);
  });

  it("finds what has accents by what has none, and the other way round", () => {
    expect(best(named("métricas", "máquinas"), "metri", 9).map(({ text }) => text)).toEqual(["métricas"]);
    expect(best(named("metricas"), "métri", 9)).toHaveLength(1);
  });

  it("takes any text as it is", () => {
    expect(fuzzyScore("a.*b[", ".*")).not.toBeNull();
    expect(fuzzyScore("", "a")).toBeNull();
  });
});
