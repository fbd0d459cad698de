import type { Problem } from "@/api/problem";
import type { ApiToken } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";

interface RevokeDialogProps {
  token: ApiToken;
  pending: boolean;
  problem: Problem | null;
  onConfirm: () => void;
  onClose: () => void;
}

export function RevokeDialog({ token, pending, problem, onConfirm, onClose }: RevokeDialogProps) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Revoke ${token.name}?`}
      description="It is worth nothing at once, and its live connections end. This cannot be undone."
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
          {pending ? "Revoking…" : "Revoke token"}
        </Button>
      </div>
    </Dialog>
  );
}
