// What pages read from the address, where anything may stand.
import { KIOSK_PARAM } from "./kiosk";

/** A text, cut where it is longer than any that makes sense; undefined for none. */
export function textParam(value: unknown): string | undefined {
  return value === undefined || value === null || String(value) === "" ? undefined : String(value).slice(0, 256);
}

/** The words of a list that are known; undefined for none. */
export function choicesParam<Choice extends string>(value: unknown, known: readonly Choice[]): Choice[] | undefined {
  const given = Array.isArray(value) ? value : [value];
  const found = known.filter((one) => given.includes(one));
  return found.length === 0 ? undefined : found;
}

/** The id of something; undefined for none. */
export function idParam(value: unknown): number | undefined {
  const id = Number(value);
  return value !== undefined && Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** The last moment that an address may name, in Unix seconds: the end of 2099. */
const LAST_MOMENT = 4_102_444_800;

/** Unix seconds of a moment that a page can show; undefined for none. */
export function momentParam(value: unknown): number | undefined {
  const moment = Number(value);
  return value !== undefined && moment > 0 && moment <= LAST_MOMENT ? moment : undefined;
}

type Defined<Fields> = { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };

/** The fields that are there. */
export function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}

/**
 * Makes what a route reads its address with.
 *
 * The router lays what `parse` returns over what stands in the address, where all that makes no sense would show through; so that is
 * taken away by name.
 */
export function reading<Search extends object>(parse: (given: Record<string, unknown>) => Search) {
  return (given: Record<string, unknown>): Search => {
    const nothing = Object.keys(given).flatMap((key) => (key === KIOSK_PARAM ? [] : [[key, undefined] as const]));
    return { ...Object.fromEntries(nothing), ...parse(given) };
  };
}

/** Whether an address says anything of what its page is to show. */
export function saysAnything(search: object): boolean {
  return Object.entries(search).some(([key, value]) => value !== undefined && key !== KIOSK_PARAM);
}
