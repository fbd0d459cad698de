import createClient from "openapi-fetch";
import { observeHubDate } from "@/lib/clock";
import { Signal } from "@/lib/signal";
import { toProblem } from "./problem";
import type { paths } from "./schema";

/** The hub's API on the page's own origin; the session cookie goes along by itself. */
export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

/** Counts the answers that said: nobody is logged in any more. */
export const sessionLost = new Signal(0);

interface Outcome<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The body of a 2xx answer; everything else is thrown as a Problem. */
export async function unwrap<Data>(request: Promise<Outcome<Data>>): Promise<Data> {
  const { data, error, response } = await request;
  observeHubDate(response.headers.get("Date"), Date.now());
  if (response.status === 401) sessionLost.set(sessionLost.get() + 1);
  if (!response.ok) throw toProblem(response, error);
  return data as Data;
}
