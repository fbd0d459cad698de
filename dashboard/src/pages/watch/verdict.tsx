import { plural, t } from "@lingui/core/macro";
import { CircleAlert, ShieldCheck } from "lucide-react";
import type { Watch } from "@/api/types";
import { cn } from "@/lib/cn";

/** Whether all is well with the hub, how many of its checks fire, and that as a sentence. */
export function verdictOf(watch: Watch): { well: boolean; firing: number; headline: string } {
  const firing = watch.checks.filter(({ state }) => state === "firing" || state === "unknown").length;
  return { well: watch.broken.length === 0 && firing === 0, firing, headline: headlineOf(watch, firing) };
}

/** The answer in a sentence, and what follows from it. */
export function Verdict({ watch }: { watch: Watch }) {
  const { well, firing, headline } = verdictOf(watch);
  const Icon = well ? ShieldCheck : CircleAlert;
  return (
    <section aria-label={t`Answer`} className={cn("card flex items-start gap-4 px-5 py-4", !well && "border-bad/40")}>
      <Icon className={cn("mt-0.5 size-7 shrink-0", well ? "text-ok" : "text-bad")} aria-hidden />
      <div className="min-w-0">
        <p className="font-semibold text-[0.9375rem]">{headline}</p>
        {watch.broken.length === 0 ? (
          <p className="mt-0.5 text-muted">{subline(watch, firing)}</p>
        ) : (
          <ul className="mt-1 list-disc ps-4 text-muted">
            {watch.broken.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function headlineOf({ broken }: Watch, firing: number): string {
  if (broken.length > 0) return t`Not now: the way from a sample to a person is broken`;
  if (firing > 0)
    return plural(firing, { one: "Yes, but a check of the hub fires", other: "Yes, but # checks of the hub fire" });
  return t`Yes: every stage works, and alerts come through`;
}

function subline({ deadman, canary }: Watch, firing: number): string {
  if (firing > 0) return t`The list below says which, and what to do.`;
  if (canary.interval_s === 0) return t`Canaries are off, so nobody tries whether an alert comes through.`;
  if (deadman.host === "") return t`If the hub died, though, nobody would be told: there is no dead man's switch.`;
  return t`If the hub died, the missing ping would tell.`;
}
