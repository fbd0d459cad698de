import { plural, t } from "@lingui/core/macro";
import { useMutation } from "@tanstack/react-query";
import * as calls from "@/api/incidents";
import { asProblem } from "@/api/problem";
import type { IncidentDetail } from "@/api/types";
import { locale } from "@/lib/language";
import { refreshAlerting } from "@/state/alerting";
import { lastDone } from "@/state/done";
import { queryClient } from "@/state/session";
import { incidentQuery } from "./queries";

interface Act {
  run: () => Promise<IncidentDetail>;
  /** What the incident will be, shown at once. */
  guess?: Partial<IncidentDetail>;
  /** What was done, for people. */
  done: string;
  undo?: () => Promise<IncidentDetail>;
}

/** What people do with one incident: shown at once, and with a way back where there is one. */
export function useActs(incident: IncidentDetail, username: string) {
  const { id } = incident;
  const { queryKey } = incidentQuery(id);
  const take = (now: IncidentDetail) => {
    queryClient.setQueryData(queryKey, now);
    void refreshAlerting();
  };
  const act = useMutation({
    mutationFn: ({ run }: Act) => run(),
    onMutate: async ({ guess = {} }) => {
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(queryKey, { ...incident, ...guess });
    },
    onError: () => queryClient.setQueryData(queryKey, incident),
    onSuccess: (now, { done, undo }) => {
      take(now);
      lastDone.set({ text: done, undo: undo === undefined ? null : async () => take(await undo()) });
    },
  });
  const until = incident.acknowledged_until;
  /** What brings back how it was looked after. */
  const asBefore = () => (until === null ? calls.unacknowledge(id) : calls.acknowledge(id, Date.parse(until) / 1000));
  return {
    pending: act.isPending,
    problem: act.error === null ? null : asProblem(act.error),
    acknowledge: (to: number, label: string) => {
      const time = label.toLocaleLowerCase(locale());
      act.mutate({
        run: () => calls.acknowledge(id, to),
        guess: {
          state: "acknowledged",
          acknowledged_by: username,
          acknowledged_until: new Date(to * 1000).toISOString(),
        },
        done: t`Acknowledged: ${time}`,
        undo: asBefore,
      });
    },
    unacknowledge: () =>
      act.mutate({
        run: () => calls.unacknowledge(id),
        guess: { state: "open", acknowledged_by: "", acknowledged_until: null },
        done: t`The acknowledgement was taken back`,
        undo: asBefore,
      }),
    assign: (assignee: string) =>
      act.mutate({
        run: () => calls.assign(id, assignee),
        guess: { assignee },
        done: assignee === "" ? t`Nobody is the owner now` : t`${assignee} is the owner now`,
        undo: () => calls.assign(id, incident.assignee),
      }),
    resolve: (reason: string) =>
      act.mutate({
        run: () => calls.resolve(id, reason),
        guess: { state: "resolved" },
        done: t({ message: "Resolved", context: "incident" }),
        undo: () => calls.reopen(id),
      }),
    reopen: () => act.mutate({ run: () => calls.reopen(id), guess: { state: "open" }, done: t`Opened again` }),
    merge: (others: number[]) =>
      act.mutate({
        run: () => calls.merge(id, others),
        done: plural(others.length, { one: "Merged one incident into this", other: "Merged # incidents into this" }),
      }),
  };
}

export type Acts = ReturnType<typeof useActs>;
