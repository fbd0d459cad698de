/** Until when somebody may say that they look after something. */
export interface AckChoice {
  label: string;
  /** Unix seconds. */
  until: number;
}

const MORNING = 9;

/** The next time that it is nine in the morning here, at least two hours ahead. */
function nextMorning(now: number): number {
  const day = new Date(now * 1000);
  day.setHours(MORNING, 0, 0, 0);
  while (day.getTime() / 1000 < now + 2 * 3600) day.setDate(day.getDate() + 1);
  return day.getTime() / 1000;
}

/** The choices at a moment in Unix seconds, the shortest first; the morning stands where it belongs. */
export function ackChoices(now: number): AckChoice[] {
  const morning = nextMorning(now);
  const today = new Date(morning * 1000).getDate() === new Date(now * 1000).getDate();
  return [
    { label: "30 minutes", until: now + 1800 },
    { label: "1 hour", until: now + 3600 },
    { label: "4 hours", until: now + 4 * 3600 },
    { label: today ? "Until 9:00" : "Until tomorrow, 9:00", until: morning },
    { label: "1 day", until: now + 86_400 },
    { label: "1 week", until: now + 7 * 86_400 },
  ].sort((one, other) => one.until - other.until);
}
