import { lazy, Suspense } from "react";
import { confirmationWanted } from "@/api/confirmation";
import { useSignal } from "@/state/use-signal";

// Asked for rarely, and never by the first page.
const ProofDialog = lazy(() => import("./proof-dialog").then((module) => ({ default: module.ProofDialog })));

/** Asks who is at the keyboard when the hub wants to know before something dangerous; then that goes on by itself. */
export function ConfirmationDialog() {
  const answer = useSignal(confirmationWanted);
  if (answer === null) return null;
  return (
    <Suspense>
      <ProofDialog onAnswer={answer} />
    </Suspense>
  );
}
