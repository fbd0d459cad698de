import { t } from "@lingui/core/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useDeferredValue, useEffect, useEffectEvent, useMemo, useState } from "react";
import { asProblem } from "@/api/problem";
import { Crosshair } from "@/charts/crosshair";
import { Notice } from "@/components/notice";
import { isLive, type RangeSearch, withRange, zoomWindow } from "@/lib/range";
import { NotFoundPage } from "@/pages/shell/not-found-page";
import { queryClient } from "@/state/session";
import { useSignal } from "@/state/use-signal";
import { AgentBody } from "./agent-body";
import { AgentHeader } from "./agent-header";
import { agentQuery } from "./agent-query";
import { AgentPageProvider } from "./page-context";
import { PageSkeleton } from "./page-skeleton";
import { useAgentFeed } from "./use-agent-feed";
import { useMarks } from "./use-marks";

// Few come here to change something: the code for it comes when they do.
const DeleteDialog = lazy(() => import("./delete-dialog").then((module) => ({ default: module.DeleteDialog })));
const EditDialog = lazy(() => import("./edit-dialog").then((module) => ({ default: module.EditDialog })));
const SealDialog = lazy(() => import("./seal-dialog").then((module) => ({ default: module.SealDialog })));

const route = getRouteApi("/app/agents/$agentId");

export function AgentPage() {
  const id = Number(route.useParams().agentId);
  return Number.isInteger(id) && id > 0 ? <KnownAgentPage key={id} id={id} /> : <NotFoundPage />;
}

function KnownAgentPage({ id }: { id: number }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const feed = useAgentFeed(id, search);
  const agent = useQuery(agentQuery(id));
  // The page is large: what was there before stays quick while it is made.
  const known = useDeferredValue(agent.data !== undefined);
  const status = useSignal(feed.liveStatus);
  const resyncs = useSignal(feed.resyncs);
  useEffect(() => {
    if (resyncs > 0) void queryClient.invalidateQueries({ queryKey: agentQuery(id).queryKey });
  }, [id, resyncs]);
  const [dialog, setDialog] = useState<"edit" | "seal" | "delete" | null>(null);
  const [crosshair] = useState(() => new Crosshair());
  const setRange = useEffectEvent((range: RangeSearch) => {
    void navigate({ search: withRange(search, range), resetScroll: false });
  });
  const zoom = useEffectEvent((first: number, second: number) =>
    setRange({ ...(search.range !== undefined && { range: search.range }), ...zoomWindow(first, second) }),
  );
  const resetZoom = useEffectEvent(() => {
    if (!isLive(search)) setRange(search.range === undefined ? {} : { range: search.range });
  });
  const marks = useMarks(id, search);
  const context = useMemo(
    () => ({
      store: feed.store,
      crosshair,
      setRange: (range: RangeSearch) => setRange(range),
      zoom: (from: number, to: number) => zoom(from, to),
      resetZoom: () => resetZoom(),
      marks,
    }),
    [feed, crosshair, marks],
  );
  const name = agent.data?.name;
  const interval = agent.data?.reporting_interval;
  useEffect(() => {
    document.title = name === undefined ? "Opsentrix" : `${name} · Opsentrix`;
  }, [name]);
  useEffect(() => {
    if (interval !== undefined) feed.store.interval = interval;
  }, [feed, interval]);

  const problem = agent.error === null ? null : asProblem(agent.error);
  if (problem?.status === 404) return <NotFoundPage />;
  if (problem !== null && agent.data === undefined) {
    return (
      <Notice title={t`This agent could not be loaded`} onRetry={() => void agent.refetch()}>
        {problem.message}
      </Notice>
    );
  }
  if (agent.data === undefined || !known) return <PageSkeleton />;
  const shown = status === null ? agent.data : { ...agent.data, ...status };
  return (
    <AgentPageProvider value={context}>
      <AgentHeader
        agent={shown}
        onEdit={() => setDialog("edit")}
        onSeal={() => setDialog("seal")}
        onDelete={() => setDialog("delete")}
      />
      <AgentBody agent={shown} feed={feed} />
      <Suspense>
        {dialog === "edit" && <EditDialog agent={shown} onClose={() => setDialog(null)} />}
        {dialog === "seal" && <SealDialog agent={shown} onClose={() => setDialog(null)} />}
        {dialog === "delete" && <DeleteDialog agent={shown} onClose={() => setDialog(null)} />}
      </Suspense>
    </AgentPageProvider>
  );
}
