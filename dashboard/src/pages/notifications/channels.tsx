import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { BellRing, Plus } from "lucide-react";
import { useState } from "react";
import { deleteChannel } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { Channel } from "@/api/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useGoverns } from "@/state/session";
import { ChannelDialog } from "./channel-dialog";
import { ChannelItem } from "./channel-item";
import { channelsQuery, kindsQuery, refresh } from "./queries";
import { RemoveDialog } from "./remove-dialog";

type Doing = { what: "edit"; channel: Channel | null } | { what: "remove"; channel: Channel };

/** All channels and how they do. */
export function Channels() {
  const governs = useGoverns();
  const channels = useQuery(channelsQuery);
  const kinds = useQuery(kindsQuery);
  const [doing, setDoing] = useState<Doing | null>(null);
  const done = () => setDoing(null);
  if (channels.isPending || kinds.isPending) return <Skeleton className="h-40 w-full" />;
  if (channels.isError || kinds.isError) {
    return <Notice title={t`Channels could not be loaded`}>{asProblem(channels.error ?? kinds.error).message}</Notice>;
  }
  const add = (
    <Button variant="primary" disabled={!governs} onClick={() => setDoing({ what: "edit", channel: null })}>
      <Plus className="size-4" aria-hidden />
      <Trans>Add channel</Trans>
    </Button>
  );
  return (
    <>
      {channels.data.length === 0 ? (
        <div className="card flex flex-col items-center gap-3 px-6 py-12 text-center">
          <BellRing className="size-8 text-muted" aria-hidden />
          <p className="font-medium text-[0.9375rem]">
            <Trans>No channel yet</Trans>
          </p>
          <p className="max-w-md text-muted">
            <Trans>
              A channel is a place where messages go: a mailbox, a Slack channel, a phone. Without one nobody is told.
            </Trans>
          </p>
          {add}
        </div>
      ) : (
        <div className="flex flex-col gap-3">
          <div className="flex justify-end">{add}</div>
          <ul aria-label={t`Channels`} className="card divide-y">
            {channels.data.map((channel) => (
              <ChannelItem
                key={channel.id}
                channel={channel}
                kind={kinds.data.items.find(({ kind }) => kind === channel.kind)?.title ?? channel.kind}
                onEdit={() => setDoing({ what: "edit", channel })}
                onRemove={() => setDoing({ what: "remove", channel })}
              />
            ))}
          </ul>
        </div>
      )}
      {doing?.what === "edit" && <ChannelDialog kinds={kinds.data} channel={doing.channel} onClose={done} />}
      {doing?.what === "remove" && (
        <RemoveDialog
          title={t`Remove the channel ${doing.channel.name}?`}
          text={t`What waits for it is not sent any more. What it was told stays known.`}
          run={() => deleteChannel(doing.channel.id)}
          onDone={refresh}
          onClose={done}
        />
      )}
    </>
  );
}
