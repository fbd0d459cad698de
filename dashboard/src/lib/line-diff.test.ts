import { describe, expect, it } from "vitest";
import { diffLines } from "./line-diff";

const shown = (before: string, after: string, around?: number) =>
  diffLines(before, after, around).map(
    ({ kind, text }) => `${{ same: " ", added: "+", removed: "-", skipped: "…" }[kind]}${text}`,
  );

describe("diffLines", () => {
  it("says nothing of what is the same", () => expect(shown("a\nb\n", "a\nb")).toEqual([]));

  it("shows a change with its surroundings", () => {
    expect(shown("a\nb\nc\nd\ne", "a\nb\nX\nd\ne", 1)).toEqual(["…", " b", "-c", "+X", " d", "…"]);
  });

  it("keeps what stayed between two changes", () => {
    expect(shown("one\ntwo\nthree", "two\nthree\nfour")).toEqual(["-one", " two", " three", "+four"]);
  });

  it("is complete whatever the texts are", () => {
    const text = (seed: number) => Array.from({ length: 40 }, (_, at) => `line ${(at * seed) % 7}`).join("\n");
    for (let seed = 1; seed < 20; seed += 1) {
      const lines = diffLines(text(seed), text(seed + 1), 1000);
      if (lines.length === 0) continue;
      expect(lines.filter(({ kind }) => kind !== "added").map((one) => one.text)).toEqual(text(seed).split("\n"));
      expect(lines.filter(({ kind }) => kind !== "removed").map((one) => one.text)).toEqual(text(seed + 1).split("\n"));
    }
  });

  it("takes texts that are too long to compare as wholes", () => {
    const long = (word: string) => Array.from({ length: 3000 }, (_, at) => `${word} ${at}`).join("\n");
    expect(diffLines(long("a"), long("b"))).toHaveLength(6000);
  });
});
