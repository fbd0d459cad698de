// A real push service is not needed here: the browser's subscription is a stand-in, as a service would have made it, and
// messages are delivered to the worker by the browser's own debugging protocol, as they are after they were decrypted.
import type { BrowserContext, CDPSession, Page, Worker } from "@playwright/test";
import { expect, expectAccessible, expectNoSidewaysScroll, test } from "./fixtures";

test.use({ serviceWorkers: "allow" });

/** A name that no network knows, below a push service that the hub does: what the test button shows is the real answer. */
const ENDPOINT = "https://nowhere.invalid.push.apple.com/";

/** Lets this page subscribe without a push service; what it subscribed stays known over reloads, as in a browser. */
async function standIn(page: Page, endpoint: string): Promise<void> {
  await page.addInitScript((url: string) => {
    const bytes = (size: number) => crypto.getRandomValues(new Uint8Array(size));
    const plain = (some: Uint8Array) =>
      btoa(String.fromCharCode(...some))
        .replace(/\+/g, "-")
        .replace(/\//g, "_")
        .replace(/=+$/, "");
    const made = (key: Uint8Array, stored: string) => ({
      endpoint: url,
      options: { userVisibleOnly: true, applicationServerKey: key.buffer },
      toJSON: () => ({ endpoint: url, expirationTime: null, keys: JSON.parse(stored) }),
      unsubscribe: async () => localStorage.removeItem("stand-in") === undefined,
    });
    PushManager.prototype.subscribe = async (options) => {
      const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
      const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
      const keys = JSON.stringify({ p256dh: plain(point), auth: plain(bytes(16)) });
      const key = options?.applicationServerKey as Uint8Array<ArrayBuffer>;
      localStorage.setItem("stand-in", JSON.stringify({ keys, key: [...key] }));
      return made(key, keys) as unknown as PushSubscription;
    };
    PushManager.prototype.getSubscription = async () => {
      const stored = localStorage.getItem("stand-in");
      if (stored === null) return null;
      const { keys, key } = JSON.parse(stored);
      return made(Uint8Array.from(key), keys) as unknown as PushSubscription;
    };
  }, endpoint);
}

/** What delivers messages to the page's worker. */
async function deliverer(context: BrowserContext, page: Page): Promise<(told: unknown) => Promise<void>> {
  const session: CDPSession = await context.newCDPSession(page);
  const registered = new Promise<string>((found) => {
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const one = registrations.find(({ scopeURL, isDeleted }) => scopeURL.endsWith("/dashboard/") && !isDeleted);
      if (one !== undefined) found(one.registrationId);
    });
  });
  await session.send("ServiceWorker.enable");
  const registrationId = await registered;
  const { origin } = new URL(page.url());
  return async (told) => {
    const data = typeof told === "string" ? told : JSON.stringify(told);
    await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  };
}

interface Shown {
  title: string;
  body: string;
  tag: string;
  actions: string[];
  data: { path: string };
  silent: boolean | null;
  requireInteraction: boolean;
}

/** What the browser shows now. */
async function shown(page: Page): Promise<Shown[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    return (await registration.getNotifications()).map((one) => ({
      title: one.title,
      body: one.body,
      tag: one.tag,
      actions: ((one as unknown as { actions?: { action: string }[] }).actions ?? []).map(({ action }) => action),
      data: one.data,
      silent: one.silent,
      requireInteraction: one.requireInteraction,
    }));
  });
}

const ALARM = {
  title: "[critical] CPU of web-1 is busy",
  body: "cpu is 97 %\nWhere: web-1",
  severity: "critical",
  over: false,
  incident: 7,
  path: "/dashboard/incidents/7",
  tag: "incident-7",
  rings: true,
  acknowledge: true,
  at: 1_790_000_000,
};

async function turnOn(page: Page, context: BrowserContext): Promise<void> {
  await context.grantPermissions(["notifications"]);
  await page.goto("/dashboard/account");
  const card = page.getByRole("region", { name: "Notifications in this browser" });
  await card.getByRole("button", { name: "Turn on" }).click();
  await expect(card.getByText("On", { exact: true })).toBeVisible();
}

