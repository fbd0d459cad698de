/** Something that was done, to be marked on time axes. Times are Unix seconds. */
export interface TimeMark {
  id: string;
  at: number;
  /** Null while it goes on. */
  until: number | null;
  title: string;
  /** How it came out, or how it stands. */
  text: string;
  /** Name of a theme colour. */
  color: "ok" | "bad" | "warn" | "accent" | "muted";
}

/** The marks that a moment is near to: within so many seconds of one, or in the time that one took. */
export function marksAt(marks: readonly TimeMark[], time: number, near: number): TimeMark[] {
  return marks.filter(({ at, until }) => time >= at - near && time <= Math.max(at, until ?? at) + near);
}
