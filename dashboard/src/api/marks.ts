// Annotations: marks that people and programs set on the time of machines.
import { api, unwrap } from "./client";
import type { Mark } from "./types";

/** How many are drawn of one time; more could not be told apart. */
const MOST = 200;

export interface NewMark {
  title: string;
  kind: Mark["kind"];
  text: string;
  tags: string[];
  url: string;
  /** Unix seconds; the same where it is a moment. */
  time: number;
  end: number;
  /** Null for the whole fleet. */
  agents: number[] | null;
}

/** Marks that touch a time (Unix seconds): of one agent with those of the whole fleet, or all that one sees. */
export async function fetchMarks(
  window: { start: number; end: number },
  agent: number | null,
  signal: AbortSignal,
): Promise<Mark[]> {
  const query = { ...window, limit: MOST, ...(agent !== null && { agent }) };
  return (await unwrap(api.GET("/api/v1/annotations", { params: { query }, signal }))).items;
}

export function createMark(body: NewMark): Promise<Mark> {
  return unwrap(api.POST("/api/v1/annotations", { body }));
}

export async function deleteMark(id: number): Promise<void> {
  await unwrap(api.DELETE("/api/v1/annotations/{annotation_id}", { params: { path: { annotation_id: id } } }));
}
