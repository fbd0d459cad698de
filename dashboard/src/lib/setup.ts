/** What is known of a hub; undefined where the answer is not here yet, or not for this person. */
export interface SetupFacts {
  /** An agent whose samples come in; null while there is none. */
  reporting: { id: number; name: string } | null;
  /** How many targets the route for everything else has. */
  targets: number | undefined;
  /** Whether this person has a second factor. */
  secondFactor: boolean;
  /** How many people may log in. */
  people: number | undefined;
  /** How many rules are on. */
  rules: number | undefined;
}

export type StepId = "server" | "rules" | "told" | "factor" | "people";

export interface Step {
  id: StepId;
  done: boolean;
}

/** What makes a hub useful, in the order that a newcomer does it; each is done or not by how things are. */
export function setupSteps({ reporting, targets, secondFactor, people, rules }: SetupFacts): Step[] {
  const known: [StepId, boolean | undefined][] = [
    ["server", reporting !== null],
    ["rules", rules === undefined ? undefined : rules > 0],
    ["told", targets === undefined ? undefined : targets > 0],
    ["factor", secondFactor],
    ["people", people === undefined ? undefined : people > 1],
  ];
  return known.flatMap(([id, done]) => (done === undefined ? [] : [{ id, done }]));
}
