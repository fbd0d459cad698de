import createClient, { type Middleware } from "openapi-fetch";
import { noteHeard, observeHubDate } from "@/lib/clock";
import { Signal } from "@/lib/signal";
import { askConfirmation, CONFIRMATION_NEEDED } from "./confirmation";
import { toProblem } from "./problem";
import type { paths } from "./schema";

/** The hub's API on the page's own origin; the session cookie goes along by itself. */
export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });

/** Counts the answers that said: nobody is logged in any more. */
export const sessionLost = new Signal(0);

/** Whether this page shows what somebody shared: it asks the part of the API then that passes open, and no other. */
export const showingShared = new Signal(false);

const SHARED = "/api/v1/shared";

const asShared: Middleware = {
  onRequest({ request }) {
    const url = new URL(request.url);
    if (!showingShared.get() || url.pathname.startsWith(SHARED)) return undefined;
    url.pathname = url.pathname.replace("/api/v1", SHARED);
    return new Request(url, request);
  },
};
api.use(asShared);

const sent = new Map<string, Request>();

/** Sends a dangerous request again once the person has proved that it is them. */
const confirming: Middleware = {
  onRequest({ id, request }) {
    if (request.method !== "GET") sent.set(id, request.clone());
  },
  async onResponse({ id, response }) {
    const again = sent.get(id);
    sent.delete(id);
    if (again === undefined || response.status !== 403 || !(await wantsConfirmation(response))) return undefined;
    return (await askConfirmation()) ? fetch(again) : undefined;
  },
  onError({ id }) {
    sent.delete(id);
  },
};
api.use(confirming);

async function wantsConfirmation(response: Response): Promise<boolean> {
  try {
    return (await response.clone().json()).type === CONFIRMATION_NEEDED;
  } catch {
    // Something between here and the hub answered; it is shown as what it is.
    return false;
  }
}

interface Outcome<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The body of a 2xx answer; everything else is thrown as a Problem. */
export async function unwrap<Data>(request: Promise<Outcome<Data>>): Promise<Data> {
  const { data, error, response } = await request;
  observeHubDate(response.headers.get("Date"), Date.now()); // not a text
  if (response.status === 401) sessionLost.set(sessionLost.get() + 1);
  if (!response.ok) throw toProblem(response, error);
  noteHeard();
  return data as Data;
}
