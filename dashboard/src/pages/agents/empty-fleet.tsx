import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Plus } from "lucide-react";
import { RoleNote } from "@/components/role-note";
import { Button } from "@/components/ui/button";

const STEPS = [
  [t`Create a token`, t`It lets one server enrol, once, within an hour.`],
  [t`Paste one command on the server`, t`The agent dials out to this hub; no port has to be opened.`],
  [t`Watch it move`, t`Its first samples are here within seconds, then one each second.`],
] as const;

/** The list of nothing: says what an agent is and how the first one gets here. */
export function EmptyFleet({ mayAdd, onAdd }: { mayAdd: boolean; onAdd: () => void }) {
  return (
    <section className="card mx-auto mt-8 max-w-xl p-6 sm:p-8">
      <h2 className="font-semibold text-base">
        <Trans>No server yet</Trans>
      </h2>
      <p className="mt-1 text-muted">
        <Trans>
          An agent is a light program on each server. It samples CPU, memory, disks, network and processes every second
          and sends them here.
        </Trans>
      </p>
      <ol className="my-6 flex flex-col gap-4">
        {STEPS.map(([title, text], index) => (
          <li key={title} className="flex gap-3">
            <span className="tnum grid size-6 shrink-0 place-items-center rounded-full bg-raised font-semibold text-xs">
              {index + 1}
            </span>
            <div>
              <p className="font-medium">{title}</p>
              <p className="text-muted">{text}</p>
            </div>
          </li>
        ))}
      </ol>
      <Button variant="primary" className="h-9" onClick={onAdd} disabled={!mayAdd}>
        <Plus className="size-4" aria-hidden />
        <Trans>Add your first server</Trans>
      </Button>
      {!mayAdd && <RoleNote needed="operator" what={t`Adding a server`} className="mt-2" />}
    </section>
  );
}
