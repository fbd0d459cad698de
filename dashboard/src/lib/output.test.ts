import { describe, expect, it } from "vitest";
import { bytesFrom, OutputText, visible } from "./output";

const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));
const lines = (output: OutputText) =>
  output.read().flatMap((block) => block.lines.map(({ pieces }) => pieces.map(({ text }) => text).join("")));

describe("what is shown of bytes of strangers", () => {
  it("follows no control sequence and turns no text around", () => {
    expect(visible("\u001b[2J\u001b]0;title\u0007")).toBe("\\x1b[2J\\x1b]0;title\\x07");
    expect(visible("a\u0000b\u007fc\u009bd")).toBe("a\\x00b\\x7fc\\x9bd");
    expect(visible("photo\u202egnp.exe\u200b")).toBe("photo⟨U+202E⟩gnp.exe⟨U+200B⟩");
    expect(visible("\ttab and ümlaut 漢字 🙂")).toBe("\ttab and ümlaut 漢字 🙂");
    expect(visible("10%\r20%")).toBe("10%\\x0d20%");
  });

  it("decodes each stream by itself, whatever pieces split", () => {
    const output = new OutputText();
    const [first, second] = [bytes("ä").slice(0, 1), bytes("ä").slice(1)];
    output.append("stdout", first);
    output.append("stderr", bytes("oops"));
    output.append("stdout", second);
    output.append("stdout", bytes("!\r"));
    output.append("stdout", bytes("\nnext"));
    expect(lines(output)).toEqual(["oopsä!", "next"]);
    expect(output.read()[0]?.lines[0]?.pieces.map(({ stream }) => stream)).toEqual(["stderr", "stdout"]);
  });

  it("replaces what is no UTF-8 and takes base64", () => {
    const output = new OutputText();
    output.append("stdout", bytesFrom(btoa("\xff\xfeok\n")));
    expect(lines(output)).toEqual(["��ok"]);
  });

  it("breaks endless lines and keeps the newest of endless ones", () => {
    const output = new OutputText();
    output.append("stdout", bytes("x".repeat(4500)));
    expect(lines(output).map((line) => line.length)).toEqual([2000, 2000, 500]);
    const flood = new OutputText();
    flood.append("stdout", bytes("\n".repeat(50_000)));
    flood.append("stdout", bytes("end"));
    const shown = lines(flood);
    expect(shown.length).toBeLessThanOrEqual(20_101);
    expect(shown.at(-1)).toBe("end");
    expect(flood.dropped + shown.length).toBe(50_001);
  });

  it("gives blocks that did not change as they were", () => {
    const output = new OutputText();
    output.append("stdout", bytes("line\n".repeat(150)));
    const before = output.read();
    output.append("stdout", bytes("more\n"));
    const after = output.read();
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
  });
});
