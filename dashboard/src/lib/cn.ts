import { type ClassValue, clsx } from "clsx";
import { createTailwindMerge } from "tailwind-merge";

const any = () => true;
const SPACES = ["p", "px", "py", "pt", "pb", "ps", "pe", "m", "mx", "my", "mt", "mb", "ms", "me"] as const;
const SIZES = ["size", "h", "w", "min-h", "min-w", "max-h", "max-w"] as const;
/** What follows `border-` and is no colour: a side, a width, a style. */
const NO_COLOR = /^([trblsexy]|\d+|dashed|dotted|solid|collapse)(-|$)/;

/** Groups of classes that begin with their own name and set one property each. */
function groups<Name extends string>(names: readonly Name[]): Record<Name, Record<string, (() => boolean)[]>[]> {
  return Object.fromEntries(names.map((name) => [name, [{ [name]: [any] }]])) as never;
}

/**
 * The library's own configuration knows all of Tailwind and takes 15 ms before the first class is joined. These are the
 * groups in which classes meet here; a test holds each use against all of it.
 */
const merge = createTailwindMerge(() => ({
  cacheSize: 500,
  theme: {},
  classGroups: {
    ...groups(SPACES),
    ...groups(SIZES),
    ...groups(["gap", "gap-x", "gap-y", "bg", "overflow", "self"]),
    rounded: [{ rounded: ["", any] }],
    shrink: [{ shrink: ["", any] }],
    display: ["block", "inline", "inline-block", "flex", "inline-flex", "grid", "hidden", "contents"],
    position: ["static", "relative", "absolute", "fixed", "sticky"],
    weight: [{ font: ["normal", "medium", "semibold", "bold"] }],
    family: [{ font: ["mono", "sans"] }],
    fontSize: [
      { text: ["2xs", "xs", "sm", "base", "lg", "xl", "2xl", "3xl", (value: string) => /^\[[\d.]/.test(value)] },
    ],
    align: [{ text: ["start", "center", "end"] }],
    color: [{ text: [any] }],
    border: [{ border: [(value: string) => !NO_COLOR.test(value)] }],
  },
  conflictingClassGroups: {
    p: ["px", "py", "pt", "pb", "ps", "pe"],
    px: ["ps", "pe"],
    py: ["pt", "pb"],
    m: ["mx", "my", "mt", "mb", "ms", "me"],
    mx: ["ms", "me"],
    my: ["mt", "mb"],
    size: ["h", "w"],
  },
  conflictingClassGroupModifiers: {},
  postfixLookupClassGroups: [],
  orderSensitiveModifiers: [],
}));

/** Joins class names; of two Tailwind classes that set the same property the later wins. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
