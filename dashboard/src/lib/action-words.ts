// Actions in words for people, and what can be chosen for their parameters. The hub's texts are data, never markup.
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

export const GROUPS = ["Services", "Containers", "Scripts", "Processes", "Logs and diagnostics", "Network", "Machine"];

const WORDS: Record<string, Words> = {
  "service.restart": { label: "Restart service", group: "Services", text: "Stops it and starts it again." },
  "service.reload": { label: "Reload service", group: "Services", text: "Lets it read its settings anew." },
  "service.start": { label: "Start service", group: "Services", text: "Starts it where it is stopped." },
  "service.stop": { label: "Stop service", group: "Services", text: "Stops it until somebody starts it." },
  "service.status": { label: "Show service", group: "Services", text: "Shows whether it runs, and its last messages." },
  "container.restart": { label: "Restart container", group: "Containers", text: "Stops it and starts it again." },
  "container.start": { label: "Start container", group: "Containers", text: "Starts it where it is stopped." },
  "container.stop": { label: "Stop container", group: "Containers", text: "Stops it until somebody starts it." },
  script: { label: "Run script", group: "Scripts", text: "Runs a script that the machine’s owner put there." },
  "process.signal": {
    label: "Signal a process",
    group: "Processes",
    text: "Sends one process a signal, such as TERM.",
  },
  "log.tail": { label: "Show log", group: "Logs and diagnostics", text: "Shows the last lines of a file or a unit." },
  "diagnostics.collect": {
    label: "Collect diagnostics",
    group: "Logs and diagnostics",
    text: "Load, memory, processes, disks, sockets and the kernel’s newest messages as one text.",
  },
  "disk.usage_top": {
    label: "Find what fills a disk",
    group: "Logs and diagnostics",
    text: "Lists the largest folders and files below a path.",
  },
  "network.ping": { label: "Ping", group: "Network", text: "Asks a host whether it answers, and how fast." },
  "network.traceroute": { label: "Trace route", group: "Network", text: "Shows the way to a host, hop by hop." },
  "network.dns": { label: "Look up a name", group: "Network", text: "Asks which addresses a name has." },
  "network.http": { label: "Fetch a URL", group: "Network", text: "Tells status, size and time of an answer." },
  "package.list_updates": { label: "List updates", group: "Machine", text: "Lists packages that could be updated." },
  "host.reboot": { label: "Reboot the machine", group: "Machine", text: "Everything on it stops until it is back." },
  shell: { label: "Run a shell command", group: "Machine", text: "Runs any command that the agent’s user may run." },
};

/** The actions that are known, in the order in which people look for them. */
export const ACTION_NAMES: readonly string[] = Object.keys(WORDS);

/** The words for an action; one that is newer than this dashboard is called by its name. */
export function actionWords(name: string): Words {
  return WORDS[name] ?? { label: name, group: "Machine", text: "" };
}

export const EFFECT_WORDS: Record<EffectName, { label: string; text: string }> = {
  reads: { label: "Only reads", text: "It changes nothing on the machine." },
  changes: { label: "Changes", text: "It changes something, and interrupts nothing that is known." },
  disrupts: { label: "Disrupts", text: "It can interrupt what people use." },
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
  unit: "Service",
  name: "Name",
  host: "Host",
  file: "File",
  path: "Path",
  url: "URL",
  pid: "Process id (PID)",
  started: "Start time of the process",
  signal: "Signal",
  lines: "Lines",
  count: "How often",
  depth: "How deep",
  delay_s: "Delay in seconds",
  command: "Command",
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
