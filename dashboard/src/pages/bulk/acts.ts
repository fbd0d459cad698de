import { plural, t } from "@lingui/core/macro";
import { changeTags, deleteAgents, restoreTags } from "@/api/bulk";
import type { TagsChanged } from "@/api/types";
import { type Retagging, retagged } from "@/lib/bulk";
import { lastDone } from "@/state/done";
import { retag as show } from "@/state/fleet-retag";
import { fleet } from "@/state/session";

/** Changes tags and environment of many: the list shows it at once, and takes back what the hub does not do. */
export async function retag(agents: number[], change: Retagging): Promise<TagsChanged["failed"]> {
  const back = show(fleet, agents, (agent) => retagged(agent, change));
  try {
    const done = await changeTags({
      agents,
      environment: change.environment,
      add_tags: [...change.add],
      remove_tags: [...change.remove],
    });
    back(done.failed.map(({ id }) => id));
    const undo = done.former.length === 0 ? null : () => putBack(done.former);
    lastDone.set({
      text:
        done.changed === 0
          ? t`Nothing had to change`
          : plural(done.changed, { one: "# machine changed", other: "# machines changed" }),
      undo,
    });
    return done.failed;
  } catch (error) {
    back(agents);
    throw error;
  }
}

async function putBack(former: TagsChanged["former"]): Promise<void> {
  const states = new Map(former.flatMap((state) => state.agents.map((agent) => [agent, state] as const)));
  const back = show(fleet, states.keys(), (agent) => states.get(agent.id) ?? agent);
  const { failed } = await restoreTags(former).catch((error: unknown) => {
    back(states.keys());
    throw error;
  });
  back(failed.map(({ id }) => id));
  if (failed.length > 0) {
    const reason = failed[0]?.reason;
    throw new Error(
      plural(failed.length, {
        one: `# machine could not be put back: ${reason}`,
        other: `# machines could not be put back: ${reason}`,
      }),
    );
  }
}

/** Deletes many with all their history; returns those that are still there. */
export async function deleteMany(agents: number[]): Promise<TagsChanged["failed"]> {
  const { deleted, failed } = await deleteAgents(agents);
  const left = new Set(failed.map(({ id }) => id));
  fleet.removeAll(agents.filter((id) => !left.has(id)));
  if (deleted > 0)
    lastDone.set({ text: plural(deleted, { one: "# machine deleted", other: "# machines deleted" }), undo: null });
  return failed;
}
