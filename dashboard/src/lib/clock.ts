/** Differences below this are the resolution of the Date header and the way it travels, not a wrong clock. */
const TOLERATED_SECONDS = 2;

let offset = 0;

/** Learns how far this machine's clock is from the hub's, from the Date header of any answer. */
export function observeHubDate(header: string | null, localMilliseconds: number): void {
  if (header === null) return;
  const difference = (Date.parse(header) - localMilliseconds) / 1000;
  if (Number.isFinite(difference)) offset = Math.abs(difference) > TOLERATED_SECONDS ? difference : 0;
}

let heard = 0;

/** Takes note that the hub said something of how things are. */
export function noteHeard(): void {
  heard = hubNow();
}

/** When the hub last said something, in Unix seconds; 0 for never. */
export function lastHeard(): number {
  return heard;
}

/** The present by the hub's clock, in Unix seconds. */
export function hubNow(): number {
  return Date.now() / 1000 + offset;
}
