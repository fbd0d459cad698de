import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus, VolumeX } from "lucide-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import type { Silence } from "@/api/types";
import { Notice } from "@/components/notice";
import { RoleTooltip } from "@/components/role-note";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { parseMatcher } from "@/lib/matchers";
import { useMay } from "@/state/session";
import { useHubNow } from "@/state/use-hub-now";
import { silencesQuery } from "./queries";
import { SilenceDialog } from "./silence-dialog";
import { SilenceItem } from "./silence-item";

const route = getRouteApi("/app/quiet");

/** Silences: what is kept quiet now, what will be, and what was. */
export function Silences() {
  const { match, why } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay("operator");
  const now = useHubNow(1000);
  const [ended, setEnded] = useState(false);
  const [making, setMaking] = useState(false);
  const silences = useQuery(silencesQuery(ended));
  // Where an address says what to silence, the dialog is open from the start.
  const prefilled = may && match !== undefined;
  const close = () => {
    setMaking(false);
    if (prefilled) void navigate({ search: {}, replace: true });
  };
  const add = (
    <RoleTooltip may={may} needed="operator" what={t`Making a silence`}>
      <Button data-key="n" variant="primary" disabled={!may} onClick={() => setMaking(true)}>
        <Plus className="size-4" aria-hidden />
        <Trans>New silence</Trans>
      </Button>
    </RoleTooltip>
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <label className="touch flex items-center gap-2">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={ended}
            onChange={(event) => setEnded(event.target.checked)}
          />
          <Trans>Show those that ended</Trans>
        </label>
        <span className="ms-auto">{add}</span>
      </div>
      {silences.error !== null && (
        <Notice title={t`Silences could not be loaded`}>{asProblem(silences.error).message}</Notice>
      )}
      {silences.isPending && <Skeleton className="h-40" />}
      {silences.data?.length === 0 && (
        <div className="card flex flex-col items-center gap-3 px-6 py-12 text-center">
          <VolumeX className="size-8 text-muted" aria-hidden />
          <p className="font-medium text-[0.9375rem]">
            <Trans>Nothing is silenced</Trans>
          </p>
          <p className="max-w-md text-muted">
            <Trans>
              A silence keeps alerts quiet for a time: while somebody works on them, or knows better. It always ends.
            </Trans>
          </p>
        </div>
      )}
      {silences.data !== undefined && silences.data.length > 0 && (
        <ul aria-label={t`Silences`} className="card divide-y">
          {[...silences.data].sort(byPhase(now)).map((one) => (
            <SilenceItem key={one.id} silence={one} now={now} />
          ))}
        </ul>
      )}
      {(making || prefilled) && (
        <SilenceDialog
          matchers={(match ?? []).map(parseMatcher).filter((one) => one !== null)}
          comment={why ?? ""}
          onClose={close}
        />
      )}
    </>
  );
}

/** Those of now first, then those to come, then those that ended; each by its end. */
function byPhase(now: number) {
  const phase = ({ starts_at: starts, ends_at: ends }: Silence) =>
    Date.parse(ends) / 1000 <= now ? 2 : Date.parse(starts) / 1000 > now ? 1 : 0;
  return (one: Silence, other: Silence) =>
    phase(one) - phase(other) ||
    (phase(one) === 2 ? other.ends_at.localeCompare(one.ends_at) : one.ends_at.localeCompare(other.ends_at));
}
