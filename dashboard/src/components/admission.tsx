import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Badge } from "./ui/badge";

export type Admission = "pending" | "admitted" | "refused" | "revoked";

const LOOK: Record<Exclude<Admission, "admitted">, string> = {
  pending: "bg-warn/15 text-text",
  refused: "bg-bad/10 text-bad",
  revoked: "bg-bad/10 text-bad",
};

const TEXT: Record<Exclude<Admission, "admitted">, string> = {
  pending: t`waits for approval`,
  refused: t({ message: "refused", context: "agent" }),
  revoked: t({ message: "revoked", context: "agent" }),
};

/** Says when an agent is not simply let in; nothing for all others. */
export function AdmissionBadge({ admission, cloned }: { admission: Admission; cloned: boolean }) {
  if (admission !== "admitted") return <Badge className={LOOK[admission]}>{TEXT[admission]}</Badge>;
  return cloned ? (
    <Badge className="bg-bad/10 text-bad">
      <Trans>two hosts</Trans>
    </Badge>
  ) : null;
}
