import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ChevronRight, KeyRound } from "lucide-react";
import { EffectMark } from "@/components/effect";
import { actionWords, grouped } from "@/lib/action-words";
import type { Offered } from "./use-offered";

interface ActionPickerProps {
  actions: readonly Offered[];
  machines: number;
  onChoose: (action: Offered) => void;
}

/** What machines allow, by group, each with how many of them do. */
export function ActionPicker({ actions, machines, onChoose }: ActionPickerProps) {
  if (actions.length === 0) {
    return (
      <p className="rounded-md bg-raised px-4 py-6 text-center text-muted">
        {machines === 1
          ? t`This machine’s owner allows nothing. Each machine’s page says what would.`
          : t`The owners of these machines allow nothing. Each machine’s page says what would.`}
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {grouped(actions).map(({ group, actions: found }) => (
        <div key={group}>
          <h3 className="mb-1 font-medium text-muted text-xs">{group}</h3>
          <ul aria-label={group} className="divide-y rounded-lg border">
            {found.map((one) => (
              <li key={one.name}>
                <button
                  type="button"
                  onClick={() => onChoose(one)}
                  className="touch flex w-full flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2 text-start hover:bg-raised/60"
                >
                  <span className="min-w-0 flex-1 basis-48 font-medium">{actionWords(one.name).label}</span>
                  {!one.signers.includes("hub") && (
                    <span className="inline-flex items-center gap-1 text-muted text-xs">
                      <KeyRound className="size-3.5" aria-hidden />
                      <Trans>your key</Trans>
                    </span>
                  )}
                  {machines > 1 && (
                    <span className="tnum text-muted text-xs">
                      {one.agents === machines
                        ? t({ message: "all", context: "machines" })
                        : t`${{ allowed: one.agents }} of ${machines}`}
                    </span>
                  )}
                  <EffectMark effect={one.effect} className="w-24" />
                  <ChevronRight className="size-4 text-muted max-sm:hidden" aria-hidden />
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}
