import { Signal } from "@/lib/signal";

/** The type of the problem that asks for a fresh proof of who is at the keyboard. */
export const CONFIRMATION_NEEDED = "urn:opsentrix:problem:confirmation-needed";

/** Set while somebody has to prove that it is them; the dialog calls it with whether they did. */
export const confirmationWanted = new Signal<((confirmed: boolean) => void) | null>(null);

let asking: Promise<boolean> | null = null;

/** Asks for a proof; acts that need one at the same time share it. */
export function askConfirmation(): Promise<boolean> {
  asking ??= new Promise<boolean>((resolve) => {
    confirmationWanted.set((confirmed) => {
      confirmationWanted.set(null);
      asking = null;
      resolve(confirmed);
    });
  });
  return asking;
}
