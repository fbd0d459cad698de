"""What agents say of policies: hostile, bounded, and only a forecast."""

import json
from hashlib import sha256
from typing import Any

import pytest
from opsentrix.model import policies
from opsentrix.model.commands import Effect
from opsentrix.model.offers import offers
from opsentrix.model.policies import Policy, effect_of, forecast

KEY = "0011223344556677"
UNIT = {"name": "unit", "type": "string", "required": True, "max_length": 20, "characters": "abcnginx-.servi*"}
PING = {"name": "host", "type": "string", "required": True}
COUNT = {"name": "count", "type": "integer", "required": False, "min": 1, "max": 20}
SAID: dict[str, Any] = {
    "actions": {
        "service.restart": {
            "effect": "disrupts", "parameters": [UNIT], "allowed": {"units": ["nginx", "a-*"]}, "signers": ["hub"],
        },
        "network.ping": {
            "effect": "reads", "parameters": [PING, COUNT], "signers": ["hub", "operator"],
            "allowed": {"hosts": ["*.example.org", "10.0.0.0/8", "::1"]},
        },
        "log.tail": {
            "effect": "reads", "signers": ["hub"], "allowed": {"files": ["/var/log/*.log"]},
            "parameters": [{"name": "file", "type": "string", "required": False},
                           {"name": "unit", "type": "string", "required": False}],
        },
        "process.signal": {
            "effect": "disrupts", "signers": ["operator"],
            "allowed": {"processes": [{"name": "php", "user": "www"}], "signals": ["TERM"]},
            "parameters": [{"name": "signal", "type": "choice", "required": True, "choices": ["TERM", "KILL"]}],
        },
        "script": {
            "effect": "disrupts", "signers": ["hub"], "allowed": {"names": ["job", "bad"]},
            "parameters": [{"name": "name", "type": "string", "required": True}],
            "scripts": {"job": {"parameters": [{"name": "fast", "type": "boolean", "required": True},
                                               {"name": "unit", "type": "string", "required": False}]},
                        "bad": {"problem": "It can be\nwritten by others."}},
        },
    },
    "limits": {"timeout_s": 300, "made_up": 7},
    "signers": {"hub": True, "operators": [{"name": "ana", "key_id": KEY}]},
}  # fmt: skip


def told(said: object) -> Policy:
    text = said if isinstance(said, str) else json.dumps(said)
    return policies.told(text, sha256(text.encode()).digest(), "")


POLICY = told(SAID)


@pytest.mark.parametrize(
    ("action", "params", "why"),
    [
        ("service.restart", {"unit": "nginx"}, ""),
        ("service.restart", {"unit": "nginx.service"}, ""),
        ("service.restart", {"unit": "a-b"}, ""),
        ("service.restart", {"unit": "b"}, "does not list the unit b"),
        ("service.restart", {"unit": "*"}, "does not list the unit *"),
        ("service.restart", {"unit": "x;y"}, "may not hold"),
        ("service.restart", {}, "unit is missing"),
        ("service.restart", {"unit": True}, "must be a text"),
        ("service.restart", {"unit": "a" * 21}, "more than 20"),
        ("service.restart", {"unit": ""}, "is empty"),
        ("service.stop", {"unit": "nginx"}, "does not allow service.stop"),
        ("network.ping", {"host": "a.example.org"}, ""),
        ("network.ping", {"host": "A.EXAMPLE.ORG"}, ""),
        ("network.ping", {"host": "10.1.2.3", "count": 20}, ""),
        ("network.ping", {"host": "::1"}, ""),
        ("network.ping", {"host": "11.1.2.3"}, "does not list"),
        ("network.ping", {"host": "example.org"}, "does not list"),
        ("network.ping", {"host": "10.1.2.3", "count": 21}, "from 1 to 20"),
        ("network.ping", {"host": "10.1.2.3", "count": True}, "whole number"),
        ("network.ping", {"host": "10.1.2.3", "more": 1}, "more is not known"),
        ("log.tail", {"file": "/var/log/a.log"}, ""),
        ("log.tail", {"file": "/var/log/x/a.log"}, "does not list"),
        ("log.tail", {"unit": "nginx"}, "lists no unit"),
        ("process.signal", {"signal": "TERM"}, "demands the signature"),
        ("script", {"name": "job", "fast": True}, ""),
        ("script", {"name": "job", "fast": True, "unit": "of measure"}, ""),
        ("script", {"name": "job", "fast": "yes"}, "true or false"),
        ("script", {"name": "job"}, "fast is missing"),
        ("script", {"name": "bad"}, "It can bewritten by others."),
        ("script", {"name": "other", "fast": True}, "does not list the name other"),
    ],
)
def test_the_forecast_says_what_the_agent_would(action: str, params: dict[str, object], why: str) -> None:
    said = forecast(POLICY, action, params, None)
    assert (said == "") == (why == ""), said
    assert why in said


