import { expect, openOwnAgent, test } from "./fixtures";

test.use({ expectedErrors: [/Failed to load resource/] });

const MUCH = "9".repeat(400);

/** Addresses as nobody means them, and the heading of the page that they lead to. */
const NONSENSE = [
  ["agents?sort=%00&status=%3Cscript%3E&by=x&tag=", "Agents"],
  ["alerts?state=nonsense&severity=1&agent=x&rule=-1", "Alerts"],
  [`alerts?state=%5B%22firing%22,%7B%7D%5D&rule=${MUCH}`, "Alerts"],
  ["incidents?show=1&severity=%7B%7D&agent=NaN", "Incidents"],
  ["alerts/rules?view=x&state=true&severity=%5B%5B%5D%5D", "Rules"],
  [`alerts/why?at=${MUCH}&alert=0&agent=null`, "Why"],
  ["commands?state=x&agent=0.5&action=%5B1%5D", "Commands"],
  ["runbooks?view=false&q=%7B%22a%22:1%7D", "Runbooks"],
  ["quiet?tab=9&match=%5Bnull%5D&why=%5B%5D", "Quiet"],
  ["explore?from=9e15&to=1e300&a.metric=%5B%5D&a.by=7&a.top=x&b.agent=-1&a.compare=1e400", "Explore"],
  ["settings/audit?action=%00&result=1&within=x&actor=%7B%7D", "Audit"],
  ["?metric=%27&color=true&by=%5B%5D", "Home"],
] as const;

test("nothing is made of addresses that nobody means", async ({ page }) => {
  test.setTimeout(120_000);
  for (const [address, heading] of NONSENSE) {
    await page.goto(`/dashboard/${address}`);
    await expect(page.getByRole("heading", { level: 1, name: heading }), address).toBeVisible();
    await expect(page.getByRole("main")).toHaveCount(1);
  }
});

test("a time that no clock can show is the usual one", async ({ page }) => {
  test.setTimeout(120_000);
  await openOwnAgent(page);
  const { pathname } = new URL(page.url());
  for (const time of [
    "from=9e15&to=1",
    "from=0&to=8e15",
    "from=-1e999&to=NaN",
    `at=${MUCH}`,
    "range=1000y",
    "core=-1",
  ]) {
    await page.goto(`${pathname}?${time}`);
    await expect(page.getByRole("radio", { name: "5m", exact: true }), time).toBeChecked();
  }
});

test("an address that leads nowhere keeps the ways to elsewhere", async ({ page }) => {
  for (const path of ["nothing/here?x=1", "settings/nothing", "agents/1/2/3"]) {
    await page.goto(`/dashboard/${path}`);
    await expect(page.getByRole("heading", { name: "There is no such page" }), path).toBeVisible();
    await expect(page.getByRole("main")).toHaveCount(1);
    await expect(page.getByRole("navigation").first()).toBeVisible();
  }
});
