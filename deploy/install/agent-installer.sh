#!/bin/sh
# shellcheck disable=SC2317
# Installs, upgrades or removes the Opsentrix agent:
#   curl -fsSL https://HUB/install/agent-installer.sh | sh -s -- --token=TOKEN
# Everything is inside functions and the last line calls the first: half a download does nothing.
set -eu

# The hub fills these in when it serves this script.
served_by=@SERVED_BY@
artefact_sha256=@SHA256@

usage() {
    cat <<'TEXT'
Installs the Opsentrix agent, upgrades it when it is installed already, or removes it.

  --token=TOKEN         enrollment token from the dashboard; or the variable OPSENTRIX_ENROLLMENT_TOKEN
  --token-file=FILE     file that holds it
  --server=URL          the hub; default: the one that served this script
  --ca=FILE             PEM file with the authority that signed the hub's certificate
  --pin=sha256:HEX      fingerprint of the hub's certificate authority, from the dashboard; instead of --ca
  --name=NAME           how this machine is called in the hub; default: its host name
  --type=TYPE           what is watched; default: host
  --environment=WORD    such as production
  --tag=WORD            may be given several times
  --allow-upgrades=KEY  let the hub upgrade this agent to releases that this public key signed; may be given several times
  --allow=ACTION:A,B    let the hub have this done here, such as service.restart:nginx,php-fpm; may be given several times
  --allow-signers=WHO   whose signature counts: hub (the default), or operator:NAME=KEY; may be given several times
  --user                install for this user alone, below ~/.local; what happens anyway without root
  --no-start            install and enroll, and do not start
  --uninstall           stop the agent and remove all of it: program, service, settings, identity, user
  --keep-config         with --uninstall: keep settings, identity and user
  --dry-run             say what would be done, and do nothing
  --help                this text

Run again, it changes what is different and restarts the agent only then. The release before stays, to go back to.
TEXT
}

say() { printf '%s\n' "$*"; }
fail() {
    printf 'agent-installer: %s\n' "$*" >&2
    exit 1
}

# step WORDS COMMAND...: says what is done and does it; with --dry-run it only says.
step() {
    say "- $1"
    shift
    [ -n "$dry_run" ] || "$@"
}

main() {
    read_options "$@"
    set_places
    find_service_manager
    if [ -n "$uninstall" ]; then
        remove
        return
    fi
    find_python
    check_options
    [ -n "$dry_run" ] || make_work
    changed=
    if [ -n "$pin" ]; then
        step "fetch the hub's certificate authority and verify its fingerprint $pin" fetch_pinned
        ca=$work/hub-ca.pem
    fi
    install_program
    [ "$mode" = user ] || ensure_user
    ensure_config
    [ -z "$upgrade_keys" ] || ensure_policy
    ensure_actions
    ensure_identity
    ensure_service
    ensure_upgrades
    say "Done."
}

make_work() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

read_options() {
    token=${OPSENTRIX_ENROLLMENT_TOKEN:-} token_file='' server='' ca='' pin='' name='' type='' environment='' tags=''
    mode=system upgrade_keys='' allowed='' signers='' work='' dry_run='' uninstall='' keep_config='' no_start=''
    [ "$(id -u)" -eq 0 ] || mode=user
    for option; do
        value=${option#*=}
        case $option in
            --token=*) token=$value ;;
            --token-file=*) token_file=$value ;;
            --server=*) server=${value%/} ;;
            --ca=*) ca=$value ;;
            --pin=*) pin=$value ;;
            --name=*) name=$value ;;
            --type=*) type=$value ;;
            --environment=*) environment=$value ;;
            --tag=*) tags="$tags${tags:+,}$value" ;;
            --allow-upgrades=*) upgrade_keys="$upgrade_keys${upgrade_keys:+,}$value" ;;
            --allow=*) allowed=$(line_more "$allowed" "$value") ;;
            --allow-signers=*) signers=$(line_more "$signers" "--signer=$value") ;;
            --user) mode=user ;;
            --no-start) no_start=yes ;;
            --uninstall) uninstall=yes ;;
            --keep-config) keep_config=yes ;;
            --dry-run) dry_run=yes ;;
            --help) usage && exit 0 ;;
            *) fail "$option is not an option; --help lists them" ;;
        esac
    done
}

