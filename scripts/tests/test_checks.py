"""What `make lint` says of dependencies and of secrets in the repository."""

import secrets
from pathlib import Path
from typing import Any

import pytest

from scripts import check_dependencies, check_secrets
from scripts.check_dependencies import audit_npm, audit_python, npm_faults, python_faults

GOOD = {
    "name": "good",
    "source": {"registry": "https://pypi.org/simple"},
    "sdist": {"hash": "sha256:00"},
    "wheels": [{"hash": "sha256:00"}],
}


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({}, 0),
        ({"source": {"editable": "packages/hub"}, "wheels": [], "sdist": {}}, 0),
        ({"source": {"git": "https://github.com/x/y"}}, 1),
        ({"source": {"registry": "https://pypi.example/simple"}}, 1),
        ({"wheels": [{"hash": "sha256:00"}, {"url": "x"}]}, 1),
        ({"wheels": [{"hash": "md5:00"}]}, 1),
    ],
)
def test_python_comes_from_pypi_with_hashes(changed: dict[str, Any], faults: int) -> None:
    assert len(list(python_faults({"package": [GOOD | changed]}))) == faults


@pytest.mark.parametrize(
    ("package", "faults"),
    [
        ({"integrity": "sha512-x"}, 0),
        ({"integrity": "sha512-x", "resolved": "https://registry.npmjs.org/a/-/a-1.tgz"}, 0),
        ({"integrity": "sha512-x", "resolved": "git+ssh://git@github.com/x/y"}, 1),
        ({"integrity": "sha1-x"}, 1),
        ({}, 1),
        ({"link": True}, 0),
    ],
)
def test_javascript_comes_from_npm_with_hashes(package: dict[str, Any], faults: int) -> None:
    assert len(list(npm_faults({"packages": {"": {}, "node_modules/a": package}}))) == faults


@pytest.mark.parametrize(
    ("exit_code", "npm_says", "well"),
    [
        (0, '{"vulnerabilities": {}}', True),
        (1, '{"vulnerabilities": {"a": 1}}', False),
        (2, '{"message": "405"}', None),
    ],
)
def test_what_the_services_say_and_do_not_say(exit_code: int, npm_says: str, well: bool | None, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho '{npm_says}'\nexit {exit_code}\n")
    program.chmod(0o755)
    assert audit_python(str(program))[1] is well
    assert audit_npm(str(program))[1] is well
    assert audit_python(str(tmp_path / "missing"))[1] is None


def test_what_was_not_checked_is_said_and_what_was_found_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check_dependencies, "audit_python", lambda: ("", None))
    monkeypatch.setattr(check_dependencies, "audit_npm", lambda: ("", True))
    assert check_dependencies.main() == 0
    assert capsys.readouterr().err.startswith("NOT CHECKED: whether Python")
    monkeypatch.setattr(check_dependencies, "audit_npm", lambda: ("found one", False))
    assert check_dependencies.main() == 1
    assert "found one" in capsys.readouterr().err


@pytest.mark.parametrize(
    "made",
    [
        "oxa_" + secrets.token_urlsafe(32),
        "oxe_" + secrets.token_urlsafe(32),
        "-----BEGIN EC PRIVATE " + "KEY-----\n" + "A" * 64,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "ghp_" + "a" * 36,
        "postgresql://hub:" + "hunter2hunter2@db.example/hub",
    ],
)
def test_a_secret_is_found(made: str) -> None:
    assert list(check_secrets.found(f'token = "{made}"\n'.encode()))


@pytest.mark.parametrize(
    "harmless",
    ["oxa_...", "oxe_", "postgresql://user:password@host/db", "-----BEGIN CERTIFICATE-----", "http://a:8000@b"],
)
def test_what_only_looks_like_one_is_not(harmless: str) -> None:
    assert not list(check_secrets.found(harmless.encode()))


def test_the_repository_holds_none() -> None:
    assert check_secrets.main() == 0
