// A person's own keys for commands: made by this browser, which never lets go of the private half.
import { t } from "@lingui/core/macro";

const DATABASE = "opsentrix-operator-keys";
const STORE = "keys";
const ALGORITHM = "Ed25519";

export type KeyAbility = "ready" | "insecure" | "unsupported";

/** Whether this browser can make and keep such a key, and if not, why. */
export async function keyAbility(): Promise<KeyAbility> {
  if (!window.isSecureContext) return "insecure";
  try {
    await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
    return "indexedDB" in window ? "ready" : "unsupported";
  } catch {
    // Browsers that do not know the algorithm say so by throwing.
    return "unsupported";
  }
}

function settled<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error(t`This browser’s storage failed.`));
  });
}

async function withStore<Result>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    return await settled(act(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** The ids of the keys that this browser has, of whoever made them. */
export async function keysHere(): Promise<string[]> {
  if (!("indexedDB" in window)) return [];
  return (await withStore("readonly", (store) => store.getAllKeys())).map(String);
}

export interface NewPair {
  privateKey: CryptoKey;
  /** 32 bytes in base64. */
  publicKey: string;
}

/** A new pair, of which nobody can ever read the private half, not even this page. */
export async function makePair(): Promise<NewPair> {
  const pair = (await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"])) as CryptoKeyPair;
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { privateKey: pair.privateKey, publicKey: btoa(String.fromCharCode(...raw)) };
}

/** Keeps the private half in this browser under the id by which the hub knows the key. */
export async function keepKey(id: string, privateKey: CryptoKey): Promise<void> {
  await withStore("readwrite", (store) => store.put(privateKey, id));
}

export async function forgetKey(id: string): Promise<void> {
  await withStore("readwrite", (store) => store.delete(id));
}

/** Signs texts with a key of this browser: each signature in hexadecimal. */
export async function signTexts(id: string, texts: readonly string[]): Promise<string[]> {
  const key: unknown = await withStore("readonly", (store) => store.get(id));
  if (!(key instanceof CryptoKey)) throw new Error(t`This browser does not have that key any more.`);
  const signed: string[] = [];
  for (const text of texts) {
    const signature = await crypto.subtle.sign(ALGORITHM, key, new TextEncoder().encode(text));
    signed.push(toHex(new Uint8Array(signature)));
  }
  return signed;
}

/** Signs one text, such as that of a standing approval. */
export async function signText(id: string, text: string): Promise<string> {
  const [signature] = await signTexts(id, [text]);
  return signature ?? "";
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}