def test_whose_signature_counts() -> None:
    assert forecast(POLICY, "process.signal", {"signal": "TERM"}, KEY) == ""
    assert "does not list the signal KILL" in forecast(POLICY, "process.signal", {"signal": "KILL"}, KEY)
    assert "does not trust" in forecast(POLICY, "process.signal", {"signal": "TERM"}, "ff" * 8)
    assert "does not trust" in forecast(POLICY, "service.restart", {"unit": "nginx"}, KEY)
    assert forecast(None, "service.restart", {}, None) == policies.NOTHING
    assert forecast(policies.told("", b"", "Line 3."), "service.restart", {}, None) == "Line 3."


def test_no_agent_makes_an_action_weaker_than_it_is() -> None:
    liar = told({**SAID, "actions": {"service.stop": {**SAID["actions"]["service.restart"], "effect": "reads"}}})
    assert effect_of("service.stop", [liar]) is Effect.CHANGES
    assert effect_of("service.restart", [POLICY, liar]) is Effect.DISRUPTS
    assert effect_of("network.ping", [POLICY]) is Effect.READS
    assert effect_of("network.ping", []) is Effect.READS
    assert effect_of("shell", []) is Effect.CHANGES


def test_what_is_not_known_is_left_out() -> None:
    assert POLICY.allowed["limits"] == {"timeout_s": 300}
    assert POLICY.why_nothing == ""


def changed(path: str, value: object) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(SAID))
    at: Any = made
    *folders, last = path.split("/")
    for one in folders:
        at = at[int(one) if isinstance(at, list) else one]
    at[int(last) if isinstance(at, list) else last] = value
    return made


@pytest.mark.parametrize("said", [
    "{", "[]", "null", "1", '"x"', '{"actions": {}}', "[" * 5000, '{"actions": NaN}', json.dumps(SAID) + " ",
    changed("actions", []), changed("actions/Bad Name", SAID["actions"]["log.tail"]), changed("signers", None),
    changed("actions", {f"a{one}": SAID["actions"]["log.tail"] for one in range(65)}),
    changed("actions/log.tail/effect", "helps"), changed("actions/log.tail/signers", ["root"]),
    changed("actions/log.tail/signers", "hub"), changed("actions/log.tail/parameters", {}),
    changed("actions/log.tail/parameters/0/name", "a b"), changed("actions/log.tail/parameters/0/type", "regex"),
    changed("actions/network.ping/parameters/1/max", 1.5), changed("actions/network.ping/parameters/1/max", 2**63),
    changed("actions/log.tail/allowed/files", ["x"] * 257), changed("actions/log.tail/allowed/files", ["x" * 513]),
    changed("actions/log.tail/allowed/files", ["a\nb"]), changed("actions/log.tail/allowed/files", [["x"]]),
    changed("actions/log.tail/allowed/files", ["\u0000"]), changed("actions/script/scripts/x y", {}),
    changed("actions/process.signal/allowed/processes", [{"name": 1, "user": "a"}]),
    changed("signers/operators", [{"name": "ana", "key_id": "zz"}]),
    changed("signers/operators", [{"name": "ana", "key_id": KEY}] * 65), changed("limits", {"timeout_s": True}),
])  # fmt: skip
def test_what_has_not_the_form_allows_nothing(said: object) -> None:
    text = said if isinstance(said, str) else json.dumps(said)
    digest = b"x" * 32 if text.endswith("} ") else sha256(text.encode()).digest()
    read = policies.told(text, digest, "")
    assert (read.actions, read.problem) == ({}, policies.UNREADABLE)


def test_too_much_is_not_read() -> None:
    read = told({**SAID, "x": "y" * policies.MAX_BYTES})
    assert read.problem == policies.UNREADABLE


def test_patterns_take_no_time() -> None:
    hostile = {"effect": "reads", "parameters": [PING], "allowed": {"hosts": ["*a" * 250]}, "signers": ["hub"]}
    policy = told({"actions": {"network.ping": hostile}, "limits": {}, "signers": {"hub": True}})
    assert "does not list" in forecast(policy, "network.ping", {"host": "a" * 4000 + "b"}, None)


def test_machines_together_allow_what_any_of_them_does() -> None:
    other = {
        "actions": {"service.restart": {**SAID["actions"]["service.restart"], "effect": "changes",
                                        "allowed": {"units": ["php", "nginx"]}, "signers": ["operator"]}},
        "limits": {}, "signers": {"hub": False, "operators": [{"name": "ben", "key_id": "f" * 16}]},
    }  # fmt: skip
    found = {one.name: one for one in offers([POLICY, told(other), told("nonsense")])}
    assert list(found) == sorted(SAID["actions"])
    restart = found["service.restart"]
    assert (restart.agents, restart.effect, restart.signers) == (2, Effect.DISRUPTS, ["hub", "operator"])
    assert restart.allowed == {"units": ["nginx", "a-*", "php"]}
    assert restart.operators == ["f" * 16]  # the first machine follows the hub alone in this
    assert found["network.ping"].operators == [KEY]
    assert set(found["script"].scripts) == {"job", "bad"}
    assert offers([]) == []
