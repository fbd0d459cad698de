import { expect, test } from "vitest";
import { bytesOf, fingerprintOf } from "./push";

test("base64url without padding", () => {
  expect([...bytesOf("_-8A")]).toEqual([255, 239, 0]);
  expect([...bytesOf("AQ")]).toEqual([1]);
});

test("the fingerprint is what the hub shows", async () => {
  // From Python: hashlib.sha256(b"https://push.example/sub/1").hexdigest()
  expect(await fingerprintOf("https://push.example/sub/1")).toBe(EXPECTED);
});

const EXPECTED = "de11d93bf2f300874396a97b934970cfbc1d9456144555664c578f05119ccf78";
