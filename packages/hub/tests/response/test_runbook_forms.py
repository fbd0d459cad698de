"""Runbooks as YAML and as JSON: the same tree from both, and errors that say where."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from opsentrix.model import runbook_json, runbook_yaml
from opsentrix.model.rule_format import write as rule_text
from opsentrix.model.runbook_errors import RunbookError
from opsentrix.model.runbook_labels import FromLabel, MissingLabelError, filled
from opsentrix.model.runbooks import AlertResolved, Limits, Mode, Runbook, Step

from .runbook_trees import runbooks

FULL = """\
name: Restart the web server
description: |
  Restarts nginx when its port does not answer.

  Ask ana before you change it.
mode: automatic
on: type=web and environment=production
triggers:
  - alert: Web server down
    event: firing
    severity: [critical]
  - schedule: FREQ=DAILY
    starts: 2026-01-01T03:00
    zone: Europe/Berlin
when: app.requests < 1 for 10s
steps:
  - action: service.restart
    params: {unit: nginx}
    timeout: 90s
  - action: script
    params: {name: warm-cache, site: $label.site}
  - action: script
    params:
      name: fetch
      url: http://localhost/a,b
      price: 5$$
      id: '007'
      'no': 'no'
expect: app.requests{site="$label.site"} > 10 for 30s
within: 3m
worse: absent(agent) for 30s
undo:
  - action: service.start
    params: {unit: nginx}
limits:
  cooldown: 20m
breaker:
  after: 5
approve_within: 2h
"""
STEP: dict[str, Any] = {"action": "service.restart", "params": {"unit": "nginx"}}
PLAIN: dict[str, Any] = {"name": "x", "steps": [STEP]}
HOSTILE = {
    "laughs": "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
    "alias": "name: *a",
    "object": "name: !!python/object/apply:os.system ['true']",
    "own tag": "name: !x y",
    "binary": "name: !!binary aGFsbG8=",
    "merge": "<<: {name: x}",
    "lists": "[" * 60_000,
    "mappings": "{a: " * 15_000,
    "dashes": "- " * 30_000,
    "questions": "? " * 20_000,
    "parts": "steps: [" + "a," * 30_000 + "]",
    "number": "name: " + "9" * 60_000,
    "words": "name: " + "a b " * 15_000,
    "spaces": "a:" + " " * 60_000 + "b",
    "lines": "\n" * 60_000,
    "escapes": 'name: "' + "\\n" * 30_000 + '"',
    "null": "name: a\0b",
    "surrogate": "name: \ud800",
    "directive": "%TAG ! tag:x,2000:\n---\nname: x",
    "two": "name: x\n---\nname: y",
    "long": "#" * 65_537,
    "nothing": "",
}


def refused(given: object) -> RunbookError:
    with pytest.raises(RunbookError) as caught:
        runbook_json.from_json(given)
    return caught.value


def refused_text(text: str) -> RunbookError:
    with pytest.raises(RunbookError) as caught:
        runbook_yaml.parse(text)
    return caught.value


@given(runbooks())
def test_a_tree_comes_back_from_its_yaml(tree: Runbook) -> None:
    text = runbook_yaml.write(tree)
    assert runbook_yaml.parse(text) == tree
    assert runbook_yaml.write(runbook_yaml.parse(text)) == text


@given(runbooks())
def test_a_tree_comes_back_from_its_json(tree: Runbook) -> None:
    said = orjson.loads(orjson.dumps(runbook_json.to_json(tree)))
    assert runbook_json.from_json(said) == tree
    assert runbook_json.digest(runbook_json.from_json(said)) == runbook_json.digest(tree)


@given(runbooks())
def test_other_readers_of_yaml_take_our_texts_for_texts(tree: Runbook) -> None:
    for one, step in zip(yaml.safe_load(runbook_yaml.write(tree))["steps"], tree.steps, strict=True):
        for name, value in step.params.items():
            assert isinstance(one["params"][name], str) == isinstance(value, str | FromLabel)


def test_canonical_text_comes_back_as_it_was() -> None:
    tree = runbook_yaml.parse(FULL)
    assert runbook_yaml.write(tree) == FULL
    assert tree.mode is Mode.AUTOMATIC
    assert tree.steps[1].params["site"] == FromLabel("site")
    assert tree.steps[2].params == {
        "name": "fetch", "url": "http://localhost/a,b", "price": "5$", "id": "007", "no": "no"
    }  # fmt: skip
    assert tree.limits == Limits(cooldown_s=1200)
    assert tree.labels == {"site"}


def test_words_are_taken_as_they_are_written() -> None:
    text = (
        "on: tag=a\nname: no\nsteps:\n- action: script\n  params: {a: yes, b: 1_000, c: 2026-01-01, d: 1:30, e: 0x1F}"
    )
    tree = runbook_yaml.parse(text)
    assert tree.name == "no"
    assert tree.steps[0].params == {"a": "yes", "b": "1_000", "c": "2026-01-01", "d": "1:30", "e": "0x1F"}


def test_the_digest_is_of_what_it_does_and_not_of_how_it_was_typed() -> None:
    short = runbook_yaml.parse("{name: x, steps: [{action: script, params: {a: 1, b: 2}}], expect: alert   resolved}")
    long = runbook_yaml.parse("""
