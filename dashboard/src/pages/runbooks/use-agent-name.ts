import { t } from "@lingui/core/macro";
import { useEffect } from "react";
import { fleet } from "@/state/session";
import { useSignal } from "@/state/use-signal";

/** What agents are called, by id. */
export function useAgentName(): (id: number) => string {
  useEffect(() => fleet.use(), []);
  const { agents } = useSignal(fleet.view);
  return (id) => agents.find((one) => one.id === id)?.name ?? t`agent ${id}`;
}
