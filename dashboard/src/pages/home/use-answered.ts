import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isEverything } from "@/lib/access";
import { alertCountsQuery } from "@/pages/alerts/queries";
import { openQuery } from "@/pages/incidents/queries";
import { useSetup } from "@/pages/setup/use-setup";
import { watchQuery } from "@/pages/watch/queries";
import { awaitingQuery } from "@/state/awaiting";
import { useShared } from "@/state/pass";
import { useMay, useUser } from "@/state/session";
import { waitingRunsQuery } from "@/state/waiting-runs";

/** What takes longer than this is not waited for: it comes into the page when it does. */
const PATIENCE_MS = 1000;

/**
 * Whether the hub has answered all that stands on Home, or had the time to. So all of it is drawn at once, and nothing is
 * pushed away under the pointer by an answer above it.
 */
export function useAnswered(): boolean {
  const may = useMay("operator");
  const everywhere = isEverything(useUser().scope);
  const shared = useShared();
  const asked = [
    useQuery(openQuery({})),
    useQuery(alertCountsQuery),
    useQuery({ ...watchQuery, enabled: everywhere && !shared }),
    useQuery({ ...awaitingQuery, enabled: may }),
    useQuery({ ...waitingRunsQuery, enabled: may }),
  ];
  const setup = useSetup();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return late || (setup.complete && asked.every(({ isLoading }) => !isLoading));
}
