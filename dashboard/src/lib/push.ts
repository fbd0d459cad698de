// What this browser can do about notifications, and the worker that shows them: public/push-worker.js.

const WORKER = `${import.meta.env.BASE_URL}push-worker.js`;

/** Lets the worker answer for pages while the hub is away; without it the browser says so in its own words. */
export async function registerWorker(): Promise<void> {
  if (!window.isSecureContext || !("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(WORKER);
  } catch {
    // Forbidden by the browser's owner, or the hub went away this very moment.
  }
}

export type PushAbility = "ready" | "insecure" | "home-screen" | "unsupported";

/** Whether this browser can be pushed to at all, and if not, why. */
export function pushAbility(): PushAbility {
  if (!window.isSecureContext) return "insecure";
  if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) return "ready";
  // On iPhones and iPads only pages on the home screen can; there they are "standalone".
  return /iPhone|iPad/.test(navigator.userAgent) ? "home-screen" : "unsupported";
}

/** The bytes of base64url. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (one) => one.charCodeAt(0));
}

/** SHA-256 of an endpoint in hexadecimal, by which the hub lists it. */
export async function fingerprintOf(endpoint: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(hash), (one) => one.toString(16).padStart(2, "0")).join("");
}

function sameKey(subscription: PushSubscription, key: Uint8Array): boolean {
  const own = subscription.options.applicationServerKey;
  return own !== null && new Uint8Array(own).every((one, at) => one === key[at]) && own.byteLength === key.length;
}

/** How this browser is reached now, or null. */
export async function currentSubscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(import.meta.env.BASE_URL);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Asks for permission and subscribes with the hub's key; null where permission is not given. */
export async function subscribe(key: string): Promise<PushSubscription | null> {
  if ((await Notification.requestPermission()) !== "granted") return null;
  await navigator.serviceWorker.register(WORKER);
  const { pushManager } = await navigator.serviceWorker.ready;
  const applicationServerKey = bytesOf(key);
  const before = await pushManager.getSubscription();
  if (before !== null && sameKey(before, applicationServerKey)) return before;
  // Made for another hub at this address: its messages would be refused.
  await before?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}
