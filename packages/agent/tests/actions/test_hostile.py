"""Whatever a hub sends as parameters: what is run is argv with exactly the words that the action declares.

The policy of these tests lists the hostile texts themselves wherever a policy may, so that its lists stop nothing and
all depends on the types.
"""

import json
import os
import random
import re
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opsentrix_agent.actions import judge as judging
from opsentrix_agent.actions.catalogue import CATALOGUE, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.policy import parse_policy
from opsentrix_agent.errors import PolicyError, RefusedError

from .support import ANA, NOW_MS, Place, Result, ask, command, follow, live, make_place, policy_content

SETS_FOR_EACH = 650
"""Of 20 actions: 13,000."""
REALLY_RUN = 4
EXECUTED = 40
PROGRAMS = ("systemctl", "journalctl", "ping", "traceroute", "apt", "kill", "sudo", "reboot")
_PLAIN = [
    "$(id)",
    "`id`",
    "[a]",
    "{a,b}",
    "%s",
    "--",
    "-",
    "-H",
    "--version",
    "..",
    "../",
    "./",
    "//",
    "$IFS",
    "${PATH}",
    "%00",
]
_HOSTS = ["0x7f.1", "127.1", "::1", "fe80::1%eth0", "http://", "file:///etc"]
_LOOKALIKES = (0x2028, 0x202E, 0x200B, 0xFF0D, 0x2010, 0xFF4E, 0x0445, 0xE9, 0xD800)
META = [*_PLAIN, *_HOSTS, *";|& *?~!<>#=/@:,\n\r\0\t'\"\\\x1b\x7f", *map(chr, _LOOKALIKES), "a" * 200]
GOOD: dict[str, list[Any]] = {
    "unit": ["nginx", "php8.2-fpm", "getty@tty1", "nginx.service"],
    "name": ["web-1", "job"],
    "host": ["www.example.org", "10.0.0.1", "2001:db8::1"],
    "url": ["https://www.example.org/x?y=1", "http://10.0.0.1:8080/"],
    "file": ["/var/log/nginx/access.log"],
    "path": ["/srv/data", "/"],
    "signal": ["TERM"],
    "command": ["ls -l | wc -l"],
}
INTEGERS = [0, 1, 5, -1, 2**31, 2**63, 2**64, 10**400, True, False, 1.0, 1e308, "1", "5; id", None, [1], {"a": 1}]
FORMS = {
    "unit": r"[A-Za-z0-9._@:][A-Za-z0-9._@:-]*",
    "name": r"[A-Za-z0-9._][A-Za-z0-9._-]*",
    "host": r"[A-Za-z0-9.:][A-Za-z0-9.:-]*",
    "file": r"/[^\x00-\x1f\x7f-\U0010ffff*?\[\]{}$`'\"\\|&;<>()!^]*",
    "path": r"/[^\x00-\x1f\x7f-\U0010ffff*?\[\]{}$`'\"\\|&;<>()!^]*",
    "url": r"https?://[^\x00-\x20\x7f-\U0010ffff'\"\\`{}|<>^]*",
    "label": r"[a-z0-9._-]+",
    "mode": r"all|old",
}
"""Of all texts that are ever accepted; written down here a second time, on purpose."""
RECORDER = "#!/bin/sh\nfor one; do printf '%s\\0' \"$one\"; done\n"
BEGINNER = """
import json, os, sys
from opsentrix_agent.actions.catalogue import Plan
from opsentrix_agent.actions.child import begin
from opsentrix_agent.actions.policy import Limits
said = []
for argv in json.load(sys.stdin):
    pipes = begin(Plan(tuple(argv)), "c-1", Limits())
    _, status = os.waitpid(pipes.pid, 0)
    said.append((status, os.fdopen(pipes.stdout, "rb").read().decode()))
json.dump(said, sys.stdout)
"""
"""Begins programs as an executor does, and tells their exit status and output."""
SCRIPT: dict[str, object] = {
    "days": {"type": "integer", "min": 1, "max": 30},
    "mode": {"type": "choice", "choices": ["all", "old"]},
    "label": {"type": "string", "characters": "a-z0-9._-"},
    "force": {"type": "boolean"},
}


def texts(rng: random.Random, good: list[Any]) -> object:
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(good)
    if kind < 0.6:
        base, piece = str(rng.choice(good)), rng.choice(META)
        at = rng.randrange(len(base) + 1)
        return base[:at] + piece + base[at:]
    if kind < 0.8:
        return "".join(rng.choice(META) for _ in range(rng.randrange(1, 5)))
    if kind < 0.88:
        return "".join(chr(rng.randrange(0x300)) for _ in range(rng.randrange(1, 20)))
    if kind < 0.92:
        return rng.choice(string.ascii_letters) * rng.choice([64, 128, 129, 4096, 20_000])
    return rng.choice([None, 1, True, 1.5, [], ["nginx"], {"unit": "nginx"}, [[[[]]]], ""])


