// Actions in words for people, and what can be chosen for their parameters. The hub's texts are data, never markup.
import { t } from "@lingui/core/macro";

export type EffectName = "reads" | "changes" | "disrupts";

/** One parameter as an agent declares it. */
export interface ParameterSpec {
  name: string;
  type: "string" | "integer" | "choice" | "boolean";
  required: boolean;
  help: string;
  choices: readonly string[];
  min: number | null;
  max: number | null;
  maxLength: number | null;
}

/** What is known of an action that is allowed. */
export interface ActionSpec {
  name: string;
  effect: EffectName;
  parameters: readonly ParameterSpec[];
  /** What the policy lists, by the policy's own words. */
  allowed: Readonly<Record<string, readonly unknown[]>>;
  signers: readonly string[];
  scripts: Readonly<Record<string, { parameters: readonly ParameterSpec[]; problem: string }>>;
}

interface Words {
  label: string;
  group: string;
  /** What it does, in a sentence. */
  text: string;
}

export const GROUPS = [
  t`Services`,
  t`Containers`,
  t`Scripts`,
  t`Processes`,
  t`Logs and diagnostics`,
  t`Network`,
  t`Machine`,
];

const WORDS: Record<string, Words> = {
  "service.restart": { label: t`Restart service`, group: t`Services`, text: t`Stops it and starts it again.` },
  "service.reload": { label: t`Reload service`, group: t`Services`, text: t`Lets it read its settings anew.` },
  "service.start": { label: t`Start service`, group: t`Services`, text: t`Starts it where it is stopped.` },
  "service.stop": { label: t`Stop service`, group: t`Services`, text: t`Stops it until somebody starts it.` },
  "service.status": {
    label: t`Show service`,
    group: t`Services`,
    text: t`Shows whether it runs, and its last messages.`,
  },
  "container.restart": { label: t`Restart container`, group: t`Containers`, text: t`Stops it and starts it again.` },
  "container.start": { label: t`Start container`, group: t`Containers`, text: t`Starts it where it is stopped.` },
  "container.stop": { label: t`Stop container`, group: t`Containers`, text: t`Stops it until somebody starts it.` },
  script: { label: t`Run script`, group: t`Scripts`, text: t`Runs a script that the machine’s owner put there.` },
  "process.signal": {
    label: t`Signal a process`,
    group: t`Processes`,
    text: t`Sends one process a signal, such as TERM.`,
  },
  "log.tail": {
    label: t`Show log`,
    group: t`Logs and diagnostics`,
    text: t`Shows the last lines of a file or a unit.`,
  },
  "diagnostics.collect": {
    label: t`Collect diagnostics`,
    group: t`Logs and diagnostics`,
    text: t`Load, memory, processes, disks, sockets and the kernel’s newest messages as one text.`,
  },
  "disk.usage_top": {
    label: t`Find what fills a disk`,
    group: t`Logs and diagnostics`,
    text: t`Lists the largest folders and files below a path.`,
  },
  "network.ping": { label: t`Ping`, group: t`Network`, text: t`Asks a host whether it answers, and how fast.` },
  "network.traceroute": { label: t`Trace route`, group: t`Network`, text: t`Shows the way to a host, hop by hop.` },
  "network.dns": { label: t`Look up a name`, group: t`Network`, text: t`Asks which addresses a name has.` },
  "network.http": { label: t`Fetch a URL`, group: t`Network`, text: t`Tells status, size and time of an answer.` },
  "package.list_updates": { label: t`List updates`, group: t`Machine`, text: t`Lists packages that could be updated.` },
  "host.reboot": { label: t`Reboot the machine`, group: t`Machine`, text: t`Everything on it stops until it is back.` },
  shell: { label: t`Run a shell command`, group: t`Machine`, text: t`Runs any command that the agent’s user may run.` },
};

/** The actions that are known, in the order in which people look for them. */
export const ACTION_NAMES: readonly string[] = Object.keys(WORDS);

/** The words for an action; one that is newer than this dashboard is called by its name. */
export function actionWords(name: string): Words {
  return WORDS[name] ?? { label: name, group: t`Machine`, text: "" };
}

