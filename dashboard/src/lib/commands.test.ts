import { describe, expect, it } from "vitest";
import { actionSpec, formProblems, parametersFor, paramsFrom, valuesFrom } from "./action-spec";
import { actionTitle, actionWords, choicesOf, grouped, needsNothing, readyValues } from "./action-words";
import { parseCommandPageSearch, parseCommandSearch } from "./command-search";
import { allowCommand, batchText, bestKey, byRefusal, firstRollout, needsNumber, trustCommand } from "./run-draft";
import { exitText } from "./run-words";

const UNIT = { name: "unit", type: "string", required: true, max_length: 8 };
const restart = actionSpec({
  name: "service.restart",
  effect: "disrupts",
  parameters: [UNIT],
  allowed: { units: ["nginx", "php-*", { name: "x" }] },
  signers: ["hub"],
  scripts: {},
});
const script = actionSpec({
  name: "script",
  effect: "disrupts",
  parameters: [{ name: "name", type: "string", required: true }],
  allowed: { names: ["job", "bare", "bad"] },
  signers: ["hub"],
  scripts: {
    job: {
      parameters: [
        { name: "days", type: "integer", required: true, min: 1, max: 30 },
        { name: "force", type: "boolean", required: false },
      ],
    },
    bare: { parameters: [] },
    bad: { problem: "Others can write it." },
  },
});

describe("what an action offers", () => {
  it("tells exact values from patterns", () => {
    expect(choicesOf(restart, "unit")).toEqual({ exact: ["nginx"], patterns: ["php-*"] });
    expect(choicesOf(restart, "other")).toBeNull();
    const ping = { ...restart, name: "network.ping", allowed: { hosts: ["10.0.0.0/8", "::1", "*.example.org"] } };
    expect(choicesOf(ping, "host")).toEqual({ exact: ["::1"], patterns: ["10.0.0.0/8", "*.example.org"] });
  });

  it("offers what needs nothing else at once", () => {
    expect(readyValues(restart)).toEqual(["nginx"]);
    expect(readyValues(script)).toEqual(["bare"]);
    expect(needsNothing(actionSpec({ ...restart, name: "diagnostics.collect", parameters: [], scripts: {} }))).toBe(
      true,
    );
    expect(needsNothing({ ...restart, name: "log.tail", parameters: [] })).toBe(false);
  });

  it("names actions, and those that it does not know by their names", () => {
    expect(actionTitle("service.restart", { unit: "nginx" })).toBe("Restart service nginx");
    expect(actionTitle("moon.land", {})).toBe("moon.land");
    expect(actionWords("moon.land").group).toBe("Machine");
    expect(grouped([{ name: "host.reboot" }, { name: "service.status" }, { name: "service.restart" }])).toEqual([
      { group: "Services", actions: [{ name: "service.restart" }, { name: "service.status" }] },
      { group: "Machine", actions: [{ name: "host.reboot" }] },
    ]);
  });
});

describe("a form of parameters", () => {
  it("asks for those of the script that is chosen, and says what is wrong", () => {
    expect(parametersFor(script, {}).map(({ name }) => name)).toEqual(["name"]);
    const parameters = parametersFor(script, { name: "job" });
    expect(parameters.map(({ name }) => name)).toEqual(["name", "days", "force"]);
    expect(formProblems(parameters, { name: "job" })).toEqual({ days: "It is needed." });
    expect(formProblems(parameters, { name: "job", days: "31" }).days).toBe("It must be from 1 to 30.");
    expect(formProblems(parameters, { name: "job", days: "1.5" }).days).toBe("It must be a whole number.");
    expect(formProblems(restart.parameters, { unit: "123456789" }).unit).toBe("It must have at most 8 characters.");
  });

  it("gives parameters of their types and back", () => {
    const parameters = parametersFor(script, { name: "job" });
    const params = paramsFrom(parameters, { name: "job", days: "7", force: "false" });
    expect(params).toEqual({ name: "job", days: 7, force: false });
    expect(paramsFrom(parameters, { name: "job", days: "7", force: "" })).toEqual({ name: "job", days: 7 });
    expect(valuesFrom(params)).toEqual({ name: "job", days: "7", force: "false" });
  });
});

describe("how a command goes out", () => {
  it("begins carefully where it interrupts something", () => {
    expect(firstRollout(40, "disrupts").batch).toEqual({ size: 4, pause_s: 0, stop_after: 1 });
    expect(firstRollout(40, "reads").batch).toBeNull();
    expect(firstRollout(1, "disrupts").batch).toBeNull();
    expect([needsNumber(11, "changes"), needsNumber(10, "disrupts"), needsNumber(500, "reads")]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("says it in words", () => {
    expect(batchText({ size: 3, pause_s: 0, stop_after: 0 }, 3)).toBe("all at once");
    expect(batchText({ size: 2, pause_s: 30, stop_after: 1 }, 9)).toBe(
      "2 at once, 30 s between, stops after 1 that did not end well",
    );
    expect([exitText(3), exitText(-15), exitText(-64), exitText(null)]).toEqual([
      "exit code 3",
      "ended by the signal TERM",
      "ended by the signal 64",
      "",
    ]);
    const refusing = ["a", "b", "c"].map((name) => ({ name, refusal: name === "b" ? "x" : "y" }));
    expect(byRefusal(refusing).map(({ names }) => names)).toEqual([["a", "c"], ["b"]]);
  });

  it("signs with a key that this browser has, rather one that is trusted", () => {
    const mine = [{ key_id: "a" }, { key_id: "b" }, { key_id: "c" }];
    expect(bestKey(mine, ["b", "c"], ["c", "a"])).toEqual({ key_id: "c" });
    expect(bestKey(mine, ["b"], ["a"])).toEqual({ key_id: "b" });
    expect(bestKey(mine, [], ["a"])).toBeNull();
  });

  it("writes lines that a shell takes as one word each", () => {
    expect(trustCommand("ana's $(laptop)", "KEY=")).toContain("--signer operator:ana-s-laptop-=KEY=");
    expect(allowCommand(["a:b", "c"]).split("\n")[0]).toBe("sudo opsentrix-agent policy allow a:b c --signer hub");
  });
});

describe("what the addresses of commands hold", () => {
  it("keeps what makes sense and drops the rest", () => {
    expect(parseCommandSearch({ agent: "7", action: "script", state: ["running", "x"], by: 12, z: 1 })).toEqual({
      agent: 7,
      action: "script",
      state: ["running"],
      by: "12",
    });
    expect(parseCommandSearch({ agent: "-1", state: "no", by: "" })).toEqual({});
    expect(parseCommandPageSearch({ agent: 3 })).toEqual({ agent: 3 });
  });
});
