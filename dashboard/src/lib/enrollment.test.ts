import { describe, expect, it } from "vitest";
import { tokenWords } from "./enrollment";

const ANY = { types: [], environment: "", tags: [], max_uses: 1, agent_id: null };

describe("whom a token lets in", () => {
  it.each([
    [ANY, "One server"],
    [{ ...ANY, max_uses: 1500 }, "Up to 1,500 servers"],
    [{ ...ANY, types: ["web", "db"], environment: "production" }, "One server of type web or db, in production"],
    [{ ...ANY, max_uses: 2, tags: ["eu", "gpu"] }, "Up to 2 servers, tagged eu, gpu"],
    [{ ...ANY, agent_id: 7, environment: "lab" }, "Agent 7 again"],
  ])("%o", (token, words) => expect(tokenWords(token)).toBe(words));
});
