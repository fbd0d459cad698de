import { t } from "@lingui/core/macro";

/** By what a server knows a hub whose certificate is of its own CA: the fingerprint of the CA, and of the hub's key. */
export interface Pins {
  pin: string;
  key_pin: string;
}

/** What to type on a server to make it an agent of this hub. */
export function agentCommands(origin: string, token: string, name: string, pins: Pins | null = null): string {
  const named = name === "" ? "" : ` --name=${quoted(name)}`;
  const pinned = pins === null ? "" : ` \\\n  --pin=${pins.pin}`;
  const fetched = pins === null ? "curl -fsSL" : `curl ${pinOptions(pins)} -fsS`;
  const script = `${origin}/install/agent-installer.sh`;
  const line = pins === null ? `${fetched} ${script}` : `${fetched} \\\n  ${script}`;
  return `${line} |\n  sudo sh -s -- --token=${token}${pinned}${named}`;
}

/** -k leaves out the check by authority; the pin, which curl checks all the same, takes its place. */
function pinOptions(pins: Pins): string {
  return `-k --pinnedpubkey '${pins.key_pin}'`;
}

/** What to type on a machine that was enrolled before, so that it keeps being the same agent. */
export function enrollAgainCommands(origin: string, token: string): string {
  return `echo ${token} |
  sudo -u opsentrix-agent opsentrix-agent enroll --force --server ${origin} --token-file -
sudo systemctl restart opsentrix-agent`;
}

/** A name as one word of a POSIX shell. */
function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}

/** The same by curl alone, for whatever language or machine our agent does not fit. */
export function curlCommands(origin: string, token: string, name: string, pins: Pins | null = null): string {
  const curl = pins === null ? "curl" : `curl ${pinOptions(pins)}`;
  const body = JSON.stringify({ name: name === "" ? "my-script" : name, type: "script" }).slice(0, -1);
  return `hub=${origin}
answer=$(${curl} -fsS -X POST "$hub/api/v1/agents/register" \\
  -H "Authorization: Bearer ${token}" \\
  -H "Content-Type: application/json" \\
  -d ${quoted(body).slice(0, -1)}, "host": "'"$(hostname)"'"}')
id=$(echo "$answer" | sed -E 's/.*"id": ?([0-9]+).*/\\1/')
credential=$(echo "$answer" | sed -E 's/.*"credential": ?"([^"]+)".*/\\1/')

# ${t`As often as you like:`}
${curl} -fsS -X POST "$hub/api/v1/agents/$id/heartbeat" \\
  -H "Authorization: Bearer $credential" -H "Content-Type: application/json" \\
  -d '{"status": "online"}'
${curl} -fsS -X POST "$hub/api/v1/agents/$id/metrics" \\
  -H "Authorization: Bearer $credential" -H "Content-Type: application/json" \\
  -d '{"metrics": {"cpu_usage": 42.5}}'`;
}
