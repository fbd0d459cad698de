import type { Problem } from "@/api/problem";
import type { Share } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { nameOf } from "./words";

interface RevokeDialogProps {
  share: Share;
  pending: boolean;
  problem: Problem | null;
  onConfirm: () => void;
  onClose: () => void;
}

export function RevokeDialog({ share, pending, problem, onConfirm, onClose }: RevokeDialogProps) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Revoke ${nameOf(share)}?`}
      description="The link shows nothing from now on, and pages that are open by it end at once. This cannot be undone."
      className="sm:w-[28rem]"
    >
      {problem !== null && (
        <p role="alert" className="mb-3 text-bad">
          {problem.message}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="danger" disabled={pending} onClick={onConfirm}>
          {pending ? "Revoking…" : "Revoke link"}
        </Button>
      </div>
    </Dialog>
  );
}
