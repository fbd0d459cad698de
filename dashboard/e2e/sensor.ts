import type { APIRequestContext } from "@playwright/test";
import { expect } from "./fixtures";

export interface Sensor {
  id: number;
  name: string;
  /** Sends the present value of its one metric. */
  send: (value: number) => Promise<void>;
  /** Lets its alert fire. The very first sample of a new agent may come before any rule looks at it. */
  fire: () => Promise<void>;
  /** The number of the rule. */
  rule: number;
  /** Lets its alert fire, and returns the incident that it belongs to some moments later. */
  incident: () => Promise<number>;
}

/** An agent that reports by the API alone, and a rule about the one metric that it sends: it fires above 5. */
export async function enrollSensor(request: APIRequestContext, name: string, rule: string): Promise<Sensor> {
  const { token } = await (await request.post("/api/v1/enrollment-tokens", { data: {} })).json();
  const { id, credential } = await (
    await request.post("/api/v1/agents/register", {
      headers: { Authorization: `Bearer ${token}` },
      data: { name, type: "sensor", host: name },
    })
  ).json();
  const metric = `e2e.${name.replaceAll("-", ".")}`;
  const made = await request.post("/api/v1/alert-rules", { data: { name: rule, expression: `${metric} > 5` } });
  expect(made.status(), await made.text()).toBe(201);
  const send = async (value: number) => {
    const sent = await request.post(`/api/v1/agents/${id}/metrics`, {
      headers: { Authorization: `Bearer ${credential}` },
      data: { metrics: { [metric]: value } },
    });
    expect(sent.status(), await sent.text()).toBe(200);
  };
  const alerts = async () => {
    await send(9);
    return (await request.get(`/api/v1/alerts?agent=${id}`)).json();
  };
  const fire = () => expect.poll(async () => (await alerts()).total, { timeout: 30_000 }).toBe(1);
  const incident = async () => {
    let found = 0;
    const belonging = async () => {
      found = (await alerts()).items[0]?.incident ?? 0;
      return found;
    };
    await expect.poll(belonging, { timeout: 30_000 }).toBeGreaterThan(0);
    return found;
  };
  return { id, name, send, fire, rule: (await made.json()).id, incident };
}

/** Lets the last route tell nobody, as on a new hub, whatever journeys before this one made of it. */
export async function tellNobody(request: APIRequestContext): Promise<void> {
  const { items } = await (await request.get("/api/v1/routes")).json();
  for (const { id, name, default: last } of items) {
    const left = last
      ? await request.put(`/api/v1/routes/${id}`, { data: { name, targets: [] } })
      : await request.delete(`/api/v1/routes/${id}`);
    expect(left.ok(), await left.text()).toBe(true);
  }
}
