import { useMutation } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import { UndoBar } from "@/components/undo-bar";
import { type Done, lastDone } from "@/state/done";
import { useSignal } from "@/state/use-signal";

/** What was just done, with a way back where there is one. */
export function DoneBar() {
  const done = useSignal(lastDone);
  return done === null ? null : <Shown key={done.text} done={done} />;
}

function Shown({ done: { text, undo } }: { done: Done }) {
  const close = () => lastDone.set(null);
  const back = useMutation({
    mutationFn: async () => undo?.(),
    onSuccess: close,
    onError: (error) => lastDone.set({ text: asProblem(error).advice, undo: null }),
  });
  return (
    <UndoBar busy={back.isPending} onUndo={undo === null ? null : () => back.mutate()} onClose={close}>
      {text}
    </UndoBar>
  );
}
