import { t } from "@lingui/core/macro";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { saveRota } from "@/api/notifications";
import { asProblem } from "@/api/problem";
import type { Rota } from "@/api/types";
import { FormDialog } from "@/components/form-dialog";
import { Field } from "@/components/ui/field";
import { shownZone } from "@/lib/zone";

import { type Member, MemberFields } from "./member-fields";
import { channelsQuery, refresh } from "./queries";

const today = () => new Date().toISOString().slice(0, 10);

/** Makes a rota, or changes one; its exceptions stay as they are. */
export function RotaDialog({ rota, onClose }: { rota: Rota | null; onClose: () => void }) {
  const channels = useQuery(channelsQuery).data ?? [];
  const [members, setMembers] = useState<Member[]>(rota?.members ?? [{ name: "", channels: [] }]);
  const save = useMutation({
    mutationFn: (form: FormData) => {
      const named = members.filter(({ name }) => name.trim() !== "");
      const names = named.map(({ name }) => name.trim());
      return saveRota(rota?.id ?? null, {
        name: String(form.get("name")).trim(),
        time_zone: String(form.get("time_zone")).trim(),
        first_day: String(form.get("first_day")),
        handover: String(form.get("handover")),
        days: Number(form.get("days")),
        members: named.map(({ name, channels }) => ({ name: name.trim(), channels })),
        overrides: (rota?.overrides ?? [])
          .filter(({ name }) => names.includes(name))
          .map(({ begins, ends, name }) => ({
            begins: Date.parse(begins) / 1000,
            ends: Date.parse(ends) / 1000,
            name,
          })),
      });
    },
    onSuccess: async () => {
      await refresh();
      onClose();
    },
  });
  const problem = save.error === null ? null : asProblem(save.error);
  return (
    <FormDialog
      title={rota === null ? t`Add a rota` : t`Edit ${rota.name}`}
      description={t`People take turns in this order, each reached by their own channels.`}
      problem={problem?.advice ?? null}
      onSend={save.mutate}
      busy={save.isPending}
      onClose={onClose}
    >
      <Field label={t`Name`} name="name" defaultValue={rota?.name ?? ""} autoComplete="off" required maxLength={128} />
      <MemberFields members={members} channels={channels} onChange={setMembers} />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        <Field label={t`First day`} name="first_day" type="date" required defaultValue={rota?.first_day ?? today()} />
        <Field
          label={t`Days a turn`}
          name="days"
          type="number"
          min={1}
          max={90}
          required
          defaultValue={rota?.days ?? 7}
        />
        <Field label={t`Change at`} name="handover" type="time" required defaultValue={rota?.handover ?? "09:00"} />
        <Field
          label={t`Time zone`}
          name="time_zone"
          required
          defaultValue={rota?.time_zone ?? shownZone()}
          error={problem?.about("time_zone")}
        />
      </div>
    </FormDialog>
  );
}