mode: suggest
expect: alert resolved
steps:
  - params: {b: 2, a: 1}  # the other way round
    timeout: 0s
    action: script
name: "x"
within: 120s
limits: {per_hour: 6}
""")
    assert short.expect == AlertResolved()
    assert runbook_json.digest(short) == runbook_json.digest(long)
    assert runbook_json.digest(replace(short, limits=Limits(per_hour=7))) != runbook_json.digest(short)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_yaml_is_refused(text: str) -> None:
    refused_text(text)  # what is not bounded would take minutes, or all memory


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("laughs", "anchors"), ("alias", "aliases"), ("object", "tags"), ("own tag", "tags"), ("binary", "tags"),
        ("merge", "'<<'"), ("lists", "levels"), ("mappings", "levels"), ("dashes", "levels"), ("parts", "parts"),
        ("questions", "a name is needed"), ("directive", "directives"), ("two", "second document"),
        ("null", "character"), ("surrogate", "character"), ("long", "characters"),
    ],
)  # fmt: skip
def test_hostile_yaml_is_refused_for_what_it_is(name: str, said: str) -> None:
    assert said in refused_text(HOSTILE[name]).detail


@pytest.mark.parametrize(
    ("change", "place", "path"),
    [
        (("when: app.requests < 1", "when: app.requests <> 1"), (15, 21), "when"),
        (("timeout: 90s", "timout: 90s"), (19, 5), "steps[0].timout"),
        (("timeout: 90s", "timeout: 90"), (19, 14), "steps[0].timeout"),
        (("timeout: 90s", "timeout: 2h"), (19, 14), "steps[0].timeout"),
        (("unit: nginx", "unit: [nginx]"), (18, 20), "steps[0].params.unit"),
        (("$label.site}", "a$label.site}"), (21, 39), "steps[1].params.site"),
        (("severity: [critical]", "severity: [critical, bad]"), (11, 26), "triggers[0].severity[1]"),
        (("FREQ=DAILY", "FREQ=HOURLY"), (12, 15), "triggers[1].schedule"),
        (("Europe/Berlin", "../../etc/passwd"), (14, 11), "triggers[1].zone"),
        (("2026-01-01T03:00", "2026-02-30T03:00"), (13, 13), "triggers[1].starts"),
        (("within: 3m", "within: 30s"), (30, 9), "within"),
        (("within: 3m", "within: 3m\nwithin: 4m"), (31, 1), ""),
        (("mode: automatic", "mode: always"), (6, 7), "mode"),
        (("on: type=web", "on: kind=web"), (7, 5), "on"),
        (("name: Restart the web server\n", ""), (1, 1), ""),
        (("after: 5", "after: 0"), (38, 10), "breaker.after"),
        (("mode: automatic", "mode:"), (6, 6), "mode"),
    ],
)  # fmt: skip
def test_errors_have_place_and_path(change: tuple[str, str], place: tuple[int, int], path: str) -> None:
    error = refused_text(FULL.replace(*change, 1))
    assert (error.place, error.path) == (place, path)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("when: x > 1 for 1x", (2, 18)),
        ("when: 'm{a=\"it''s\"} >> 1'", (2, 22)),
        ('when: "m{a=\\"b\\"} >> 1"', (2, 20)),
        ('when: "\\x6d >> 1"', (2, 14)),
        ("when: >\n  x > 1\n  for 1x", (4, 8)),
        ("when: |-\n    x >> 1", (3, 8)),
        ("when: x\n  >> 1", (3, 4)),
        ("when: 'x\n\n  >> 1'", (4, 4)),
    ],
)
def test_errors_within_conditions_have_their_place_in_the_text(written: str, place: tuple[int, int]) -> None:
    error = refused_text(f"name: x\n{written}\nsteps: [{{action: script}}]")
    assert (error.path, error.place) == ("when", place)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"steps": []}, "steps"),
        ({"steps": [STEP] * 21}, "steps"),
        ({"undo": [STEP] * 6}, "undo"),
        ({"triggers": [{"alert": "x"}] * 11}, "triggers"),
        ({"triggers": [{"event": "firing"}]}, "triggers[0]"),
        ({"triggers": [{"alert": "x", "severity": ["info", "info"]}]}, "triggers[0].severity"),
        ({"name": " x"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": None}, "name"),
        ({"description": "x" * 2001}, "description"),
        ({"description": "a\tb"}, "description"),
        ({"steps": [{"action": "rm -rf"}]}, "steps[0].action"),
        ({"steps": [STEP, {"action": "script", "params": {"a b": 1}}]}, "steps[1].params"),
        ({"steps": [{"action": "script", "params": {"a": 2**63}}]}, "steps[0].params.a"),
        ({"steps": [{"action": "script", "params": {"a": 1.5}}]}, "steps[0].params.a"),
        ({"steps": [{"action": "script", "params": {"a": "x\n"}}]}, "steps[0].params.a"),
        ({"steps": [{"action": "script", "params": {"a": "$label."}}]}, "steps[0].params.a"),
        ({"steps": [{"action": "script", "params": {f"p{n}": "x" * 4000 for n in range(4)}}]}, "steps[0].params"),
        ({"when": "count(x > 1) > 3"}, "when"),
        ({"when": "x > 1 on type=web"}, "when"),
        ({"when": "x > 1 keep 5m"}, "when"),
        ({"expect": "x > 2 clear < 1"}, "expect"),
        ({"expect": 'x{a ~ "$label.a"} > 2'}, "expect"),
        ({"expect": 'x{a="5$"} > 2'}, "expect"),
        ({"expect": "x > 1 for 2m"}, "within"),
        ({"worse": "x > 1 for 3m"}, "within"),
        ({"within": "7h"}, "within"),
        ({"within": 120}, "within"),
        ({"limits": {"at_once": True}}, "limits.at_once"),
        ({"limits": {"cooldown": "8d"}}, "limits.cooldown"),
        ({"breaker": {"within": "1s"}}, "breaker.within"),
        ({"approve_within": "8d"}, "approve_within"),
        ({"x" * 1000: 1}, "x" * 64),
    ],
)  # fmt: skip
def test_what_is_beyond_bounds_is_refused_with_its_path(more: dict[str, Any], path: str) -> None:
    assert refused({**PLAIN, **more}).path == path


@pytest.mark.parametrize("given_", [None, 1, "x", [], {}, {"name": "x"}, {"steps": [STEP]}])
def test_what_is_no_runbook_at_all_is_refused(given_: object) -> None:
    assert not refused(given_).path


def test_a_name_that_is_nearly_right_brings_a_hint() -> None:
    assert refused({**PLAIN, "trigers": []}).hint == "triggers"
    assert refused({**PLAIN, "within": 30}).hint == "30s"


def test_a_label_in_a_condition_that_is_written_wrongly_brings_a_hint() -> None:
    bare = refused_text("name: x\nsteps: [{action: script}]\nwhen: x{a=$label.mount} > 1")
    assert (bare.place, bare.hint) == ((3, 11), '"$label.mount"')
    part = refused_text('name: x\nsteps: [{action: script}]\nwhen: x{a="/$label.mount"} > 1')
    assert (part.place, part.expected) == ((3, 7), ("$label.NAME", "$$"))


def test_labels_are_put_in_as_they_are_and_only_whole() -> None:
    step = Step("script", {"a": FromLabel("site"), "b": "$label.site", "c": 1})
    assert step.filled({"site": "$label.x; rm *"}) == {"a": "$label.x; rm *", "b": "$label.site", "c": 1}
    with pytest.raises(MissingLabelError, match="site"):
        step.filled({"other": "x"})


def test_labels_are_put_into_conditions() -> None:
    written = 'avg(m{a="$label.x", b in ("$label.y", "$$c")} / n{a!="$label.x"}, 5m) > 1'
    check = runbook_json.from_json({**PLAIN, "expect": written}).expect
    assert not isinstance(check, AlertResolved)
    assert check is not None
    assert rule_text(filled(check, {"x": "*", "y": "2"})) == 'avg(m{a=*, b in (2, "$c")} / n{a!=*}, 5m) > 1'
    with pytest.raises(MissingLabelError, match="y"):
        filled(check, {"x": "1"})
