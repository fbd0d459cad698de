import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { deleteRoute, orderRoutes } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { NoticeRoute } from "@/api/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { moved } from "@/lib/routing";
import { queryClient, useGoverns } from "@/state/session";
import { refresh, routesQuery } from "./queries";
import { RemoveDialog } from "./remove-dialog";
import { RouteDialog } from "./route-dialog";
import { RouteItem } from "./route-item";
import { RoutePreview } from "./route-preview";

type Doing = { what: "edit"; route: NoticeRoute | null } | { what: "remove"; route: NoticeRoute };

/** Routes in their order, and who would be told by them. */
export function Routes() {
  const governs = useGoverns();
  const routes = useQuery(routesQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  const order = useMutation({
    mutationFn: (next: NoticeRoute[]) => orderRoutes(next.map(({ id }) => id)),
    onSuccess: (items) => queryClient.setQueryData(routesQuery.queryKey, items),
    onError: refresh,
  });
  if (routes.isPending) return <Skeleton className="h-40 w-full" />;
  if (routes.isError) return <Notice title={t`Routes could not be loaded`}>{asProblem(routes.error).message}</Notice>;
  const own = routes.data.filter((one) => !one.default);
  const problem = order.error === null ? null : asProblem(order.error);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <p className="min-w-0 flex-1 basis-72 text-muted">
          <Trans>From the top: the first route that fits takes it, and those after it only where it says so.</Trans>
        </p>
        <Button variant="primary" disabled={!governs} onClick={() => setDoing({ what: "edit", route: null })}>
          <Plus className="size-4" aria-hidden />
          <Trans>Add route</Trans>
        </Button>
      </div>
      {problem !== null && <Notice title={t`The order was not changed`}>{problem.message}</Notice>}
      <ol aria-label={t`Routes`} className="card divide-y">
        {routes.data.map((route, at) => (
          <RouteItem
            key={route.id}
            route={route}
            first={at === 0}
            last={at === own.length - 1}
            busy={order.isPending}
            onMove={(by) => order.mutate(moved(own, at, by))}
            onEdit={() => setDoing({ what: "edit", route })}
            onRemove={() => setDoing({ what: "remove", route })}
          />
        ))}
      </ol>
      <RoutePreview />
      {doing?.what === "edit" && <RouteDialog route={doing.route} onClose={done} />}
      {doing?.what === "remove" && (
        <RemoveDialog
          title={t`Remove the route ${doing.route.name}?`}
          text={t`What it took goes to the routes after it. Who was told of an incident is still told of its end.`}
          run={() => deleteRoute(doing.route.id)}
          onDone={refresh}
          onClose={done}
        />
      )}
    </div>
  );
}
