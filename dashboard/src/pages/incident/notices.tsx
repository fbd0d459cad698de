import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import type { Notice as Told } from "@/api/types";
import { Card } from "@/components/card";
import { Notice } from "@/components/notice";
import { Skeleton } from "@/components/ui/skeleton";
import { formatAgo, formatMoment } from "@/lib/time";
import { Delivery } from "@/pages/notifications/delivery";
import { useHubNow } from "@/state/use-hub-now";
import { noticesQuery } from "./queries";

const KINDS: Record<Told["kind"], string> = {
  opened: t`It began`,
  escalated: t`It became graver`,
  changed: t`It changed`,
  acknowledged: t`Somebody looks after it`,
  reminder: t`Reminder`,
  resolved: t`It is over`,
  test: t({ message: "Test", context: "noun" }),
};

/** Who was told of an incident, and what each provider answered. */
export function Notices({ incident }: { incident: number }) {
  const now = useHubNow(5000);
  const { data, error, isPending } = useQuery(noticesQuery(incident));
  return (
    <Card title={t`Notifications`} text={data?.items.length === 0 ? t`Nobody was told of it so far.` : undefined}>
      {error !== null && <Notice title={t`They could not be loaded`}>{asProblem(error).message}</Notice>}
      {isPending && <Skeleton className="m-5 h-16" />}
      {data !== undefined && data.items.length > 0 && (
        <ul aria-label={t`Notifications`} className="divide-y border-t">
          {data.items.map((one) => (
            <li key={one.id} className="px-5 py-3">
              <p className="flex flex-wrap items-baseline justify-between gap-x-3">
                <span className="font-medium">{KINDS[one.kind]}</span>
                <time
                  dateTime={one.at}
                  title={formatMoment(Date.parse(one.at) / 1000)}
                  className="tnum text-muted text-xs"
                >
                  {formatAgo(one.at, now)}
                </time>
              </p>
              {one.deliveries.length === 0 && (
                <p className="text-warn text-xs">{one.planned_at === null ? t`Not routed yet` : t`Told nobody`}</p>
              )}
              <ul className="mt-1.5 flex flex-col gap-1">
                {one.deliveries.map((each) => (
                  <Delivery key={each.id} delivery={each} now={now} />
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
