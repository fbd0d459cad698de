import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { parseRule } from "@/api/rules";
import type { ParsedRule } from "@/api/types";
import { useSettled } from "@/state/use-settled";

/** A pause in typing after which the text is looked at. */
const PAUSE_MS = 250;

export interface Check {
  /** What the hub says of `text`; undefined while nothing is known yet, or nothing is written. */
  parsed: ParsedRule | undefined;
  /** The text that `parsed` is about. */
  text: string;
  /** The newest text was not answered yet. */
  pending: boolean;
  error: Error | null;
}

/** Has the hub read a rule while it is written, and again now and then: what holds changes by itself. */
export function useCheck(expression: string): Check {
  const text = useSettled(expression, PAUSE_MS);
  const blank = text.trim() === "";
  const { data, error } = useQuery({
    queryKey: ["rule-check", text],
    queryFn: async ({ signal }) => ({ text, parsed: await parseRule(text, signal) }),
    enabled: !blank,
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
    staleTime: 5_000,
    gcTime: 60_000,
  });
  if (blank) return { parsed: undefined, text, pending: expression !== text, error: null };
  return { parsed: data?.parsed, text: data?.text ?? "", pending: data?.text !== expression, error };
}
