import { createContext, useContext } from "react";
import type { Vocabulary } from "@/lib/rule-complete";
import type { Offers } from "./use-offers";

/** What is wrong with a runbook that is being written, and at which path of it. */
export interface Mistake {
  path: string;
  text: string;
  /** The first wrong character of the text at the path, from 0. */
  position: number | null;
  hint: string;
}

/** What every field of the visual editor shares. */
export interface EditorContext {
  readOnly: boolean;
  mistake: Mistake | null;
  /** What machines that it covers allow. */
  offers: Offers;
  /** The metrics, agents and labels of which conditions are written. */
  known: Vocabulary;
  /** Which machines, as far as that can be read. */
  on: string;
}

const Context = createContext<EditorContext | null>(null);

export const EditorProvider = Context.Provider;

export function useEditorContext(): EditorContext {
  const context = useContext(Context);
  if (context === null) throw new Error("useEditorContext is for fields of the runbook editor");
  return context;
}

/** What is wrong with the field at a path; undefined for nothing. */
export function useMistake(path: string): string | undefined {
  const { mistake } = useEditorContext();
  return mistake?.path === path ? sentence(mistake.text) : undefined;
}

/** What the hub says of a value, as a sentence: "It is empty." */
export function sentence(text: string): string {
  const whole = /^(is|has|begins|does|cannot|needs)\b/.test(text) ? `it ${text}` : text;
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?]$/.test(whole) ? "" : "."}`;
}
