"""The owner's policy: all of it is understood, or nothing is allowed."""

import json
import os
from pathlib import Path

import pytest
from opsentrix_agent import cli
from opsentrix_agent.actions.catalogue import CATALOGUE
from opsentrix_agent.actions.command import policy_state, show
from opsentrix_agent.actions.kinds.script import declaration
from opsentrix_agent.actions.policy import Limits, load_policy, parse_policy
from opsentrix_agent.actions.rules import host_matches, matches, path_matches
from opsentrix_agent.errors import NoPolicyError, PolicyError, RefusedError

from .support import ANA, HUB, Place, Result, everything, follow, live, make_place, policy_content, public, text_of

UNITS = {"service.restart": {"units": ["nginx"]}}


def test_what_a_policy_allows(tmp_path: Path) -> None:
    policy = parse_policy(policy_content(everything(), timeout_s=5), "policy")
    assert policy.actions.keys() == CATALOGUE.keys()
    assert policy.limits == Limits(timeout_s=5)
    assert policy.actions["shell"].signers == {"operator"}
    assert policy.actions["script"].signers == {"hub", "operator"}
    assert policy.actions["service.restart"].lists == {"units": ("nginx",)}
    assert parse_policy({"upgrades": {"keys": []}}, "policy").actions == {}
    hub_key = parse_policy({"signers": {"hub": True, "hub_key": text_of(HUB)}}, "policy").hub_key
    assert hub_key == public(HUB)
    assert not parse_policy({"actions": UNITS}, "policy").actions["service.restart"].signers & {"hub"}
    with pytest.raises(NoPolicyError):
        load_policy(tmp_path / "policy.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"action": {}}, "'action' is not known"),
        ({"actions": []}, "actions must be an object"),
        ({"actions": {"service.restrat": {}}}, "actions.service.restrat: there is no such action"),
        ({"actions": {"service.restart": {}}}, "units must be a list"),
        ({"actions": {"service.restart": {"units": "nginx"}}}, "units must be a list"),
        ({"actions": {"service.restart": {"units": []}}}, "units must be a list"),
        ({"actions": {"service.restart": {"units": [1]}}}, "printable texts"),
        ({"actions": {"service.restart": {"units": ["a\nb"]}}}, "printable texts"),
        ({"actions": {"service.restart": {"units": ["*"]}}}, "must be exact"),
        ({"actions": {"service.restart": {"units": ["a"], "unit": ["a"]}}}, "'unit' is not known"),
        ({"actions": UNITS, "signers": True}, "signers must be an object"),
        ({"actions": UNITS, "signers": {"hub": 1}}, "signers.hub must be true or false"),
        ({"actions": UNITS, "signers": {"hub_key": "x"}}, "signers.hub_key is no public key"),
        ({"actions": UNITS, "signers": {"operators": {}}}, "must be a list of at most"),
        ({"actions": UNITS, "signers": {"operators": [{"name": "a"}]}}, "objects with name and key"),
        ({"actions": UNITS, "signers": {"operators": [{"name": "a", "key": "AAAA"}]}}, "no public key"),
        ({"actions": UNITS, "signers": {"operators": [{"name": "a", "key": text_of(ANA)}] * 2}}, "stands there twice"),
        ({"actions": {"service.restart": {"units": ["a"], "signers": []}}}, "signers must list hub or operator"),
        ({"actions": {"service.restart": {"units": ["a"], "signers": ["root"]}}}, "signers must list hub or operator"),
        ({"actions": {"shell": {"signers": ["hub"]}}}, "signers must list operator"),
        ({"actions": {"log.tail": {}}}, "must list files or units"),
        ({"actions": {"log.tail": {"files": ["var/log"]}}}, "absolute path"),
        ({"actions": {"log.tail": {"files": ["/var/../etc/*"]}}}, "absolute path"),
        ({"actions": {"network.ping": {"hosts": ["10.0.0.0/33"]}}}, "is no network"),
        ({"actions": {"process.signal": {"processes": ["a"], "signals": ["TERM"]}}}, "name and user"),
        ({"limits": {"timeout_s": 0}}, "timeout_s must be from"),
        ({"limits": {"timeout_s": True}}, "timeout_s must be from"),
        ({"limits": {"timeout_s": 1e2}}, "timeout_s must be from"),
        ({"limits": {"per_day": 1}}, "'per_day' is not known"),
    ],
)
def test_a_policy_that_is_wrong_anywhere_allows_nothing(content: dict[str, object], said: str) -> None:
    good = {"actions": {"diagnostics.collect": {}}, "signers": {"hub": True}}
    with pytest.raises(PolicyError, match=said):
        parse_policy(good | content, "policy")


@pytest.mark.parametrize(
    ("pattern", "text", "does"),
    [
        ("web-*", "web-1", True),
        ("web-*", "Web-1", False),
        ("w?b", "web", True),
        ("w?b", "wb", False),
        ("*", "", True),
        ("a*b*c", "aXbYc", True),
        ("a*b*c", "aXbYcZ", False),
        ("[ab]", "a", False),
        ("a.c", "abc", False),
        ("*a" * 40, "a" * 4000 + "b", False),
    ],
)
def test_wildcards(pattern: str, text: str, does: bool) -> None:
    assert matches(pattern, text) is does