def hostile(rng: random.Random, action: str) -> dict[str, Any]:
    """Return parameters of an action, of which some are good, some nearly, and some anything."""
    given: dict[str, Any] = {}
    for one in CATALOGUE[action].parameters:
        if rng.random() < 0.9:
            integer = one.type == "integer"
            given[one.name] = rng.choice(INTEGERS) if integer and rng.random() < 0.5 else (
                rng.randrange(1, 9) if integer else texts(rng, GOOD.get(one.name, ["x"]))
            )  # fmt: skip
    if action == "script":
        for key in SCRIPT:
            if rng.random() < 0.5:
                given[key] = {"days": rng.randrange(1, 31), "force": rng.random() < 0.5}.get(
                    key, rng.choice(["all", "old"])
                )
                if rng.random() < 0.3:
                    given[key] = rng.choice([texts(rng, ["all", "-x.y-1"]), rng.choice(INTEGERS)])
    if action == "log.tail" and rng.random() < 0.8:
        given.pop(rng.choice(["file", "unit"]), None)
    if rng.random() < 0.05:
        given[rng.choice([*META, "argv", "name", "shell", "env"])] = texts(rng, ["x"])
    return given


def widest(action: str, given: dict[str, Any]) -> dict[str, object]:
    """Return the widest part of a policy that there can be for these parameters."""
    lists: dict[str, list[object]] = {}
    for rule in CATALOGUE[action].rules:
        value = given.get(rule.parameter)
        own: list[object] = [value] if isinstance(value, str) and value else []
        wide: dict[str, list[object]] = {
            "glob": ["*"],
            "files": ["/*", "/*/*", "/*/*/*", "/*/*/*/*"],
            "hosts": ["*", "0.0.0.0/0", "::/0"],
            "processes": [{"name": "x", "user": "root"}],
        }
        lists[rule.key] = [*wide.get(rule.kind, ["nginx", "job", "TERM"]), *(own if rule.kind == "exact" else [])]
    return {action: lists}


def words(action: str, given: dict[str, Any]) -> list[str] | None:
    """Return the arguments that an action declares, by this test's own reading; None where it runs no program."""
    unit = str(given.get("unit", "")).removesuffix(".service") + ".service"
    host = str(given.get("host"))
    kind, _, verb = action.partition(".")
    if kind == "log" and "unit" not in given:
        return None
    if kind == "script":
        return [
            f"--{key}={str(given[key]).lower() if key == 'force' else given[key]}" for key in SCRIPT if key in given
        ]
    journal = ["--no-pager", "--quiet", "--output=short-iso", f"--lines={given.get('lines', 100)}", f"--unit={unit}"]
    return {
        "host.reboot": ["--no-ask-password", "reboot"],
        "package.list_updates": ["list", "--upgradable"],
        "log.tail": journal,
        "network.ping": ["-n", "-c", str(given.get("count", 4)), "--", host],
        "network.traceroute": ["-n", "-w", "2", "--", host],
        "shell": ["-c", str(given.get("command"))],
    }.get(action, ["--no-ask-password", "--no-pager", verb, "--", unit] if kind == "service" else None)


def accepted(action: str, given: dict[str, Any], machine: Machine) -> Plan | None:
    """Return what comes of parameters, or None when they are refused; nothing else may happen."""
    try:
        policy = parse_policy(policy_content(widest(action, given)), "policy")
    except PolicyError:
        policy = parse_policy(policy_content(widest(action, {})), "policy")
    try:
        return ask(command(action, json.dumps(given), ANA), policy, machine=machine).plan
    except RefusedError:
        return None


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path, {})
    for name in PROGRAMS:
        (place.programs / name).write_text(RECORDER)
        (place.programs / name).chmod(0o755)
    place.write_script("job", RECORDER, **SCRIPT)
    place.write_script("web-1", RECORDER, **SCRIPT)
    return place


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Signatures are tested elsewhere; here they would take most of the time."""

    def verify_nothing() -> None:
        monkeypatch.setattr(judging, "verify", lambda *_given: True)

    return verify_nothing


_begun: list[str] | None = None


def _note(event: str, _arguments: object) -> None:
    if _begun is not None and event in {"os.fork", "os.exec", "os.posix_spawn", "os.system", "subprocess.Popen"}:
        _begun.append(event)


sys.addaudithook(_note)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Note each attempt of this process to begin another one, by the interpreter's audit events (PEP 578)."""
    global _begun  # noqa: PLW0603 - hooks cannot be taken away again
    _begun = []
    try:
        yield _begun
    finally:
        _begun = None


