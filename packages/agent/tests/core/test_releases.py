"""Releases: unpacked whole or not at all, switched in one step, never in a folder that others could have filled."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from opsentrix_agent import artefact, releases
from opsentrix_agent.errors import ReleaseError
from opsentrix_agent.releases import LAUNCHER, Releases


def make(path: Path, version: str = "1.0", extra: Mapping[str, bytes] = MappingProxyType({})) -> Path:
    """Write an artefact of an agent that says its version."""
    files = {
        "VERSION": version.encode(),
        "__main__.py": b"",
        "opsentrix_agent/__init__.py": b"",
        "opsentrix_agent/cli.py": f"def main():\n    print('agent {version}')\n    return 0\n".encode(),
        "native/x86_64/_message.abi3.so": b"x86_64",
        "native/aarch64/_message.abi3.so": b"aarch64",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**files, **extra}.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def one(tmp_path: Path) -> Path:
    return make(tmp_path / "one.pyz", "1.0")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return make(tmp_path / "two.pyz", "2.0")


@pytest.fixture
def here(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "lib")


def said_by(path: Path) -> str:
    return subprocess.run([path], check=True, stdout=subprocess.PIPE, text=True, env={}).stdout.strip()


def test_a_release_runs_through_the_current_link(here: Releases, one: Path) -> None:
    name = here.add(one)
    assert here.current() is None
    assert here.switch(name)
    assert here.current() == name
    assert name.startswith("1.0-")
    assert said_by(here.root / "current" / LAUNCHER) == "agent 1.0"
    assert not (here.path(name) / "__main__.py").exists()


def test_it_is_compiled_and_readable_for_the_user_that_runs_it(here: Releases, one: Path) -> None:
    before = os.umask(0o077)
    try:
        path = here.path(here.add(one))
    finally:
        os.umask(before)
    compiled = path / "opsentrix_agent/__pycache__" / f"cli.{sys.implementation.cache_tag}.pyc"
    assert compiled.is_file()
    assert (path / LAUNCHER).stat().st_mode & 0o777 == 0o755
    assert (path / "opsentrix_agent/cli.py").stat().st_mode & 0o777 == 0o644


def test_unpacking_twice_changes_nothing(here: Releases, one: Path) -> None:
    name = here.add(one)
    before = here.path(name).stat().st_ino
    assert here.add(one) == name
    assert here.path(name).stat().st_ino == before
    assert here.switch(name)
    assert not here.switch(name)
    assert here.previous() is None


def test_switch_rollback_and_prune(here: Releases, one: Path, two: Path, tmp_path: Path) -> None:
    first, second = here.add(one), here.add(two)
    here.switch(first)
    here.switch(second)
    assert (here.current(), here.previous()) == (second, first)
    assert here.rollback() == first
    assert (here.current(), here.previous()) == (first, second)
    third = here.add(make(tmp_path / "three.pyz", "3.0"))
    here.switch(third)
    assert here.prune() == [second]
    assert sorted(path.name for path in here.root.iterdir()) == sorted([first, third, "current", "previous"])
    assert said_by(here.root / "current" / LAUNCHER) == "agent 3.0"


def test_there_is_nothing_to_go_back_to(here: Releases, one: Path) -> None:
    here.switch(here.add(one))
    with pytest.raises(ReleaseError, match="no previous release"):
        here.rollback()


@pytest.mark.parametrize("name", ["../evil", "", "1.0-000000000000", "current"])
def test_no_other_name_is_switched_to(here: Releases, one: Path, name: str) -> None:
    here.add(one)
    with pytest.raises(ReleaseError, match="There is no release"):
        here.switch(name)


@pytest.mark.parametrize(
    ("machine", "libc", "expected"),
    [
        ("x86_64", "glibc 2.36", "x86_64"),
        ("aarch64", "glibc 2.17", "aarch64"),
        ("x86_64", None, None),
        ("riscv64", "glibc 2.39", None),
    ],
)
def test_the_native_code_is_that_of_the_machine(
    here: Releases, one: Path, monkeypatch: pytest.MonkeyPatch, machine: str, libc: str | None, expected: str | None
) -> None:
    uname = os.uname_result(("Linux", "host", "6", "1", machine))
    monkeypatch.setattr(os, "uname", lambda: uname)
    monkeypatch.setattr(os, "confstr", lambda _name: libc)
    extension = here.path(here.add(one)) / "google/_upb/_message.abi3.so"
    assert (extension.read_text() if extension.exists() else None) == expected


@pytest.mark.parametrize("name", ["../outside", "/opsentrix-outside"])
def test_nothing_is_written_outside(here: Releases, tmp_path: Path, name: str) -> None:
    with pytest.raises(ReleaseError, match="holds a file"):
        here.add(make(tmp_path / "evil.pyz", extra={name: b"x"}))
    assert list(here.root.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"<html>login</html>", b"PK\x03\x04 cut off"])
def test_what_is_no_artefact_is_refused_and_leaves_nothing(here: Releases, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.pyz").write_bytes(content)
    with pytest.raises(ReleaseError, match="cannot be unpacked"):
        here.add(tmp_path / "bad.pyz")
    assert list(here.root.iterdir()) == []


@pytest.mark.parametrize("version", ["../1", "", "one two"])
def test_a_version_cannot_be_a_path(here: Releases, tmp_path: Path, version: str) -> None:
    with pytest.raises(ReleaseError, match="no version"):
        here.add(make(tmp_path / "bad.pyz", version))


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_folder_that_others_can_fill_is_refused(here: Releases, one: Path, mode: int) -> None:
    here.root.mkdir()
    here.root.chmod(mode)
    with pytest.raises(ReleaseError, match="nobody else can write"):
        here.add(one)


def test_a_link_in_the_place_of_the_folder_is_refused(here: Releases, one: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    here.root.symlink_to(tmp_path / "theirs")
    with pytest.raises(ReleaseError, match="nobody else can write"):
        here.add(one)


def test_an_artefact_that_is_too_large(here: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "_MAX_BYTES", 1000)
    with pytest.raises(ReleaseError, match="more than 1000 bytes"):
        here.add(make(tmp_path / "large.pyz", extra={"big": bytes(1001)}))


class TestArtefactCommands:
    def test_add_switch_rollback_prune(
        self, one: Path, two: Path, here: Releases, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def release(path: Path, *argv: str) -> str:
            assert artefact.main(path, ["release", *argv]) == 0
            return capsys.readouterr().out.strip()

        root = str(here.root)
        first, second = release(one, "add", root), release(two, "add", root)
        assert release(one, "switch", root, first) == "switched"
        assert release(one, "switch", root, first) == "current already"
        assert release(two, "switch", root, second) == "switched"
        assert release(two, "rollback", root) == first
        assert release(two, "prune", root) == ""

    def test_faults_are_told_in_one_sentence(
        self, one: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert artefact.main(one, ["release", "rollback", str(tmp_path)]) == 1
        assert capsys.readouterr().err == f"opsentrix-agent: There is no previous release in {tmp_path}.\n"
        assert artefact.main(one, ["release", "dance"]) == 2

    def test_run_directly_it_keeps_itself_in_the_cache(
        self, one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started: list[list[str]] = []
        monkeypatch.setattr(artefact, "cache_dir", lambda: tmp_path / "cache")
        monkeypatch.setattr(os, "execv", lambda _path, argv: started.append(argv))
        artefact.main(one, ["run", "--config", "x"])
        ((python, flags, launcher, *rest),) = started
        assert (python, flags, rest) == (sys.executable, "-IS", ["run", "--config", "x"])
        assert said_by(Path(launcher)) == "agent 1.0"

    def test_the_cache_is_the_users_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert releases.cache_dir({"XDG_CACHE_HOME": "/home/x/c"}) == Path("/home/x/c/opsentrix-agent")
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert releases.cache_dir({"XDG_CACHE_HOME": "/home/x/c"}) == Path("/var/cache/opsentrix-agent")
