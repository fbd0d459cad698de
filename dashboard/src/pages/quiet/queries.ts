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

/** Whom matchers would keep quiet. */
export const coveredQuery = (matchers: Matcher[]) =>
  queryOptions({
    queryKey: [ALERTING, "covered", matchers],
    queryFn: ({ signal }) => previewSilence(matchers, signal),
    enabled: matchers.length > 0 && matchers.every(({ value }) => value !== ""),
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
