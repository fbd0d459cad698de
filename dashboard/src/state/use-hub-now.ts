import { useEffect, useState } from "react";
import { hubNow } from "@/lib/clock";

/** The present by the hub's clock in Unix seconds, renewed every so often. */
export function useHubNow(everyMs: number): number {
  const [now, setNow] = useState(hubNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(hubNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
