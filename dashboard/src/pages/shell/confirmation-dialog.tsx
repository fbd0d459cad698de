import { lazy, Suspense } from "react";
import { confirmationWanted } from "@/api/confirmation";
import { useSignal } from "@/state/use-signal";

const ProofDialog = lazy(() => import("./proof-dialog").then((module) => ({ default: module.ProofDialog })));

/** Asks who is at the keyboard when the hub wants to know before something dangerous; then that goes on by itself. */
export function ConfirmationDialog() {
  const answer = useSignal(confirmationWanted);
  return <Suspense>{answer !== null && <ProofDialog onAnswer={answer} />}</Suspense>;
}