# line_more LINES WORD: the lines with one more; words may hold anything but a line feed.
line_more() {
    [ -z "$1" ] || printf '%s\n' "$1"
    printf '%s\n' "$2"
}

set_places() {
    if [ "$mode" = system ]; then
        [ "$(id -u)" -eq 0 ] || fail "only root installs for the whole machine"
        owner=opsentrix-agent
        releases=/usr/lib/opsentrix-agent
        command=/usr/bin/opsentrix-agent
        config_dir=/etc/opsentrix
        state_dir=/var/lib/opsentrix-agent
        upgrade_dir=/var/lib/opsentrix-agent-upgrade
    else
        : "${HOME:?is not set}"
        owner=
        releases=$HOME/.local/lib/opsentrix-agent
        command=$HOME/.local/bin/opsentrix-agent
        config_dir=$HOME/.config/opsentrix
        state_dir=$HOME/.local/state/opsentrix-agent
        upgrade_dir=$state_dir/upgrade-work
    fi
    config=$config_dir/agent.json
    policy=$config_dir/policy.json
}

# manager: systemd, user-systemd, openrc, background (a plain process of this user) or none; unit: the file that it reads.
find_service_manager() {
    manager=none unit=
    if [ "$mode" = user ]; then
        if [ -d /run/systemd/system ] && systemctl --user show-environment >/dev/null 2>&1; then
            manager=user-systemd unit=$HOME/.config/systemd/user/opsentrix-agent.service
        else
            manager=background
        fi
    elif [ -d /run/systemd/system ]; then
        manager=systemd unit=/etc/systemd/system/opsentrix-agent.service
    elif command -v openrc-run >/dev/null && command -v rc-service >/dev/null; then
        manager=openrc unit=/etc/init.d/opsentrix-agent
    fi
}

find_python() {
    for candidate in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11 python3.10 \
        /usr/libexec/platform-python; do
        found=$(command -v "$candidate" 2>/dev/null) || continue
        if "$found" -c 'import json, select, socket, ssl, sys, urllib.request, zipfile, zlib
sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            python=$found
            return
        fi
    done
    if command -v apt-get >/dev/null; then
        how="apt-get install python3 (Debian 12, Ubuntu 22.04 or newer have one that serves)"
    elif command -v dnf >/dev/null; then
        how="dnf install python3.12"
    elif command -v apk >/dev/null; then
        how="apk add python3"
    else
        how="install it from your distribution"
    fi
    fail "Python 3.10 or newer with its standard library is needed and was not found: $how, or use a bundle that brings its own"
}

check_options() {
    server=${server:-$served_by}
    case $server in
        @*) fail "--server=URL is missing: this copy of the script was not served by a hub" ;;
        https://*) ;;
        http://*) say "Note: $server is not encrypted; whoever is on the way can read and change what is sent." ;;
        *) fail "--server must be an http or https URL, and not $server" ;;
    esac
    [ -z "$ca" ] || [ -r "$ca" ] || fail "--ca: $ca cannot be read"
    if [ -n "$pin" ]; then
        [ -z "$ca" ] || fail "--ca and --pin exclude each other"
        case $server in https://*) ;; *) fail "--pin is given, but $server is not https: nothing would be encrypted" ;; esac
    fi
    if [ -n "$token_file" ]; then
        [ -r "$token_file" ] || fail "--token-file: $token_file cannot be read"
        token=$(cat "$token_file")
    fi
    case $artefact_sha256 in
        @*) fail "this copy of the script has no checksum: take it from https://HUB/install/agent-installer.sh" ;;
    esac
    enrolled=
    [ ! -e "$state_dir/identity.json" ] || enrolled=yes
    [ -n "$enrolled" ] || [ -n "$token" ] || [ -n "$dry_run" ] ||
        fail "an enrollment token is needed: --token=TOKEN or --token-file=FILE; the dashboard makes one (Add a server)"
}

