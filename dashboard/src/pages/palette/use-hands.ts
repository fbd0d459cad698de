import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { KeySequence } from "@/lib/key-sequence";
import { overlay, plainKeys } from "@/state/palette";
import { KEYS, PAGES, type PageLine } from "./table";

/** Whether a press of a plain key belongs to what has the focus: a field, or whatever is open over the page. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  return (
    event.defaultPrevented ||
    event.isComposing ||
    event.repeat ||
    target?.closest("input, textarea, select, [contenteditable], [role=menu], [role=listbox]") != null ||
    document.querySelector("[role=dialog], [role=alertdialog], [role=menu]") !== null
  );
}

/** What of a page has this key; the first that is to be seen and may be pressed. */
function marked(key: string): HTMLElement | undefined {
  return [...document.querySelectorAll<HTMLElement>(`main [data-key="${key}"]`)].find(
    (one) => one.checkVisibility() && !one.matches(":disabled"),
  );
}

/** Listens to the keys of the table while a page of the shell is open. */
export function useHands(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const pages = new Map<string, PageLine["to"]>();
    for (const { keys, to } of PAGES) if (keys !== undefined) pages.set(keys, to);
    const sequence = new KeySequence([...pages.keys(), ...KEYS.map(({ keys }) => keys)]);
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        overlay.set(overlay.get() === "palette" ? null : "palette");
        return;
      }
      if (!plainKeys.get() || isTaken(event)) return;
      const pressed = sequence.press(event);
      if (pressed === null) return;
      event.preventDefault();
      const to = pages.get(pressed);
      if (to !== undefined) void navigate({ to });
      else if (pressed === "?") overlay.set("keys");
      else if (pressed === "/") marked("/")?.focus();
      else marked("n")?.click();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [navigate]);
}
