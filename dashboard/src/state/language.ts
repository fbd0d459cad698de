import { i18n, type Messages } from "@lingui/core";
import { keep, readKept } from "@/lib/kept";
import { type Language, languageFor, localeFor, parseLanguage } from "@/lib/language";

const STORAGE_KEY = "opsentrix.language";

/** The language of this page: the one that was chosen in this browser, else the one that the browser asks for. */
export const chosenLanguage = (): Language => parseLanguage(readKept(STORAGE_KEY)) ?? languageFor(navigator.languages);

/**
 * Makes all texts those of the language chosen. Called before any code that has texts is loaded: what that code says is
 * settled as it loads. A catalog that cannot be had leaves English.
 */
export async function activateLanguage(
  catalogs: Record<Exclude<Language, "en">, () => Promise<{ messages: Messages }>>,
) {
  const language = chosenLanguage();
  const catalog = language === "en" ? undefined : await catalogs[language]().catch(() => undefined);
  const spoken = catalog === undefined ? "en" : language;
  const locales = [localeFor(spoken, navigator.languages)];
  i18n.loadAndActivate({ locale: spoken, locales, messages: catalog?.messages ?? {} });
  document.documentElement.lang = spoken;
}

/** Remembers a language, unless the browser asks for it anyway, and shows this very place in it. */
export function chooseLanguage(language: Language): void {
  keep(STORAGE_KEY, language === languageFor(navigator.languages) ? null : language);
  window.location.reload();
}