@pytest.mark.parametrize(
    ("pattern", "path", "does"),
    [
        ("/var/log/*.log", "/var/log/a.log", True),
        ("/var/log/*.log", "/var/log/a/b.log", False),
        ("/var/log/*", "/var/log/..", False),
        ("/var/log/*", "/var/log/", False),
        ("/var/*/x", "/var/../x", False),
        ("/var/log/*", "var/log/a", False),
        ("/", "/", True),
    ],
)
def test_paths(pattern: str, path: str, does: bool) -> None:
    assert path_matches(pattern, path) is does


@pytest.mark.parametrize(
    ("entry", "host", "does"),
    [
        ("*.example.org", "WWW.example.org", True),
        ("*.example.org", "example.org", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("2001:db8::/32", "2001:db8::5", True),
        ("10.0.0.1", "10.0.0.1", True),
        ("*", "10.0.0.1", False),
        ("::1", "0:0:0:0:0:0:0:1", True),
    ],
)
def test_hosts(entry: str, host: str, does: bool) -> None:
    assert host_matches(entry, host) is does


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "fe80::1%eth0", "1.2.3.4.5"])
def test_hosts_that_mean_different_things_to_different_programs(host: str) -> None:
    with pytest.raises(RefusedError, match="neither a name nor an address"):
        host_matches("*", host)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path, {"script": {"names": ["job"]}})
    place.write_script("job", "#!/bin/sh\necho ran\n")
    return place


def test_a_policy_that_others_could_have_written_allows_nothing(place: Place) -> None:
    assert follow(place, live("script", {"name": "job"}))[1] == b"ran\n"
    place.policy.chmod(0o666)
    result, output = follow(place, live("script", {"name": "job"}))
    assert (result.status, output) == (Result.STATUS_REFUSED, b"")
    assert "can be written by others" in result.error
    assert "can be written by others" in policy_state(place.site).problem
    place.policy.chmod(0o644)
    place.policy.rename(place.policy.with_name("real.json"))
    place.policy.symlink_to("real.json")
    assert "not a plain file" in follow(place, live("script", {"name": "job"}))[0].error
    place.policy.unlink()
    assert "there is no" in follow(place, live("script", {"name": "job"}))[0].error
    assert policy_state(place.site).allowed_json == policy_state(place.site).problem == ""


@pytest.mark.parametrize("what", ["script", "declaration", "folder", "link", "owner", "not executable", "undeclared"])
def test_a_script_that_others_could_have_put_there_is_not_run(place: Place, what: str) -> None:
    if what == "owner" and os.geteuid() != 0:
        pytest.skip("platform: only root gives files away")
    script, declared = place.scripts / "job", place.scripts / "job.json"
    match what:
        case "script":
            script.chmod(0o777)
        case "declaration":
            declared.chmod(0o666)
        case "folder":
            place.scripts.chmod(0o777)
        case "owner":
            os.chown(script, 65534, 65534)
        case "link":
            script.rename(place.scripts / "real")
            script.symlink_to("real")
        case "not executable":
            script.chmod(0o644)
        case "undeclared":
            declared.unlink()
    result, output = follow(place, live("script", {"name": "job"}))
    assert (result.status, output) == (Result.STATUS_REFUSED, b"")


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text"},
        {"type": "string"},
        {"type": "string", "characters": "a-f"},
        {"type": "string", "characters": "\n"},
        {"type": "string", "characters": "a-z", "max_length": 0},
        {"type": "choice"},
        {"type": "choice", "choices": ["a\nb"]},
        {"type": "integer", "min": "1"},
        {"type": "boolean", "min": 1},
        {"type": "boolean", "required": 1},
        "string",
    ],
)
def test_a_declaration_that_is_wrong_is_none(place: Place, part: object) -> None:
    (place.scripts / "job.json").write_text(json.dumps({"parameters": {"x": part}}))
    with pytest.raises(PolicyError):
        declaration(place.scripts, "job")


def test_the_hub_is_told_all_of_it(place: Place) -> None:
    place.write_script("job", "#!/bin/sh\n", days={"type": "integer", "min": 1, "max": 9, "required": True})
    place.write_policy(policy_content({"script": {"names": ["job", "gone"]}} | UNITS))
    said = json.loads(policy_state(place.site).allowed_json)
    assert said["signers"]["hub"] is True
    assert said["actions"]["service.restart"]["effect"] == "disrupts"
    assert said["actions"]["service.restart"]["allowed"] == {"units": ["nginx"]}
    scripts = said["actions"]["script"]["scripts"]
    assert scripts["job"]["parameters"] == [{"name": "days", "type": "integer", "required": True, "min": 1, "max": 9}]
    assert "problem" in scripts["gone"]


def test_the_owner_asks_what_is_allowed(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.write_policy(policy_content(everything()))
    assert show(place.config, as_json=False) == 0
    text = capsys.readouterr().out
    assert "service.restart        disrupts  signed by hub or operator  units nginx" in text
    assert "processes sleep of root" in text
    assert cli.main(["policy", "check", str(place.policy)]) == 0
    place.policy.write_text('{"actions": {"x": {}}}')
    assert cli.main(["policy", "check", str(place.policy)]) == 78
    assert "there is no such action" in capsys.readouterr().err
    place.policy.unlink()
    assert show(place.config, as_json=True) == 0
    assert "Nothing is allowed" in capsys.readouterr().out
