import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { OperatorKey } from "@/api/types";
import { bestKey } from "@/lib/run-draft";
import { keysHereQuery, keysQuery } from "@/state/commands";
import type { Offered } from "./use-offered";

export interface Signer {
  /** Null: the hub's key. */
  key: OperatorKey | null;
  /** Those of mine that this browser has. */
  usable: OperatorKey[];
  /** Whether no machine follows the hub in this. */
  demanded: boolean;
  /** Whether an own key could sign at all. */
  possible: boolean;
  choose: (key: OperatorKey | null) => void;
  pending: boolean;
}

/** Who signs a command: the hub where it may, else a key of this browser. */
export function useSigner(action: Offered | null): Signer {
  const mine = useQuery(keysQuery);
  const here = useQuery(keysHereQuery);
  const [chosen, setChosen] = useState<number | "hub" | null>(null);
  const demanded = action !== null && !action.signers.includes("hub");
  const possible = action?.signers.includes("operator") ?? false;
  const usable = (mine.data ?? []).filter(({ key_id: id }) => here.data?.includes(id) ?? false);
  const best = bestKey(usable, here.data ?? [], action?.operators ?? []);
  const picked = usable.find(({ id }) => id === chosen);
  return {
    key: demanded ? (picked ?? best) : (picked ?? null),
    usable,
    demanded,
    possible,
    choose: (key) => setChosen(key?.id ?? "hub"),
    pending: mine.isPending || here.isPending,
  };
}