# From a server that nobody vouches for yet: it is told nothing, and only the certificate with this very SHA-256 is taken.
fetch_pinned() {
    "$python" -I - "$server/install/ca.pem" "$work/hub-ca.pem" "$pin" <<'PYTHON'
import hashlib
import ssl
import sys
import urllib.request

url, path, pin = sys.argv[1:]
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
try:
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
    with opener.open(url, timeout=60) as answer:
        content = answer.read(1 << 20).decode("ascii").strip()
    found = "sha256:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(content)).hexdigest()
except (OSError, ValueError) as error:
    sys.exit(f"agent-installer: {url}: {error}")
if found != pin.lower():
    sys.exit(f"agent-installer: {url} is {found} and not {pin}: this is not the hub that you mean, or it has a new authority")
with open(path, "w") as file:
    file.write(content + "\n")
PYTHON
}

# The very same Python that runs the agent: no two tools to differ in what TLS they take. The checksum came with this script.
download() {
    "$python" -I - "$server/install/opsentrix-agent.pyz?sha256=$artefact_sha256" "$1" "$artefact_sha256" "$ca" <<'PYTHON'
import hashlib
import ssl
import sys
import urllib.error
import urllib.request

url, path, expected, ca = sys.argv[1:]
try:
    context = ssl.create_default_context(cafile=ca or None)
    handlers = [urllib.request.HTTPSHandler(context=context)]
    with urllib.request.build_opener(*handlers).open(url, timeout=60) as answer:
        content = answer.read(64 << 20)
except urllib.error.HTTPError as error:
    sys.exit(f"agent-installer: {url}: {error} {error.read(1000).decode(errors='replace')}")
except (OSError, ValueError) as error:
    sys.exit(f"agent-installer: {url}: {error}")
found = hashlib.sha256(content).hexdigest()
if found != expected:
    sys.exit(f"agent-installer: {url} has the SHA-256 {found} and not {expected}: it is damaged, or was just replaced; try again")
with open(path, "wb") as file:
    file.write(content)
PYTHON
}

install_program() {
    before=$(readlink "$releases/current" 2>/dev/null || true)
    case $before in
        *-"$(printf %.12s "$artefact_sha256")")
            say "- the program is up to date ($before)"
            ensure_command
            return
            ;;
    esac
    step "download $server/install/opsentrix-agent.pyz and verify its SHA-256 $artefact_sha256" \
        download "$work/opsentrix-agent.pyz"
    step "unpack and compile it below $releases" add_release
    step "see whether it runs here" try_release
    step "make it the current release" switch_release
    ensure_command
    changed=yes
}

add_release() {
    mkdir -p "$releases"
    chmod 755 "$releases"
    release=$("$python" -I "$work/opsentrix-agent.pyz" release add "$releases")
}

try_release() {
    "$releases/$release/opsentrix-agent" --version >"$work/try" 2>&1 &&
        "$python" -IS -c 'import sys
sys.path.insert(0, sys.argv[1])
import opsentrix_agent.agent' "$releases/$release" >>"$work/try" 2>&1 &&
        return
    cat "$work/try" >&2
    rm -rf "${releases:?}/$release"
    fail "release $release does not run here; what was installed stays as it was"
}

switch_release() {
    "$python" -I "$work/opsentrix-agent.pyz" release switch "$releases" "$release" >/dev/null
    pruned=$("$python" -I "$work/opsentrix-agent.pyz" release prune "$releases")
    [ -z "$pruned" ] || say "  removed: $pruned"
}

ensure_command() {
    [ "$(readlink "$command" 2>/dev/null || true)" != "$releases/current/opsentrix-agent" ] || return 0
    step "link $command" link_command
}

link_command() {
    mkdir -p "$(dirname "$command")"
    ln -sfn "$releases/current/opsentrix-agent" "$command"
}

