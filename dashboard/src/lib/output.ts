// What programs write, made safe to show: bytes of strangers, of which no control sequence is ever followed.
export type StreamName = "stdout" | "stderr";

/** Text of one stream within a line. */
export interface Piece {
  stream: StreamName;
  text: string;
}

export interface OutputLine {
  number: number;
  pieces: readonly Piece[];
}

/** Lines that are drawn together: only the last of these grows. */
export interface OutputBlock {
  first: number;
  lines: readonly OutputLine[];
}

const LINES_PER_BLOCK = 100;
/** So many lines are shown, the newest: a browser has to draw them, and a program may write nothing but line feeds. */
const MAX_BLOCKS = 200;
/** A line that is longer goes on below: nobody reads a megabyte sideways. */
const MAX_LINE = 2000;

/** Characters that change how others are shown, or are not seen themselves. */
const INVISIBLE = /[\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

const hex = (char: string) => (char.codePointAt(0) ?? 0).toString(16).padStart(2, "0");

/**
 * A text as it can be shown: control characters as a programmer writes them (ESC as \x1b), and those that turn the
 * direction or hide by their numbers. Tabs stay; line feeds must be gone.
 */
export function visible(text: string): string {
  return text
    .replace(CONTROL, (char) => `\\x${hex(char)}`)
    .replace(INVISIBLE, (char) => `⟨U+${hex(char).toUpperCase().padStart(4, "0")}⟩`);
}

/** The bytes of base64. */
export function bytesFrom(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Lines out of pieces of bytes, each stream decoded by itself, since a piece may end within a character. */
export class OutputText {
  private readonly decoders: Record<StreamName, TextDecoder> = {
    stdout: new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }),
    stderr: new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }),
  };
  /** Whether a stream's last character was a carriage return, of which it is not known yet what follows. */
  private readonly held: Record<StreamName, boolean> = { stdout: false, stderr: false };
  private readonly closed: OutputBlock[] = [];
  private open: OutputLine[] = [];
  private line: Piece[] = [];
  private length = 0;
  private count = 0;

  append(stream: StreamName, bytes: Uint8Array<ArrayBuffer>): void {
    let text = this.decoders[stream].decode(bytes, { stream: true });
    if (text === "") return;
    if (this.held[stream]) text = `\r${text}`;
    this.held[stream] = text.endsWith("\r");
    if (this.held[stream]) text = text.slice(0, -1);
    const parts = text.replaceAll("\r\n", "\n").split("\n");
    for (const [at, part] of parts.entries()) {
      if (at > 0) this.endLine();
      this.put(stream, visible(part));
    }
  }

  /** The newest lines, the unfinished one last; blocks that did not change are the very same objects as before. */
  read(): readonly OutputBlock[] {
    const unfinished = this.line.length === 0 ? [] : [{ number: this.count + 1, pieces: [...this.line] }];
    const lines = [...this.open, ...unfinished];
    const [first] = lines;
    return first === undefined ? [...this.closed] : [...this.closed, { first: first.number, lines }];
  }

  /** How many lines are not shown any more. */
  get dropped(): number {
    const first = this.closed[0]?.first ?? this.open[0]?.number ?? 1;
    return first - 1;
  }

  private put(stream: StreamName, text: string): void {
    let rest = text;
    while (rest !== "") {
      const room = MAX_LINE - this.length;
      const part = rest.slice(0, room);
      rest = rest.slice(room);
      this.length += part.length;
      const last = this.line.at(-1);
      if (last?.stream === stream) this.line[this.line.length - 1] = { stream, text: last.text + part };
      else this.line.push({ stream, text: part });
      if (rest !== "") this.endLine();
    }
  }

  private endLine(): void {
    this.count += 1;
    this.open.push({ number: this.count, pieces: this.line });
    this.line = [];
    this.length = 0;
    if (this.open.length < LINES_PER_BLOCK) return;
    this.closed.push({ first: this.open[0]?.number ?? this.count, lines: this.open });
    this.open = [];
    if (this.closed.length > MAX_BLOCKS) this.closed.shift();
  }
}
