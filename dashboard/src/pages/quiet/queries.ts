import { queryOptions } from "@tanstack/react-query";
import { fetchSilences, fetchWindows, previewSilence, previewWindow, type WindowTimes } from "@/api/quiet";
import type { Matcher } from "@/api/types";
import { ALERTING } from "@/state/alerting";

/** Silences and windows begin and end by themselves. */
const RENEW_MS = 15_000;

export const silencesQuery = (ended: boolean) =>
  queryOptions({
    queryKey: [ALERTING, "silences", ended],
    queryFn: () => fetchSilences(ended),
    refetchInterval: RENEW_MS,
    placeholderData: (previous) => previous,
  });

export const windowsQuery = queryOptions({
  queryKey: [ALERTING, "windows"],
  queryFn: fetchWindows,
  refetchInterval: RENEW_MS,
});

/** Whom demands would keep quiet; of these agents only, where there are any. */
export const coveredQuery = (matchers: Matcher[], agents: number[]) =>
  queryOptions({
    queryKey: [ALERTING, "covered", matchers, agents],
    queryFn: ({ signal }) => previewSilence(matchers, agents, signal),
    enabled: matchers.length + agents.length > 0 && matchers.every(({ value }) => value !== ""),
    placeholderData: (previous) => previous,
    retry: false,
  });

/** When a window would come. */
export const occurrencesQuery = (times: WindowTimes) =>
  queryOptions({
    queryKey: [ALERTING, "occurrences", times],
    queryFn: ({ signal }) => previewWindow(times, signal),
    placeholderData: (previous) => previous,
    retry: false,
  });
