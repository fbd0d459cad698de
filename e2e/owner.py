"""The owner of a machine: the files that say what a hub may do there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsentrix_agent.actions.journal import FOLDER, History, Journal


class Owner:
    """A folder with an agent's config file, its policy and its scripts.

    Attributes:
        folder: stands for `/etc/opsentrix`.
        policy: the owner's policy.
    """

    def __init__(self, folder: Path) -> None:
        """Make the folder."""
        self.folder = folder
        self.policy = folder / "policy.json"
        for one in (folder, folder / "actions.d"):
            one.mkdir(exist_ok=True)
            one.chmod(0o755)

    def allow(self, actions: Mapping[str, object], limits: Mapping[str, int], **signers: object) -> None:
        """Write the policy."""
        self._write("policy.json", json.dumps({"actions": actions, "limits": limits, "signers": signers}), 0o644)

    def script(self, name: str, code: str, **parameters: Mapping[str, Any]) -> None:
        """Write a script with the declaration of its parameters."""
        self._write(f"actions.d/{name}", f"#!/bin/sh\n{code}\n", 0o755)
        self._write(f"actions.d/{name}.json", json.dumps({"parameters": parameters}), 0o644)

    def files(self) -> dict[str, bytes]:
        """Return all files by name."""
        return {str(one): one.read_bytes() for one in self.folder.rglob("*") if one.is_file()}

    def _write(self, name: str, text: str, mode: int) -> None:
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)


def history(state_dir: Path) -> History:
    """Return what an agent's journal holds."""
    with Journal(state_dir / FOLDER) as journal:
        return journal.read()


def begun(state_dir: Path) -> list[str]:
    """Return the ids of the commands that an agent began, in order, by its journal."""
    return [name for name, run in history(state_dir).runs.items() if run.started]
