import { i18n, type Messages } from "@lingui/core";
import { keep, readKept } from "@/lib/kept";
import { type Language, languageFor, localeFor, parseLanguage } from "@/lib/language";

const STORAGE_KEY = "opsentrix.language";

/** The language that was chosen in this browser; null for that of the browser itself. */
export const chosenLanguage = (): Language | null => parseLanguage(readKept(STORAGE_KEY));

/**
 * Makes all texts those of the language chosen. Called before any code that has texts is loaded: what that code says is
 * settled as it loads. A catalog that cannot be had leaves English.
 */
export async function activateLanguage(
  catalogs: Record<Exclude<Language, "en">, () => Promise<{ messages: Messages }>>,
) {
  const language = chosenLanguage() ?? languageFor(navigator.languages);
  const catalog = language === "en" ? undefined : await catalogs[language]().catch(() => undefined);
  const spoken = catalog === undefined ? "en" : language;
  const locales = [localeFor(spoken, navigator.languages)];
  i18n.loadAndActivate({ locale: spoken, locales, messages: catalog?.messages ?? {} });
  document.documentElement.lang = spoken;
}

/** Remembers a language, null for that of the browser, and shows this very place in it. */
export function chooseLanguage(language: Language | null): void {
  keep(STORAGE_KEY, language);
  window.location.reload();
}
