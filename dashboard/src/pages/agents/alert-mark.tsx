import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Flame } from "lucide-react";
import { alertCountsQuery } from "@/pages/alerts/queries";

/** How many alerts of an agent fire; nothing for none. The agent's page leads to them. */
export function AlertMark({ agent }: { agent: number }) {
  const { data: count = 0 } = useQuery({ ...alertCountsQuery, select: (counts) => counts.get(agent) ?? 0 });
  if (count === 0) return null;
  return (
    <span className="tnum inline-flex items-center gap-0.5 rounded bg-bad/10 px-1 font-semibold text-bad text-xs">
      <Flame className="size-3" aria-hidden />
      <Trans>
        {count}
        <span className="sr-only">
          {" "}
          <Plural value={count} one="alert" other="alerts" />
        </span>
      </Trans>
    </span>
  );
}
