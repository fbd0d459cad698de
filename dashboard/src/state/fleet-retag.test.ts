import { expect, it } from "vitest";
import type { Agent } from "@/api/types";
import { FleetStore } from "./fleet";
import { retag } from "./fleet-retag";
import type { LiveLink } from "./live";

function stored(): FleetStore {
  const fleet = new FleetStore({} as LiveLink);
  for (const id of [1, 2]) fleet.put({ id, name: `a${id}`, environment: "prod", tags: ["eu"] } as Agent);
  return fleet;
}

const shown = (fleet: FleetStore) => fleet.view.get().agents.map(({ environment, tags }) => [environment, ...tags]);

it("shows other tags at once, and puts back what the hub did not take", () => {
  const fleet = stored();
  const back = retag(fleet, [1, 2, 3], () => ({ environment: "lab", tags: ["x", "y"] }));
  expect(shown(fleet)).toEqual([
    ["lab", "x", "y"],
    ["lab", "x", "y"],
  ]);
  back([2, 3]);
  expect(shown(fleet)).toEqual([
    ["lab", "x", "y"],
    ["prod", "eu"],
  ]);
});

it("keeps what else came meanwhile", () => {
  const fleet = stored();
  const back = retag(fleet, [1], ({ environment }) => ({ environment, tags: [] }));
  fleet.put({ ...(fleet.view.get().agents[0] as Agent), name: "renamed" });
  fleet.removeAll([2]);
  back([1, 2]);
  expect(fleet.view.get().agents).toMatchObject([{ id: 1, name: "renamed", tags: ["eu"] }]);
  expect(fleet.view.get().total).toBe(1);
});
