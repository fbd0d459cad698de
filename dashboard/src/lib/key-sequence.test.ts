import { describe, expect, it } from "vitest";
import { KeySequence } from "./key-sequence";

const none = { ctrlKey: false, metaKey: false, altKey: false };

function typed(keys: string, gap = 100): (string | null)[] {
  const sequence = new KeySequence(["?", "/", "g i", "g a", "n"]);
  return [...keys].map((key, at) => sequence.press({ key, ...none, timeStamp: 10_000 + at * gap }));
}

describe("sequences of keys", () => {
  it("knows single keys and pairs", () => {
    expect(typed("?n/")).toEqual(["?", "n", "/"]);
    expect(typed("gi")).toEqual([null, "g i"]);
    expect(typed("xgaga")).toEqual([null, null, "g a", null, "g a"]);
  });

  it("begins anew after a key that leads nowhere", () => {
    expect(typed("gxi")).toEqual([null, null, null]);
    expect(typed("ggi")).toEqual([null, null, "g i"]);
    expect(typed("gn")).toEqual([null, null]);
  });

  it("forgets a key after a while", () => {
    expect(typed("gi", 2000)).toEqual([null, null]);
  });

  it("leaves keys with modifiers to others", () => {
    const sequence = new KeySequence(["g i", "n"]);
    expect(sequence.press({ key: "n", ...none, altKey: true, timeStamp: 1 })).toBeNull();
    expect(sequence.press({ key: "g", ...none, timeStamp: 2 })).toBeNull();
    expect(sequence.press({ key: "i", ...none, ctrlKey: true, timeStamp: 3 })).toBeNull();
  });
});
