import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Eye, EyeOff } from "lucide-react";
import type { ReactNode } from "react";
import { metricsOf, type Place, tellsIncidents } from "@/lib/shared-place";

/** What whoever has the link will see, and what not. */
export function WhatIsSeen({ place }: { place: Place }) {
  const metrics = metricsOf(place);
  return (
    <div className="divide-y rounded-md border text-xs leading-5">
      <Part
        icon={<Eye className="size-4 text-accent" aria-hidden />}
        title={t({ message: "Seen", context: "by a link" })}
      >
        <li>
          <Trans>Agents: name, type, environment, tags, state; CPU, memory, disk, network and load now</Trans>
        </li>
        {place.name === "home" && (
          <li>
            <Trans>Alerts and open incidents: title, severity, how many</Trans>
          </li>
        )}
        {place.name === "dashboard" && tellsIncidents(place) && (
          <li>
            <Trans>Open incidents: title, severity, how many</Trans>
          </li>
        )}
        {metrics.map((metric) => (
          <li key={metric} className="break-words">
            <Trans>
              <span className="font-mono">{metric}</span> with its labels and its history
            </Trans>
          </li>
        ))}
        {place.name === "dashboard" && (
          <li>
            <Trans>Texts on the dashboard, and whatever is put on it later</Trans>
          </li>
        )}
      </Part>
      <Part
        icon={<EyeOff className="size-4 text-muted" aria-hidden />}
        title={t({ message: "Never seen", context: "by a link" })}
      >
        <li>
          <Trans>Other pages and metrics, people, notes, addresses, processes, commands, settings</Trans>
        </li>
      </Part>
    </div>
  );
}

function Part({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <div className="flex gap-3 px-3.5 py-2.5">
      <span className="mt-0.5">{icon}</span>
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        <ul className="text-muted">{children}</ul>
      </div>
    </div>
  );
}
