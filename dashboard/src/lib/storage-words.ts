import { plural, t } from "@lingui/core/macro";
import { displayUnit, formatValue } from "./units";

export const bytes = (value: number | null): string => formatValue(value, displayUnit("", "By"));

/** What the hub measured, as far as a forecast needs it. */
interface Measured {
  tiers: readonly { bytes_per_day: number | null; settled_bytes: number | null; bytes: number }[];
  room_bytes: number | null;
  full_in_days: number | null;
}

export interface Forecast {
  text: string;
  /** Whether somebody should do something: now, in time, or not at all. */
  concern: "urgent" | "soon" | "none";
}

const URGENT_DAYS = 7;
const SOON_DAYS = 60;

/** How long the room lasts, in words. */
export function forecastWords({ tiers, room_bytes: room, full_in_days: days }: Measured): Forecast {
  if (room === null) {
    return {
      text: t`PostgreSQL runs elsewhere and no limit is set, so the hub cannot see how much room is left.`,
      concern: "none",
    };
  }
  const left = bytes(room);
  if (tiers.every((one) => one.bytes_per_day === null)) {
    return { text: t`${left} may still come. How fast it fills is known after a whole day.`, concern: "none" };
  }
  if (days !== null) {
    const time = dayCount(days);
    return {
      text:
        days < 1
          ? t`As things are, the room is used up within a day. Then the oldest history goes first, before its time.`
          : t`As things are, the room is used up in about ${time}. Then the oldest history goes first, before its time.`,
      concern: days < URGENT_DAYS ? "urgent" : days < SOON_DAYS ? "soon" : "none",
    };
  }
  const settled = bytes(tiers.reduce((sum, one) => sum + (one.settled_bytes ?? one.bytes), 0));
  return {
    text: t`It fits: once as much goes as comes, history takes about ${settled}. ${left} may still come.`,
    concern: "none",
  };
}

/** "30 days", "about 2 years" where days say less. */
export function dayCount(days: number): string {
  const whole = Math.round(days);
  return whole >= 730
    ? plural(Math.round(whole / 365), { one: "# year", other: "# years" })
    : plural(whole, { one: "# day", other: "# days" });
}
