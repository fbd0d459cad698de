import { expect, test } from "vitest";
import { deviceName, isHandheld } from "./device";

const LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const PHONE =
  "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";
const MAC =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15";
const EDGE = `${PHONE.replace(/Linux; Android 16; Pixel 9/, "Windows NT 10.0; Win64; x64")} Edg/142.0.0.0`;

test.each([
  [LINUX, "Firefox on Linux", false],
  [PHONE, "Chrome on Android", true],
  [MAC, "Safari on macOS", false],
  [EDGE, "Edge on Windows", false],
  ["curl/8.14.1", "curl/8.14.1", false],
  ["", "An unnamed program", false],
  ["x".repeat(300), "x".repeat(60), false],
])("%s", (userAgent, name, handheld) => {
  expect(deviceName(userAgent)).toBe(name);
  expect(isHandheld(userAgent)).toBe(handheld);
});
