import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Archive, CircleAlert } from "lucide-react";
import { useEffect } from "react";
import { fetchAudit } from "@/api/calls";
import { asProblem } from "@/api/problem";
import type { AuditEntry } from "@/api/types";
import { Card } from "@/components/card";
import { CopyBlock } from "@/components/copy";
import { Notice } from "@/components/notice";
import { RoleNote } from "@/components/role-note";
import { Skeleton } from "@/components/ui/skeleton";
import { formatAgo, formatTimestamp } from "@/lib/time";
import { useGoverns } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";

const BACKUP = 'opsentrix backup "opsentrix-$(date +%F).dump"'; // not a text
const RESTORE = "opsentrix restore opsentrix-2026-01-31.dump\nopsentrix restore --replace opsentrix-2026-01-31.dump";

/** What a backup holds, when the last one was made, and how one is made and restored. */
export function BackupPage() {
  const governs = useGoverns();
  useEffect(() => {
    document.title = t`Backup · Opsentrix`;
  }, []);
  return (
    <div className="mx-auto flex max-w-5xl flex-col gap-4">
      <div>
        <h1 className="font-semibold text-xl tracking-tight">
          <Trans>Backup</Trans>
        </h1>
        <p className="max-w-prose text-muted">
          <Trans>
            The whole database in one file: history, rules, people, the audit log. It is made on the hub's own machine,
            while the hub runs.
          </Trans>
        </p>
      </div>
      {governs ? <LastBackup /> : <RoleNote needed="admin" everywhere what={t`Seeing when the last backup was made`} />}
      <Card
        title={t`Make one`}
        text={t`On the hub's machine, as the user that runs the hub. Let a timer do it each night.`}
      >
        <div className="flex flex-col gap-3 border-t px-5 py-4">
          <CopyBlock label={t`Command that makes a backup`} text={BACKUP} />
          <p className="flex items-start gap-2.5 text-muted">
            <CircleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
            <span>
              <Trans>
                The file does not hold <code className="font-mono text-xs">secrets.key</code> of the hub's data folder.
                Keep a copy of it elsewhere: without it, channels' passwords, second factors and the hub's own keys in
                the backup cannot be read.
              </Trans>
            </span>
          </p>
          <p className="text-muted">
            <Trans>Take both off this machine: a backup beside its original is lost with it.</Trans>
          </p>
        </div>
      </Card>
      <Card
        title={t`Restore one`}
        text={t`All of it or nothing. Stop the hub first; a database that has agents already is left alone without --replace.`}
      >
        <div className="border-t px-5 py-4">
          <CopyBlock label={t`Command that restores a backup`} text={RESTORE} />
          <p className="mt-3 text-muted">
            <Trans>Try it once on another machine, before the day that you need it.</Trans>
          </p>
        </div>
      </Card>
    </div>
  );
}

/** The newest entry of the audit log that tells of a backup: others the hub does not know. */
function LastBackup() {
  const now = useHubNow(60_000);
  const last = useQuery({
    queryKey: ["last-backup"],
    queryFn: ({ signal }) => fetchAudit({ action: ["backup.create"] }, signal),
  });
  if (last.isPending) return <Skeleton className="h-20 w-full" />;
  if (last.isError) {
    return (
      <Notice title={t`The last backup could not be looked up`} onRetry={() => void last.refetch()}>
        {asProblem(last.error).message}
      </Notice>
    );
  }
  const entry = last.data.items[0];
  return (
    <section aria-label={t`The last backup`} className="card flex items-start gap-3 px-5 py-4">
      <Archive className={`mt-0.5 size-5 shrink-0 ${entry === undefined ? "text-warn" : "text-ok"}`} aria-hidden />
      {entry === undefined ? (
        <p>
          <span className="font-medium">
            <Trans>No backup is known.</Trans>
          </span>{" "}
          <span className="text-muted">
            <Trans>
              The audit log tells of none that <code className="font-mono text-xs">opsentrix backup</code> made. Of
              copies made by other tools the hub does not know.
            </Trans>
          </span>
        </p>
      ) : (
        <Known backup={entry} now={now} />
      )}
    </section>
  );
}

function Known({ backup: { time, target }, now }: { backup: AuditEntry; now: number }) {
  const ago = formatAgo(time, now);
  const moment = formatTimestamp(time);
  const file = target.replace(/^file:/, "");
  return (
    <p>
      <span className="font-medium">
        <Trans>The last one was made {ago}.</Trans>
      </span>{" "}
      <span className="text-muted">
        <Trans>
          {moment}, {file}. Whether it can still be read, only a restore tells.
        </Trans>
      </span>
    </p>
  );
}
