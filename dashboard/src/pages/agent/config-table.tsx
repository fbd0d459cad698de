import { Trans } from "@lingui/react/macro";
import type { AgentConfig } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/lib/cn";
import { formatSetting, settingRows } from "./config";

const COLUMNS = "sm:grid sm:grid-cols-[13rem_11rem_14rem_1fr] sm:items-center sm:gap-3";

/** The settings with what is in effect and why: a table on a desk, a list on a phone. */
export function ConfigTable({ config }: { config: AgentConfig }) {
  return (
    <div className="card text-sm">
      <div aria-hidden className={cn("hidden border-b px-3 py-2 font-medium text-muted text-xs", COLUMNS)}>
        <span>
          <Trans>Setting</Trans>
        </span>
        <span>
          <Trans>In effect</Trans>
        </span>
        <span>
          <Trans>Set by</Trans>
        </span>
        <span>
          <Trans>Wanted by the hub</Trans>
        </span>
      </div>
      <ul>
        {settingRows(config).map((row) => {
          const differs = row.refused !== null || row.source === "";
          return (
            <li key={row.key} className={cn("border-b px-3 py-2 last:border-0", COLUMNS)}>
              <div className="flex justify-between gap-3 sm:contents">
                <span className="font-medium">{row.label}</span>
                <span className="tnum text-end sm:text-start">
                  <span className="sr-only">
                    <Trans>in effect:</Trans>{" "}
                  </span>
                  {formatSetting(row.key, row.effective)}
                </span>
              </div>
              <div className="mt-1 sm:mt-0">
                {row.pinned ? (
                  <Badge className="border">{row.source}</Badge>
                ) : (
                  <span className="text-muted max-sm:text-xs">{row.source}</span>
                )}
              </div>
              <div className={cn("tnum", differs && row.wanted !== null ? "max-sm:mt-1" : "max-sm:hidden")}>
                <span className="text-muted text-xs sm:sr-only">
                  <Trans>The hub wants</Trans>{" "}
                </span>
                {formatSetting(row.key, row.wanted)}
                {row.refused !== null && (
                  <p className="text-bad text-xs">
                    <Trans>Not followed: {row.refused}</Trans>
                  </p>
                )}
              </div>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
