// What pages read from the address, where anything may stand.

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

type Defined<Fields> = { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };

/** The fields that are there. */
export function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}