ensure_user() {
    ! id "$owner" >/dev/null 2>&1 || return 0
    step "add the system user $owner, who cannot log in" add_user
}

add_user() {
    nologin=$(command -v nologin || echo /sbin/nologin)
    if command -v useradd >/dev/null; then
        useradd --system --user-group --home-dir "$state_dir" --no-create-home --shell "$nologin" "$owner"
    else
        addgroup -S "$owner"
        adduser -S -D -H -h "$state_dir" -s "$nologin" -G "$owner" "$owner"
    fi
}

ensure_config() {
    if [ -n "$ca" ] && ! cmp -s "$ca" "$config_dir/hub-ca.pem"; then
        step "keep the hub's authority as $config_dir/hub-ca.pem" keep_ca
        changed=yes
    fi
    if [ -e "$config" ]; then
        say "- $config is kept as it is"
        return
    fi
    step "write $config" write_config
}

keep_ca() {
    mkdir -p "$config_dir"
    cp "$ca" "$config_dir/hub-ca.pem"
    chmod 644 "$config_dir/hub-ca.pem"
}

write_config() {
    mkdir -p "$config_dir"
    own_state_dir=
    [ "$mode" = system ] || own_state_dir=$state_dir
    "$python" -I - "$config" "$server" "$name" "$type" "$environment" "$tags" "${ca:+$config_dir/hub-ca.pem}" \
        "$own_state_dir" <<'PYTHON'
import json
import sys
from pathlib import Path

keys = ("server_url", "name", "agent_type", "environment", "tags", "tls_ca", "state_dir")
path, *values = sys.argv[1:]
settings = {key: value for key, value in zip(keys, values) if value}
if "tags" in settings:
    settings["tags"] = settings["tags"].split(",")
Path(path).write_text(json.dumps(settings, indent=2) + "\n")
PYTHON
    chmod 644 "$config"
}

ensure_policy() {
    step "let $policy allow upgrades to releases that $upgrade_keys signed" write_policy
}

# What the policy says besides stays as it is.
write_policy() {
    said=$("$python" -I - "$policy" "$upgrade_keys" <<'PYTHON'
import base64
import json
import sys
from pathlib import Path

path, keys = Path(sys.argv[1]), sys.argv[2].split(",")
for key in keys:
    try:
        sound = len(base64.b64decode(key, validate=True)) == 32
    except ValueError:
        sound = False
    if not sound:
        sys.exit(f"agent-installer: --allow-upgrades: {key} is no public key as `opsentrix release keygen` prints it")
try:
    policy = json.loads(path.read_text()) if path.exists() else {}
    upgrades = policy.setdefault("upgrades", {})
    present = upgrades.setdefault("keys", [])
    added = [key for key in dict.fromkeys(keys) if key not in present]
    present.extend(added)
except (ValueError, AttributeError, OSError) as error:
    sys.exit(f"agent-installer: {path} cannot be changed: {error}")
if added:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(".policy.json")
    temporary.write_text(json.dumps(policy, indent=2) + "\n")
    temporary.chmod(0o644)
    temporary.replace(path)
    print("changed")
PYTHON
    ) || exit 1
    [ -z "$said" ] || changed=yes
}

# What the owner allows, and no right that this does not need; both are looked at each time, so a smaller policy takes away.
ensure_actions() {
    [ -z "$allowed$signers" ] || step "let $policy allow $(printf '%s' "$allowed" | tr '\n' ' ')" allow_actions
    [ "$mode" = system ] && [ -e "$policy" ] && [ -z "$dry_run" ] || return 0
    said=$("$command" policy rights --apply --config "$config") || fail "the rights that $policy needs cannot be given"
    [ -n "$said" ] || return 0
    say "$said"
    case $said in *wrote* | *removed*) changed=yes ;; esac
}

allow_actions() {
    words=$(line_more "$signers" "$allowed")
    set -f
    ifs=$IFS
    IFS='
'
    # shellcheck disable=SC2086 # one word a line
    set -- $words
    IFS=$ifs
    set +f
    said=$("$command" policy allow --config "$config" "$@") || exit 1
    [ -z "$said" ] || changed=yes
}

