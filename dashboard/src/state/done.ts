import { Signal } from "@/lib/signal";

/** What was just done, and what takes it back; null for what cannot be. */
export interface Done {
  text: string;
  undo: (() => Promise<unknown>) | null;
}

/** The newest thing that was done and can still be taken back, for the shell to show. */
export const lastDone = new Signal<Done | null>(null);
