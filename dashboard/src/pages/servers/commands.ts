/** What to type on a server to make it an agent of this hub. */
export function agentCommands(origin: string, token: string): string {
  return `opsentrix-agent enroll --server ${origin} --token ${token}\nopsentrix-agent run`;
}

/** The same by curl alone, for whatever language or machine our agent does not fit. */
export function curlCommands(origin: string, token: string): string {
  return `hub=${origin}
answer=$(curl -fsS -X POST "$hub/api/v1/agents/register" \\
  -H "Authorization: Bearer ${token}" \\
  -H "Content-Type: application/json" \\
  -d '{"name": "my-script", "type": "script", "host": "'"$(hostname)"'"}')
id=$(echo "$answer" | sed -E 's/.*"id": ?([0-9]+).*/\\1/')
credential=$(echo "$answer" | sed -E 's/.*"credential": ?"([^"]+)".*/\\1/')

# As often as you like:
curl -fsS -X POST "$hub/api/v1/agents/$id/heartbeat" \\
  -H "Authorization: Bearer $credential" -H "Content-Type: application/json" \\
  -d '{"status": "online"}'
curl -fsS -X POST "$hub/api/v1/agents/$id/metrics" \\
  -H "Authorization: Bearer $credential" -H "Content-Type: application/json" \\
  -d '{"metrics": {"cpu_usage": 42.5}}'`;
}
