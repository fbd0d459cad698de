import { describe, expect, it } from "vitest";
import { type CredentialFacts, credentialAge, isUnsettled, renewalText } from "./identity";

const NOW = Date.parse("2026-03-01T12:00:00Z") / 1000;
const ACTIVE = { state: "active", created_at: "2026-03-01T09:00:00Z", expires_at: null };

function facts(change: Partial<CredentialFacts["renewal"]> = {}, ...states: string[]): CredentialFacts {
  const others = states.map((state) => ({ ...ACTIVE, state }));
  const renewal = { due_at: "2026-03-28T00:00:00Z", requested_at: null, possible: true, ...change };
  return { admission: "admitted", credentials: [...others, ACTIVE], renewal };
}

describe("identity in words", () => {
  it("tells the age of the credential that counts", () => {
    expect(credentialAge(facts(), NOW)).toBe("Made 3 h ago");
    expect(credentialAge(facts({}, "retiring"), NOW)).toContain("retires within a day");
    expect(credentialAge({ ...facts(), credentials: [{ ...ACTIVE, state: "revoked" }] }, NOW)).toBe("None that works");
  });

  it("is unsettled while a credential is on its way, or two hosts have one", () => {
    const whole = (shown: CredentialFacts, clone: unknown = null) => isUnsettled({ ...shown, clone });
    expect(whole(facts())).toBe(false);
    expect(whole(facts({}, "retiring"))).toBe(false);
    expect(whole(facts({ requested_at: "2026-03-01T11:59:00Z" }))).toBe(true);
    expect(whole(facts({}, "offered"))).toBe(true);
    expect(whole(facts(), { hosts: [] })).toBe(true);
  });

  it("tells what the renewal waits for", () => {
    const moment = (time: number) => `at ${time}`;
    const asked = "2026-03-01T11:59:00Z";
    expect(renewalText(facts(), moment)).toBe("By itself, at 1774656000");
    expect(renewalText(facts({ due_at: null }), moment)).toBe("On request only");
    expect(renewalText(facts({ possible: false }), moment)).toContain("update it");
    expect(renewalText(facts({ requested_at: asked }), moment)).toBe("Waiting for the agent");
    expect(renewalText(facts({ requested_at: asked, possible: null }), moment)).toBe("When it connects");
    expect(renewalText(facts({ requested_at: asked }, "offered"), moment)).toContain("taking up");
    expect(renewalText({ ...facts(), admission: "revoked" }, moment)).toBe("No more");
  });
});