def sets(action: str) -> Iterator[dict[str, Any]]:
    rng = random.Random(f"hostile {action}")  # noqa: S311 - the same sets each time
    return (hostile(rng, action) for _ in range(SETS_FOR_EACH))


@pytest.mark.parametrize("action", CATALOGUE)
def test_only_declared_words_ever_reach_a_program(action: str, place: Place, quick: Callable[[], None]) -> None:
    quick()
    plans = 0
    for given in sets(action):
        with watched() as begun:
            plan = accepted(action, given, place.machine)
        assert begun == []  # while it is judged, nothing is
        if plan is None:
            continue
        plans += 1
        assert given.keys() <= {one.name for one in CATALOGUE[action].parameters} | (
            {*SCRIPT} if action == "script" else set()
        )
        assert all(re.fullmatch(FORMS.get(key, "(?s:.*)"), str(value)) for key, value in given.items())
        assert (plan.run is None) == bool(plan.argv)
        expected = words(action, given)
        if expected is None:
            assert plan.run is not None
            continue
        program, *arguments = plan.argv
        assert arguments == expected
        assert Path(program).parent in {place.programs, place.scripts} or action == "shell"
        assert (program == "/bin/sh") == (action == "shell")
        for word in arguments:
            assert word.isprintable()
            assert "\0" not in word
    # Good ones are among them: else nothing was tested. A process to signal is not there by chance.
    assert (plans > 20) == (action != "process.signal")


@pytest.mark.parametrize("action", [name for name in CATALOGUE if name not in {"process.signal"}])
def test_what_the_kernel_is_given_are_these_words(action: str, place: Place, quick: Callable[[], None]) -> None:
    """As above, by a real execve of a program that writes down what it got, for many different sets."""
    quick()
    seen: set[tuple[str, ...]] = set()
    runs: list[tuple[tuple[str, ...], list[str]]] = []
    for given in sets(action):
        plan = accepted(action, given, place.machine)
        if plan is None or plan.run is not None or plan.argv in seen or len(seen) == EXECUTED:
            continue
        seen.add(plan.argv)
        expected = words(action, given)
        assert expected is not None
        if action == "shell":  # the one program that is no recorder: it gets one word, whatever is in it
            assert plan.argv == ("/bin/sh", "-c", expected[1])
            continue
        runs.append((plan.argv, expected))
    done = subprocess.run(
        [sys.executable, "-c", BEGINNER], input=json.dumps([argv for argv, _ in runs]).encode(), capture_output=True,
        check=True, timeout=60,
    )  # fmt: skip
    assert json.loads(done.stdout) == [[0, "".join(f"{word}\0" for word in expected)] for _, expected in runs]


@pytest.mark.parametrize(
    "action", [name for name in CATALOGUE if words(name, {"unit": "x", "host": "x", "command": ""}) is not None]
)
def test_a_recorder_in_place_of_each_program_gets_these_words(
    action: str, place: Place, quick: Callable[[], None]
) -> None:
    quick()
    run = 0
    for given in sets(action):
        plan = accepted(action, given, place.machine)
        if plan is None or plan.run is not None or plan.delay_s or action in {"shell", "host.reboot"}:
            continue
        place.write_policy(policy_content(widest(action, given)))
        result, output = follow(place, live(action, json.dumps(given), ANA))
        assert result.status == Result.STATUS_SUCCEEDED, result.error
        assert output.decode().split("\0")[:-1] == words(action, given)
        run += 1
        if run == REALLY_RUN:
            break
    assert run == REALLY_RUN or action in {"shell", "host.reboot", "package.list_updates"}


NOT_PLAIN = [
    "[]",
    "null",
    "1",
    '"x"',
    "{",
    '{"unit":"sshd","unit":"nginx"}',
    '{"unit":NaN}',
    "[" * 5000,
    '{"a":' * 3000,
]
NOT_PLAIN += ['{"unit":"' + "x" * 20_000 + '"}', "{}\0", '{"unit":1e999}', '{"unit":' + "9" * 5000 + "}"]


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_what_is_no_plain_object_is_refused(text: str, place: Place) -> None:
    policy = parse_policy(policy_content({"service.restart": {"units": ["nginx"]}}), "policy")
    with pytest.raises(RefusedError):
        ask(command("service.restart", text, now_ms=NOW_MS), policy, machine=place.machine)


def test_a_process_that_was_begun_would_be_noted() -> None:
    with watched() as begun:
        os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
    assert begun == ["os.posix_spawn"]
