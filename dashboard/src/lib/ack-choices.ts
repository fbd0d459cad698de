import { t } from "@lingui/core/macro";
import { nextAt } from "./timeline";
import { wallClock } from "./zone";

/** Until when somebody may say that they look after something. */
export interface AckChoice {
  label: string;
  /** Unix seconds. */
  until: number;
}

const MORNING = 9;

/** The next time that it is nine in the morning here, at least two hours ahead. */
function nextMorning(now: number): number {
  return nextAt(now + 2 * 3600 - 1, MORNING);
}

/** The choices at a moment in Unix seconds, the shortest first; the morning stands where it belongs. */
export function ackChoices(now: number): AckChoice[] {
  const morning = nextMorning(now);
  const today = wallClock(morning).getUTCDate() === wallClock(now).getUTCDate();
  return [
    { label: t`30 minutes`, until: now + 1800 },
    { label: t`1 hour`, until: now + 3600 },
    { label: t`4 hours`, until: now + 4 * 3600 },
    { label: today ? t`Until 9:00` : t`Until tomorrow, 9:00`, until: morning },
    { label: t`1 day`, until: now + 86_400 },
    { label: t`1 week`, until: now + 7 * 86_400 },
  ].sort((one, other) => one.until - other.until);
}
