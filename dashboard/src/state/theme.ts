import { Signal } from "@/lib/signal";

export type ThemeChoice = "light" | "dark" | "system";
const STORAGE_KEY = "opsentrix.theme";

function stored(): ThemeChoice {
  try {
    const choice = localStorage.getItem(STORAGE_KEY);
    return choice === "light" || choice === "dark" ? choice : "system";
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
    return "system";
  }
}

/** What the user chose. public/theme.js applies the same choice before the first paint. */
export const theme = new Signal<ThemeChoice>(typeof localStorage === "undefined" ? "system" : stored());

function apply(): void {
  const choice = theme.get();
  const dark = choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

/** Chooses and remembers a theme. */
export function chooseTheme(choice: ThemeChoice): void {
  theme.set(choice);
  try {
    if (choice === "system") localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, choice);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  apply();
}

/** Follows the system while the choice is "system". */
export function followSystemTheme(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}
