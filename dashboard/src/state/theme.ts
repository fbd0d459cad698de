import { keep, readKept } from "@/lib/kept";
import { Signal } from "@/lib/signal";

export type ThemeChoice = "light" | "dark" | "system";
const STORAGE_KEY = "opsentrix.theme";

function stored(): ThemeChoice {
  const choice = readKept(STORAGE_KEY);
  return choice === "light" || choice === "dark" ? choice : "system";
}

/** What the user chose. public/theme.js applies the same choice before the first paint. */
export const theme = new Signal<ThemeChoice>(stored());

function apply(): void {
  const choice = theme.get();
  const dark = choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const around = document.querySelector<HTMLMetaElement>("meta[name=theme-color]");
  if (around !== null) around.content = dark ? "#11151a" : "#ffffff";
}

/** Chooses and remembers a theme. */
export function chooseTheme(choice: ThemeChoice): void {
  theme.set(choice);
  keep(STORAGE_KEY, choice === "system" ? null : choice);
  apply();
}

/** Follows the system while the choice is "system", also in what it changed since the first paint. */
export function followSystemTheme(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}
