#!/bin/sh
# An Opsentrix agent in POSIX shell and curl. It registers once and then reports CPU, memory and load.
#
#   OPSENTRIX_URL               the hub, such as http://127.0.0.1:8000
#   OPSENTRIX_ENROLLMENT_TOKEN  needed the first time
#   OPSENTRIX_STATE             file that keeps id and credential (default ~/.opsentrix-agent)
#   OPSENTRIX_NAME              name in the hub (default: the host's)
#   INTERVAL                    seconds between reports (default 10)
#   COUNT                       reports to send, then stop (default: without end)
set -eu
umask 077 # the state file holds a secret

hub=${OPSENTRIX_URL:?the URL of the hub}
state=${OPSENTRIX_STATE:-$HOME/.opsentrix-agent}
host=$(uname -n)
name=${OPSENTRIX_NAME:-$host}
interval=${INTERVAL:-10}
count=${COUNT:-}
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

say() { printf '%s\n' "$*" >&2; }

# post PATH SECRET JSON: sends JSON and prints the HTTP status, 000 when the hub cannot be reached.
# The body of the answer goes to $answer. The secret goes through standard input, because others can read arguments.
post() {
    printf 'header = "Authorization: Bearer %s"\n' "$2" |
        curl --config - --silent --max-time 30 --output "$answer" --write-out '%{http_code}' \
            --header 'Content-Type: application/json' --data "$3" "$hub$1" || true
}

# field NAME: prints a string or a number out of the flat JSON object in $answer.
field() { sed -n 's/.*"'"$1"'": *"\{0,1\}\([^",}]*\).*/\1/p' "$answer"; }

# deliver PATH JSON: sends until the hub has it. What the hub will never take is not sent again.
deliver() {
    wait=1
    while :; do
        status=$(post "/api/v1/agents/$id$1" "$credential" "$2")
        case $status in
        2??) return 0 ;;
        401 | 403 | 404) say "refused ($status): $(field detail); delete $state to register again" && exit 1 ;;
        429 | 5?? | 000) say "no success ($status), again in $wait s" ;;
        *) say "not taken ($status): $(cat "$answer")" && return 0 ;;
        esac
        sleep "$wait"
        wait=$((wait < 60 ? wait * 2 : 60))
    done
}

# cpu_times: prints the busy and the total time of all processors since boot.
cpu_times() { awk '/^cpu / { for (i = 2; i <= 9; i++) all += $i; print all - $5 - $6, all }' /proc/stat; }

# sample METRIC LABELS UNIT VALUE: prints one sample of this moment.
sample() {
    printf '{"metric": "%s", "labels": {%s}, "unit": "%s", "time": %s, "value": %s}' "$1" "$2" "$3" "$now" "$4"
}

register() {
    status=$(post /api/v1/agents/register "${OPSENTRIX_ENROLLMENT_TOKEN:?a token of the hub, to register}" \
        "{\"name\": \"$name\", \"type\": \"script\", \"host\": \"$host\", \"reporting_interval\": $interval}")
    if [ "$status" != 201 ]; then
        say "registration failed ($status): $(field detail)"
        exit 1
    fi
    printf 'id=%s\ncredential=%s\n' "$(field id)" "$(field credential)" >"$state"
    say "registered $name as agent $(field id)"
}

[ -s "$state" ] || register
id=$(sed -n 's/^id=//p' "$state")
credential=$(sed -n 's/^credential=//p' "$state")
deliver /heartbeat '{"status": "online"}'

before=$(cpu_times)
while [ "${count:-1}" -gt 0 ]; do
    sleep "$interval"
    now=$(date +%s)
    after=$(cpu_times)
    cpu=$(echo "$before $after" | awk '{ print ($4 > $2) ? 100 * ($3 - $1) / ($4 - $2) : 0 }')
    memory=$(awk '/^MemTotal:/ { all = $2 } /^MemAvailable:/ { free = $2 } END { print 1 - free / all }' /proc/meminfo)
    before=$after
    read -r load1 load5 load15 _ </proc/loadavg
    # Times of their own make it safe to send samples twice: of two for one moment the last one counts.
    samples=$(sample cpu_usage '' % "$cpu")
    samples="$samples,$(sample system.memory.utilization '"state": "used"' 1 "$memory")"
    samples="$samples,$(sample system.cpu.load_average.1m '' '{thread}' "$load1")"
    samples="$samples,$(sample system.cpu.load_average.5m '' '{thread}' "$load5")"
    samples="$samples,$(sample system.cpu.load_average.15m '' '{thread}' "$load15")"
    # Metrics count as a sign of life too, so no heartbeat is needed beside them.
    deliver /metrics "{\"samples\": [$samples]}"
    [ -z "$count" ] || count=$((count - 1))
done
