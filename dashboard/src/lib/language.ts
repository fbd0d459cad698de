import { i18n } from "@lingui/core";

/** Every language, by its code, as its own speakers call it. English stands in the code; the others are catalogs. */
export const LANGUAGES = { en: "English", es: "Español" } as const;

export type Language = keyof typeof LANGUAGES;

const isLanguage = (code: string): code is Language => Object.hasOwn(LANGUAGES, code);

const codeOf = (tag: string) => tag.toLowerCase().split("-", 1)[0] ?? "";

/** The first of the wanted languages (BCP 47, most wanted first) that there is; English where there is none. */
export function languageFor(wanted: readonly string[]): Language {
  return wanted.map(codeOf).find(isLanguage) ?? "en";
}

/** What is kept of a choice, which anybody may have written; null for that of the browser. */
export const parseLanguage = (kept: string | null | undefined): Language | null =>
  typeof kept === "string" && isLanguage(kept) ? kept : null;

/** How numbers and times are written in a language: as where the browser's owner lives, if that speaks it. */
export function localeFor(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => codeOf(tag) === language) ?? language;
}

/** The locale in which numbers and times are written now. */
export const locale = (): string => i18n.locales?.toString() ?? i18n.locale;

/** What is made for a locale, once: formatters are costly to make, and charts write with every frame. */
function perLocale<Made>(make: (locale: string) => Made): () => Made {
  let made: { locale: string; it: Made } | undefined;
  return () => {
    if (made?.locale !== locale()) made = { locale: locale(), it: make(locale()) };
    return made.it;
  };
}

const counts = perLocale((locale) => new Intl.NumberFormat(locale));

/** A count of things, with its thousands set apart. */
export const formatCount = (count: number): string => counts().format(count);

const mark = perLocale((locale) => {
  const parts = new Intl.NumberFormat(locale).formatToParts(1.5);
  return parts.find(({ type }) => type === "decimal")?.value ?? ".";
});

/** A number as JavaScript writes it, "1.5", with the mark of the language: "1,5". */
export const withMark = (digits: string): string => digits.replace(".", mark());

const lists = {
  conjunction: perLocale((locale) => new Intl.ListFormat(locale, { type: "conjunction" })),
  disjunction: perLocale((locale) => new Intl.ListFormat(locale, { type: "disjunction" })),
};

/** "a, b and c", or "a, b or c", as the language joins names. */
export function joined(names: readonly string[], type: keyof typeof lists = "conjunction"): string {
  return lists[type]().format(names);
}

/** A text that goes on behind another: without the capital that begins it. */
export const uncapitalized = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