ensure_identity() {
    if [ -n "$enrolled" ]; then
        say "- this machine is enrolled already"
        return
    fi
    step "enroll this machine at $server" enroll
    changed=yes
}

enroll() {
    mkdir -p "$state_dir"
    chmod 700 "$state_dir"
    [ -z "$owner" ] || chown "$owner:$owner" "$state_dir"
    # Through a pipe: other users see a program's arguments. printf is the shell's own.
    printf '%s\n' "$token" |
        as_owner "$command" enroll --config "$config" --state-dir "$state_dir" --server "$server" --token-file -
}

# as_owner COMMAND...: runs it as the agent's user; su and runuser differ between the distributions.
as_owner() {
    if [ -z "$owner" ]; then
        "$@"
        return
    fi
    "$python" -I -c 'import os, pwd, sys
user = pwd.getpwnam(sys.argv[1])
os.initgroups(user.pw_name, user.pw_gid)
os.setgid(user.pw_gid)
os.setuid(user.pw_uid)
os.umask(0o077)
os.chdir("/")
os.execv(sys.argv[2], sys.argv[2:])' "$owner" "$@"
}

ensure_service() {
    if [ "$manager" = none ]; then
        say "Neither systemd nor OpenRC runs here, so nothing starts the agent. Let your init run, as the user $owner:"
        say "  $command run --state-dir $state_dir"
        return
    fi
    case $manager in
        systemd) source=$releases/current/service/opsentrix-agent.service ;;
        user-systemd) source=$releases/current/service/opsentrix-agent.user.service ;;
        openrc) source=$releases/current/service/opsentrix-agent.openrc ;;
        background) ;;
    esac
    if [ "$manager" != background ] && ! cmp -s "$source" "$unit"; then
        step "write $unit" write_unit
        changed=yes
    fi
    [ -z "$no_start" ] || return 0
    if [ -n "$changed" ]; then
        step "start the service, now and at each boot" start_service
    else
        step "see that the service runs" keep_running
    fi
}

# What replaces the program when the agent has fetched a release: it may not do that itself.
ensure_upgrades() {
    [ -n "$upgrade_keys" ] || [ -e "${unit%.service}-upgrade.path" ] || return 0
    case $manager in
        systemd) kind='' ;;
        user-systemd) kind=.user ;;
        background) return 0 ;; # the agent's own processes do
        *)
            say "  Without systemd nothing applies what the agent fetches. Let root's cron run, each minute:"
            say "    $command upgrade apply --state-dir $state_dir --manager openrc"
            return 0
            ;;
    esac
    updated=
    for part in path service; do
        source=$releases/current/service/opsentrix-agent-upgrade$kind.$part
        target=${unit%.service}-upgrade.$part
        cmp -s "$source" "$target" || {
            step "write $target" cp "$source" "$target"
            updated=yes
        }
    done
    [ -z "$updated" ] || step "watch for releases that the agent has fetched" start_upgrades
}

start_upgrades() {
    control daemon-reload
    control enable --quiet --now opsentrix-agent-upgrade.path
}

stop_upgrades() {
    control disable --quiet --now opsentrix-agent-upgrade.path
    rm -f "${unit%.service}-upgrade.path" "${unit%.service}-upgrade.service"
}

write_unit() {
    mkdir -p "$(dirname "$unit")"
    cp "$source" "$unit"
    if [ "$manager" = openrc ]; then chmod 755 "$unit"; else chmod 644 "$unit"; fi
}

control() {
    if [ "$manager" = user-systemd ]; then systemctl --user "$@"; else systemctl "$@"; fi
}

