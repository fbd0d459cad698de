import { t } from "@lingui/core/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { CircleCheckBig, Inbox } from "lucide-react";
import { useState } from "react";
import type { Outcome } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { useHubNow } from "@/state/use-hub-now";
import { HistoryItem } from "./history-item";
import { historyQuery } from "./queries";

type Filter = Outcome | "all";

const FILTERS: readonly { value: Filter; label: string }[] = [
  { value: "failing", label: t({ message: "Failing", context: "notifications" }) },
  { value: "waiting", label: t({ message: "Waiting", context: "notifications" }) },
  { value: "nobody", label: t`Told nobody` },
  { value: "delivered", label: t({ message: "Delivered", context: "notifications" }) },
  { value: "all", label: t({ message: "All", context: "notifications" }) },
];

/** What was told to whom, with each provider's answer; what fails is shown first where something does. */
export function History() {
  const now = useHubNow(5000);
  const [chosen, setChosen] = useState<Filter | null>(null);
  const failing = useInfiniteQuery(historyQuery("failing"));
  const filter = chosen ?? ((failing.data?.pages[0]?.items.length ?? 0) > 0 ? "failing" : "all");
  const history = useInfiniteQuery(historyQuery(filter === "all" ? null : filter));
  if (failing.isPending || history.isPending) return <Skeleton className="h-40 w-full" />;
  if (history.isError) {
    return <Notice title={t`Notifications could not be loaded`}>{asProblem(history.error).message}</Notice>;
  }
  const items = history.data.pages.flatMap((page) => page.items);
  return (
    <div className="flex flex-col gap-3">
      <Segmented
        label={t`What became of them`}
        value={filter}
        options={FILTERS}
        onChange={setChosen}
        className="max-w-full self-start overflow-x-auto"
      />
      {items.length === 0 ? (
        <Empty filter={filter} />
      ) : (
        <ul aria-label={t`Notifications`} className="card divide-y">
          {items.map((one) => (
            <HistoryItem key={one.id} one={one} now={now} />
          ))}
        </ul>
      )}
      {history.hasNextPage && (
        <Button
          className="self-center"
          disabled={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          {history.isFetchingNextPage ? t`Loading…` : t`Show older ones`}
        </Button>
      )}
    </div>
  );
}

const NONE: Record<Filter, string> = {
  all: t`Nothing was told to anybody yet.`,
  failing: t`Every message got through.`,
  waiting: t`Nothing waits to be sent.`,
  nobody: t`There was always somebody to tell.`,
  delivered: t`Nothing was delivered yet.`,
};

function Empty({ filter }: { filter: Filter }) {
  const Icon = filter === "failing" || filter === "nobody" ? CircleCheckBig : Inbox;
  return (
    <p className="card flex flex-col items-center gap-3 px-6 py-12 text-center text-muted">
      <Icon className="size-8" aria-hidden />
      {NONE[filter]}
    </p>
  );
}