export const EFFECT_WORDS: Record<EffectName, { label: string; text: string }> = {
  reads: { label: t`Only reads`, text: t`It changes nothing on the machine.` },
  changes: {
    label: t({ message: "Changes", context: "effect" }),
    text: t`It changes something, and interrupts nothing that is known.`,
  },
  disrupts: { label: t({ message: "Disrupts", context: "effect" }), text: t`It can interrupt what people use.` },
};

/** Which parameter each list of a policy is about. */
const LISTED: Record<string, string> = {
  units: "unit",
  names: "name",
  signals: "signal",
  hosts: "host",
  files: "file",
  paths: "path",
};

const PARAMETER_LABELS: Record<string, string> = {
  unit: t`Service`,
  name: t`Name`,
  host: t({ message: "Host", context: "parameter" }),
  file: t`File`,
  path: t`Path`,
  url: t`URL`,
  pid: t`Process id (PID)`,
  started: t`Start time of the process`,
  signal: t`Signal`,
  lines: t`Lines`,
  count: t`How often`,
  depth: t`How deep`,
  delay_s: t`Delay in seconds`,
  command: t`Command`,
};

/** "Service" for `unit` of an action of ours; a script's parameters are called as its owner called them. */
export function parameterLabel(name: string, ofScript: boolean): string {
  return ofScript ? name : (PARAMETER_LABELS[name] ?? name);
}

/** Whether an entry of a policy stands for more than itself. */
export function isPattern(entry: string, list: string): boolean {
  return /[*?]/.test(entry) || (list === "hosts" && entry.includes("/"));
}

/** What a policy lets a parameter be: exact values, and patterns for which a value has to be written. */
export interface Choices {
  exact: string[];
  patterns: string[];
}

/** What the policy lists for a parameter; null where it lists nothing about it. */
export function choicesOf(action: ActionSpec, parameter: string): Choices | null {
  for (const [list, entries] of Object.entries(action.allowed)) {
    if (LISTED[list] !== parameter) continue;
    const texts = entries.filter((one): one is string => typeof one === "string");
    return {
      exact: texts.filter((one) => !isPattern(one, list)),
      patterns: texts.filter((one) => isPattern(one, list)),
    };
  }
  return null;
}

/** The parameter by whose values people look for an action: the unit of a service, the name of a script. */
export function mainParameter(action: ActionSpec): string | null {
  return action.parameters.find(({ required, type }) => required && type === "string")?.name ?? null;
}

/** Values with which an action needs nothing else: one press leads to the confirmation. */
export function readyValues(action: ActionSpec): string[] {
  const main = mainParameter(action);
  if (main === null) return [];
  const others = action.parameters.some(({ name, required }) => required && name !== main);
  if (others) return [];
  const exact = choicesOf(action, main)?.exact ?? [];
  if (action.name !== "script") return exact;
  return exact.filter((name) => {
    const script = action.scripts[name];
    return script?.problem === "" && script.parameters.every(({ required }) => !required);
  });
}

/** Whether an action needs no parameter at all. */
export function needsNothing({ parameters, name }: ActionSpec): boolean {
  return name !== "log.tail" && parameters.every(({ required }) => !required);
}

/** "Restart service nginx": an action with what it is about. */
export function actionTitle(action: string, params: Readonly<Record<string, unknown>>): string {
  const about = params.unit ?? params.name ?? params.host ?? params.file ?? params.path ?? params.url ?? params.pid;
  const { label } = actionWords(action);
  return about === undefined ? label : `${label} ${String(about)}`;
}

/** Actions by group, both in the order in which people look for them. */
export function grouped<One extends { name: string }>(actions: readonly One[]): { group: string; actions: One[] }[] {
  const rank = ({ name }: One) => (name in WORDS ? ACTION_NAMES.indexOf(name) : ACTION_NAMES.length);
  return GROUPS.map((group) => ({
    group,
    actions: actions.filter(({ name }) => actionWords(name).group === group).sort((a, b) => rank(a) - rank(b)),
  })).filter(({ actions: found }) => found.length > 0);
}