start_service() {
    if [ "$manager" = background ]; then
        start_background
        return
    fi
    if [ "$manager" = openrc ]; then
        rc-update add opsentrix-agent default >/dev/null
        rc-service opsentrix-agent restart
        return
    fi
    control daemon-reload
    control enable --quiet opsentrix-agent
    control restart opsentrix-agent || fail "the agent did not start; journalctl -u opsentrix-agent says why"
    if [ "$manager" = user-systemd ] && command -v loginctl >/dev/null; then
        loginctl enable-linger 2>/dev/null ||
            say "  It ends when you log out, unless root runs: loginctl enable-linger $(id -un)"
    fi
}

keep_running() {
    if [ "$manager" = background ]; then
        background_pid || start_background
    elif [ "$manager" = openrc ]; then
        rc-service --quiet opsentrix-agent status >/dev/null || rc-service opsentrix-agent start
    else
        control is-active --quiet opsentrix-agent || control start opsentrix-agent
    fi
}

start_background() {
    stop_background
    nohup "$command" run --config "$config" >>"$state_dir/agent.log" 2>&1 </dev/null &
    echo $! >"$state_dir/agent.pid"
    say "  There is no service manager for you here: it ends with the machine, and writes to $state_dir/agent.log."
    say "  To have it after each boot, let cron run: @reboot $command run --config $config"
}

background_pid() {
    pid=$(cat "$state_dir/agent.pid" 2>/dev/null) || return 1
    # The number may be another process' by now.
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$command run"
}

stop_background() {
    background_pid || return 0
    kill "$pid"
    waited=0
    while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt 10 ]; do
        sleep 1
        waited=$((waited + 1))
    done
}

remove() {
    if [ "$manager" = background ]; then
        step "stop the agent" stop_background
    elif [ "$manager" != none ] && [ -e "$unit" ]; then
        [ ! -e "${unit%.service}-upgrade.path" ] || step "stop upgrades from the hub" stop_upgrades
        step "stop the service" stop_service
        step "remove $unit" rm -f "$unit"
        [ "$manager" = openrc ] || step "tell systemd" control daemon-reload
    fi
    for path in "$command" "$releases" "$upgrade_dir" /var/log/opsentrix-agent.log; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        [ "$mode" = system ] || [ "$path" != /var/log/opsentrix-agent.log ] || continue
        step "remove $path" rm -rf "$path"
    done
    [ "$mode" = user ] || remove_rights
    [ -n "$keep_config" ] || remove_data
    say "Done. In the dashboard the machine is shown as offline until somebody deletes it there."
}

remove_rights() {
    drop_ins=/etc/systemd/system/opsentrix-agent.service.d
    for path in /etc/polkit-1/rules.d/49-opsentrix-agent.rules /etc/sudoers.d/opsentrix-agent $drop_ins/actions.conf; do
        [ ! -e "$path" ] || step "remove $path" rm -f "$path"
    done
    if [ -d "$drop_ins" ] && [ -z "$(ls -A "$drop_ins")" ]; then step "remove $drop_ins" rmdir "$drop_ins"; fi
}

stop_service() {
    if [ "$manager" = openrc ]; then
        rc-service opsentrix-agent stop || true
        rc-update del opsentrix-agent >/dev/null || true
    else
        control disable --quiet --now opsentrix-agent
    fi
}

remove_data() {
    for path in "$config" "$config_dir/hub-ca.pem" "$policy" "$state_dir"; do
        [ ! -e "$path" ] || step "remove $path" rm -rf "$path"
    done
    if [ -d "$config_dir" ] && [ -z "$(ls -A "$config_dir")" ]; then
        step "remove $config_dir" rmdir "$config_dir"
    fi
    if [ -n "$owner" ] && id "$owner" >/dev/null 2>&1; then
        step "remove the user $owner" remove_user
    fi
}

remove_user() {
    busy="the user $owner cannot be removed: stop the agent where it still runs, and run this again"
    if command -v userdel >/dev/null; then
        userdel "$owner" || fail "$busy"
    else
        deluser "$owner" || fail "$busy"
    fi
    if grep -q "^$owner:" /etc/group; then
        if command -v groupdel >/dev/null; then groupdel "$owner"; else delgroup "$owner"; fi
    fi
}

main "$@"
