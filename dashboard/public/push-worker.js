// Shows what the hub pushes to this browser, also while no page is open, and says so when a page cannot be fetched. It
// keeps nothing.
importScripts("/dashboard/offline.js");

const ICON = "/dashboard/icon-192.png";
const ACKNOWLEDGED_S = 3600;

/** A proxy before the hub says so when it does not get there. */
const AWAY = [502, 504];

self.addEventListener("install", (event) => {
  // What is no page goes past this worker, where browsers can be told so.
  event.addRoutes?.({ condition: { not: { requestMode: "navigate" } }, source: "network" });
  self.skipWaiting();
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function fetchPage(request) {
  try {
    const answer = await fetch(request);
    return AWAY.includes(answer.status) ? self.offlineAnswer() : answer;
  } catch {
    return self.offlineAnswer();
  }
}

self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(fetchPage(event.request));
});

/** What was sent; a message that cannot be read is still shown, because browsers allow no silent ones. */
function read(data) {
  try {
    const told = data.json();
    return typeof told === "object" && told !== null && typeof told.title === "string" ? told : {};
  } catch {
    return {};
  }
}

/** A path of the dashboard and nothing else, whatever was sent. */
function pathOf(path) {
  const url = new URL(typeof path === "string" ? path : "/dashboard", self.location.origin);
  const inside = url.origin === self.location.origin && /^\/dashboard(\/|$)/.test(url.pathname);
  return inside ? url.pathname : "/dashboard";
}

function show(told) {
  const incident = Number.isSafeInteger(told.incident) ? told.incident : null;
  const actions = [{ action: "open", title: "Open" }];
  if (told.acknowledge === true && incident !== null) actions.unshift({ action: "acknowledge", title: "Acknowledge" });
  return self.registration.showNotification(told.title ?? "Opsentrix has news", {
    body: typeof told.body === "string" ? told.body : "",
    // A newer one about the same incident takes the place of the older one.
    tag: typeof told.tag === "string" ? told.tag : "opsentrix",
    renotify: told.rings === true,
    silent: told.rings !== true,
    requireInteraction: told.severity === "critical" && told.over !== true,
    timestamp: Number.isFinite(told.at) ? told.at * 1000 : Date.now(),
    icon: ICON,
    badge: ICON,
    data: { path: pathOf(told.path), incident, title: told.title, tag: told.tag },
    actions,
  });
}

async function open(path) {
  for (const client of await self.clients.matchAll({ type: "window", includeUncontrolled: true })) {
    if (new URL(client.url).pathname === path) return client.focus();
  }
  return self.clients.openWindow(path);
}

/** Acknowledges as whoever is logged in here; where that is nobody, or it is refused, the page tells why. */
async function acknowledge({ path, incident, title, tag }) {
  const until = Math.round(Date.now() / 1000) + ACKNOWLEDGED_S;
  try {
    const answer = await fetch(`/api/v1/incidents/${incident}/acknowledge`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ until }),
    });
    if (!answer.ok) return open(path);
  } catch {
    // The hub cannot be reached; the page says so, and goes on trying.
    return open(path);
  }
  return show({ title: `Acknowledged for an hour: ${title}`, tag, path, incident });
}

self.addEventListener("push", (event) => event.waitUntil(show(event.data === null ? {} : read(event.data))));

self.addEventListener("notificationclick", (event) => {
  const { data } = event.notification;
  event.notification.close();
  event.waitUntil(event.action === "acknowledge" ? acknowledge(data) : open(data.path));
});

/** The browser changed how it is reached: the hub is told by the login of this browser, where there is one. */
async function renew({ oldSubscription }) {
  const options = oldSubscription?.options;
  if (options === undefined) return;
  const next = await self.registration.pushManager.subscribe(options);
  const { endpoint, keys } = next.toJSON();
  await fetch("/api/v1/account/push", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ endpoint, keys }),
  });
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
