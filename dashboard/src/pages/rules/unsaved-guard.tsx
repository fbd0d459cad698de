import { useBlocker } from "@tanstack/react-router";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

/** Asks before a page is left whose changes are not saved. */
export function UnsavedGuard({ dirty, what = "rule" }: { dirty: () => boolean; what?: string }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: dirty,
    enableBeforeUnload: dirty,
    withResolver: true,
  });
  if (status !== "blocked") return null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && reset()}
      title="Leave without saving?"
      description={`What you changed in this ${what} is lost.`}
      className="sm:w-[26rem]"
    >
      <div className="mt-3 flex justify-end gap-2">
        <Button onClick={reset}>Stay</Button>
        <Button variant="danger" onClick={proceed}>
          Discard changes
        </Button>
      </div>
    </Dialog>
  );
}
