import json
from pathlib import Path

import pytest
from opsentrix_agent import cli
from opsentrix_agent.actions.policy import load_policy

from .support import ANA, text_of


def allow(tmp_path: Path, *words: str) -> int:
    return cli.main(["policy", "allow", "--config", str(tmp_path / "agent.json"), *words])


def content(tmp_path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((tmp_path / "policy.json").read_text())
    return found


def test_a_policy_is_begun_and_grows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert allow(tmp_path, "service.restart:nginx,php-fpm", "diagnostics.collect") == 0
    assert capsys.readouterr().out == "changed\n"
    assert allow(tmp_path, "service.restart:nginx,redis") == 0
    assert allow(tmp_path, f"--signer=operator:ana={text_of(ANA)}") == 0
    assert allow(tmp_path, "service.restart:redis", f"--signer=operator:ana={text_of(ANA)}") == 0
    assert capsys.readouterr().out == "changed\nchanged\n"
    assert content(tmp_path) == {
        "actions": {"service.restart": {"units": ["nginx", "php-fpm", "redis"]}, "diagnostics.collect": {}},
        "signers": {"hub": True, "operators": [{"name": "ana", "key": text_of(ANA)}]},
    }
    assert load_policy(tmp_path / "policy.json").hub


def test_operators_alone_may_be_named(tmp_path: Path) -> None:
    assert allow(tmp_path, "shell", f"--signer=operator:ana={text_of(ANA)}") == 0
    assert not load_policy(tmp_path / "policy.json").hub


def test_what_the_policy_says_besides_stays(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"upgrades": {"keys": ["x"]}}')
    (tmp_path / "policy.json").chmod(0o644)
    assert allow(tmp_path, "log.tail:/var/log/*.log") == 0
    assert content(tmp_path)["upgrades"] == {"keys": ["x"]}
    assert content(tmp_path)["actions"] == {"log.tail": {"files": ["/var/log/*.log"]}}


@pytest.mark.parametrize(
    "word",
    ["service.restat:nginx", "service.restart", "service.restart:", "service.restart:*", "shell:id",
     "process.signal:x", "log.tail:var/log", "--signer=root", "--signer=operator:ana", "--signer=operator:ana=xyz"],
)  # fmt: skip
def test_a_word_that_is_wrong_changes_nothing(tmp_path: Path, word: str) -> None:
    assert allow(tmp_path, "diagnostics.collect") == 0
    before = content(tmp_path)
    assert allow(tmp_path, word) == 78
    assert content(tmp_path) == before