test("a person turns notifications on, tries them, and turns them off", async ({ page, context }, info) => {
  await standIn(page, `${ENDPOINT}${info.project.name}`);
  await page.goto("/dashboard/account");
  const card = page.getByRole("region", { name: "Notifications in this browser" });
  await expect(card.getByText("Off", { exact: true })).toBeVisible();
  await turnOn(page, context);
  const item = card.getByRole("listitem").filter({ hasText: "This one" });
  await expect(item).toContainText("nowhere.invalid.push.apple.com");
  await item.getByRole("button", { name: "Test" }).click();
  await expect(item.getByRole("status")).toContainText("The push service did not take it");
  await expect(item.getByRole("status")).toContainText("could not be looked up");
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  await page.reload();
  await expect(item).toContainText("Not taken once");
  await item.getByRole("button", { name: "Remove" }).click();
  await expect(card.getByText("Off", { exact: true })).toBeVisible();
  await expect(item).toHaveCount(0);
});

test("who blocked notifications is told how to allow them", async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(Notification, "permission", { get: () => "denied" });
  });
  await page.goto("/dashboard/account");
  const card = page.getByRole("region", { name: "Notifications in this browser" });
  await expect(card).toContainText("Blocked");
  await expect(card).toContainText("allow notifications, and load the page again");
  await expect(card.getByRole("button", { name: "Turn on" })).toHaveCount(0);
  await expectAccessible(page);
});

test("a browser that cannot says so", async ({ page }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, "PushManager");
  });
  await page.goto("/dashboard/account");
  await expect(page.getByRole("region", { name: "Notifications in this browser" })).toContainText("Not possible");
  await expectAccessible(page);
});

test("the worker shows what is pushed, and an end takes the alarm's place", async ({ page, context }, info) => {
  await standIn(page, `${ENDPOINT}worker-${info.project.name}`);
  await turnOn(page, context);
  const deliver = await deliverer(context, page);
  await deliver(ALARM);
  await expect.poll(() => shown(page)).toHaveLength(1);
  expect((await shown(page))[0]).toMatchObject({
    title: ALARM.title,
    body: ALARM.body,
    tag: "incident-7",
    actions: ["acknowledge", "open"],
    data: { path: "/dashboard/incidents/7", incident: 7 },
    silent: false,
    requireInteraction: true,
  });
  await deliver({ ...ALARM, title: "[resolved] CPU", over: true, rings: false, acknowledge: false });
  await expect.poll(async () => (await shown(page)).map(({ title }) => title)).toEqual(["[resolved] CPU"]);
  expect((await shown(page))[0]).toMatchObject({ actions: ["open"], silent: true, requireInteraction: false });
  // Whatever comes is shown, and leads nowhere else.
  await deliver({ ...ALARM, path: "https://evil.example/x", tag: "incident-8", incident: "8" });
  await expect.poll(() => shown(page)).toHaveLength(2);
  await deliver("not JSON");
  await expect.poll(() => shown(page)).toHaveLength(3);
  const byTag = Object.fromEntries((await shown(page)).map((one) => [one.tag, one]));
  expect(byTag["incident-8"]).toMatchObject({ data: { path: "/dashboard", incident: null }, actions: ["open"] });
  expect(byTag.opsentrix).toMatchObject({ title: "Opsentrix has news" });
});

test("acknowledging from a notification asks the hub, as whoever is logged in", async ({ page, context }, info) => {
  await standIn(page, `${ENDPOINT}ack-${info.project.name}`);
  await turnOn(page, context);
  const asked: { url: string; body: string | null }[] = [];
  // The worker's own request, which the page never sees.
  await context.route("**/api/v1/incidents/7/acknowledge", async (route) => {
    asked.push({ url: route.request().url(), body: route.request().postData() });
    await route.fulfill({ status: 200, json: {} });
  });
  const worker: Worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
  const alarm = { path: "/dashboard/incidents/7", incident: 7, title: "CPU", tag: "incident-7" };
  await worker.evaluate(
    (data) => (globalThis as unknown as { acknowledge: (data: unknown) => void }).acknowledge(data),
    alarm,
  );
  expect(asked).toHaveLength(1);
  const { until } = JSON.parse(asked[0]?.body ?? "{}");
  expect(until).toBeGreaterThan(Date.now() / 1000 + 3000);
  await expect
    .poll(async () => (await shown(page)).map(({ title }) => title))
    .toEqual(["Acknowledged for an hour: CPU"]);
});

test("the dashboard can be installed", async ({ page }) => {
  await page.goto("/dashboard/account");
  const href = await page.locator("link[rel=manifest]").getAttribute("href");
  const manifest = await (await page.request.get(href ?? "")).json();
  expect(manifest).toMatchObject({ start_url: "/dashboard/", scope: "/dashboard/", display: "standalone" });
  for (const { src, type } of manifest.icons) {
    const answer = await page.request.get(src);
    expect([answer.status(), answer.headers()["content-type"]]).toEqual([200, type]);
  }
});
