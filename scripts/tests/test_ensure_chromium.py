"""The finder of a Chromium: a working one or a loud failure, never nothing."""

from pathlib import Path

import pytest

from scripts import ensure_chromium


def browser(path: Path, exit_code: int = 0) -> str:
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return str(path)


def test_a_named_browser_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = browser(tmp_path / "own")
    monkeypatch.setenv("CHROMIUM", named)
    ensure_chromium.main()
    assert capsys.readouterr().out == f"{named}\n"


def test_a_named_browser_that_does_not_start_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", browser(tmp_path / "own", exit_code=1))
    with pytest.raises(SystemExit, match="does not start"):
        ensure_chromium.main()


def test_a_broken_browser_on_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser(tmp_path / "chromium", exit_code=1)
    working = browser(tmp_path / "google-chrome")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ensure_chromium.installed() == working


def test_no_browser_anywhere_fails_and_names_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(ensure_chromium, "sources", lambda: iter([("the machine", lambda: None)]))
    with pytest.raises(SystemExit, match="tried the machine"):
        ensure_chromium.main()
