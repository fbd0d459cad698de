import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { X } from "lucide-react";
import { asProblem } from "@/api/problem";
import type { Agent, AgentEvent } from "@/api/types";
import { CheckMenu } from "@/components/check-menu";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { EVENT_KINDS, type EventKindName, MAX_LISTED, windowAround } from "@/lib/agent-events";
import { hubNow } from "@/lib/clock";
import { rangeOf, rangeSeconds } from "@/lib/range";
import { useGoverns } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";
import { useAgentPage } from "../page-context";
import { EventRow } from "./event-row";
import { KINDS } from "./kinds";
import { NoEvents } from "./no-events";
import { eventsQuery } from "./query";

const route = getRouteApi("/app/agents/$agentId");

/** Everything that happened to an agent in the time that the page shows, whatever told of it. */
export function Events({ agent }: { agent: Agent }) {
  const search = route.useSearch();
  const { events: kinds = [] } = search;
  const shown = rangeOf(search);
  const found = useInfiniteQuery(eventsQuery(agent.id, shown, kinds));
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section id="events" aria-labelledby="events-title" tabIndex={-1} className="scroll-mt-28 pt-6 outline-none">
      <div className="mb-2.5 flex flex-wrap items-center gap-2">
        <h2 id="events-title" className="flex-1 font-semibold text-base tracking-tight">
          <Trans>Events</Trans>
        </h2>
        <Filter kinds={kinds} />
      </div>
      {rangeSeconds(shown) > MAX_LISTED && (
        <p className="mb-2 text-muted text-xs">
          <Trans>Only the last year of this time is listed.</Trans>
        </p>
      )}
      {found.isPending && <Skeleton className="h-44" />}
      {found.error !== null && (
        <Notice className="mb-3" title={t`The events could not be loaded`} onRetry={() => void found.refetch()}>
          {asProblem(found.error).message}
        </Notice>
      )}
      {found.data !== undefined && items.length === 0 && (
        <NoEvents filtered={kinds.length > 0} seconds={rangeSeconds(shown)} />
      )}
      {items.length > 0 && <List items={items} agent={agent} />}
      {found.hasNextPage && (
        <div className="mt-3 text-center">
          <Button size="sm" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            <Trans>Show more</Trans>
          </Button>
        </div>
      )}
    </section>
  );
}

function List({ items, agent }: { items: readonly AgentEvent[]; agent: Agent }) {
  const { zoom } = useAgentPage();
  const now = useHubNow(5000);
  const show = ({ at, until }: AgentEvent) => {
    const begin = Date.parse(at) / 1000;
    const { from, to } = windowAround(begin, until === null ? begin : Date.parse(until) / 1000, hubNow());
    zoom(from, to);
    window.scrollTo({ top: 0 });
  };
  return (
    <ul aria-label={t`Events`} className="card divide-y overflow-hidden">
      {items.map((one) => (
        <EventRow key={one.id} event={one} agent={agent.id} now={now} onShow={show} />
      ))}
    </ul>
  );
}

/** Which kinds are listed; the address has it. */
function Filter({ kinds }: { kinds: readonly EventKindName[] }) {
  const navigate = route.useNavigate();
  const governs = useGoverns();
  const offered = EVENT_KINDS.filter((kind) => kind !== "change" || governs);
  const choose = (wanted: readonly string[]) => {
    const events = EVENT_KINDS.filter((kind) => wanted.includes(kind));
    void navigate({
      search: ({ events: _before, ...rest }) => (events.length === 0 ? rest : { ...rest, events }),
      replace: true,
      resetScroll: false,
    });
  };
  return (
    <div className="flex items-center gap-1">
      {kinds.length > 0 && (
        <Button variant="ghost" size="icon" aria-label={t`Show all kinds of events`} onClick={() => choose([])}>
          <X className="size-3.5" aria-hidden />
        </Button>
      )}
      <CheckMenu
        label={t({ message: "Kinds", context: "of events" })}
        options={offered}
        value={kinds}
        nameOf={(kind) => KINDS[kind as EventKindName].label}
        onChange={choose}
      />
    </div>
  );
}
