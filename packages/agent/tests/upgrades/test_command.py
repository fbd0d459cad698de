"""The command `upgrade`, as far as it decides for itself."""

import os
from pathlib import Path

import pytest
from opsentrix_agent.errors import UpgradeError
from opsentrix_agent.settings import Settings
from opsentrix_agent.upgrades import command
from opsentrix_agent.upgrades.places import Release


def test_nobody_starts_as_himself_what_another_user_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "running_release", lambda: Release(tmp_path, "1.0-0123456789ab"))
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(UpgradeError, match="belongs to another user"):
        command.upgrade("apply", Settings(state_dir=tmp_path), None, "background", tmp_path)


def test_an_agent_that_is_no_release_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(UpgradeError, match="not installed by its installer"):
        command.upgrade("apply", Settings(state_dir=tmp_path), None, "systemd", None)
