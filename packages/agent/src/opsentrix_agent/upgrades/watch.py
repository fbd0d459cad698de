"""The running agent's part of upgrades: take the hub's order, start what follows it, and tell how far that is.

Everything that takes time or memory is done by `fetch` and `apply`, processes of their own; here only small files are
looked at, and only while there is an order.
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.errors import UpgradeRefusedError
from opsentrix_agent.identity import write_private
from opsentrix_agent.upgrades.places import (
    CONFIRMED,
    FETCHED,
    ORDER,
    PENDING,
    RESULT,
    RUNNING,
    Release,
    applies_itself,
    places,
    read_json,
    under_systemd,
)
from opsentrix_agent.upgrades.policy import load_policy

log = logging.getLogger(__name__)

LOOK_EACH_MS = 2000
ORDER_EACH_MS = 10_000
"""Another order is followed no sooner: each starts a process, and a hub is not trusted to send few of them."""
MAX_SIGNATURES = 8
_STATES = {
    "refused": pb.UpgradeState.STATE_REFUSED,
    "downloading": pb.UpgradeState.STATE_DOWNLOADING,
    "staged": pb.UpgradeState.STATE_STAGED,
    "applying": pb.UpgradeState.STATE_APPLYING,
    "confirmed": pb.UpgradeState.STATE_CONFIRMED,
    "reverted": pb.UpgradeState.STATE_REVERTED,
    "failed": pb.UpgradeState.STATE_FAILED,
}

Spawn = Callable[[Sequence[str]], int]
"""Starts a program and returns its process id."""


class Upgrades:
    """Upgrades of one run of the agent."""

    def __init__(
        self, state_dir: Path, release: Release | None, config: Path | None, arguments: Sequence[str], spawn: Spawn
    ) -> None:
        """Take what the run was started with.

        Args:
            state_dir: of the agent.
            release: that runs; None when it was not installed as one, which cannot be upgraded.
            config: the config file that the user named.
            arguments: of the command line, `run` and what follows it.
            spawn: starts a program.
        """
        self._release = release
        self._places = places(state_dir, release.root, config, managed=under_systemd()) if release else None
        self._options = ["--state-dir", str(state_dir), *(["--config", str(config)] if config else [])]
        self._arguments = list(arguments)
        self._spawn = spawn
        self._child = 0
        self._order: dict[str, Any] = {}
        self._told: pb.UpgradeState | None = None
        self._pending: dict[str, Any] = {}
        self._look_at = 0
        self._take_at: int | None = None
        self._waiting: pb.Upgrade | None = None

    def begin(self) -> None:
        """Go on with what an earlier run began."""
        try:
            self._begin()
        except OSError as error:
            log.warning("upgrades: %s", error)

    def follow(self, wanted: pb.Upgrade | None, now_ms: int, *, acknowledged: bool) -> pb.UpgradeState | None:
        """Take the hub's order, if there is one, and return how far an upgrade is when that is news; see `look`."""
        try:
            state = self.look(now_ms, acknowledged=acknowledged)
            return state if wanted is None else self.take(wanted, now_ms)
        except OSError as error:
            log.warning("upgrades: %s", error)
        return None

    def refusal(self) -> str:
        """Return why the hub cannot upgrade this agent; nothing when it can."""
        if self._places is None:
            return "This agent was not installed by its installer, so it cannot be replaced."
        try:
            load_policy(self._places.policy)
        except UpgradeRefusedError as error:
            return str(error)
        return ""

    def take(self, wanted: pb.Upgrade, now_ms: int) -> pb.UpgradeState | None:
        """Follow an order of the hub, and return how far that is; None when it has to wait, since another just came.

        Args:
            wanted: the order.
            now_ms: monotonic.

        Raises:
            OSError: the state folder cannot be written.
        """
        rollout = wanted.rollout_id.hex()[:64]
        if refusal := self.refusal():
            return _message({"rollout_id": rollout, "version": wanted.version, "state": "refused", "detail": refusal})
        if rollout == self._order.get("rollout_id"):
            return _message(self._state())
        if self._busy():
            detail = "Another upgrade is under way."
            return _message({"rollout_id": rollout, "version": wanted.version, "state": "failed", "detail": detail})
        if self._take_at is not None and now_ms < self._take_at:
            self._waiting = wanted
            return None
        self._take_at, self._waiting = now_ms + ORDER_EACH_MS, None
        signatures = [
            {"key_id": one.key_id[:64], "signature": one.signature[:64].hex()}
            for one in wanted.signatures[:MAX_SIGNATURES]
        ]
        self._order = {
            "rollout_id": rollout,
            "version": wanted.version[:64],
            "sha256": wanted.sha256[:32].hex(),
            "size": wanted.size,
            "signatures": signatures,
        }
        if self._places:
            write_private(self._places.inbox / ORDER, json.dumps(self._order))
        log.info("the hub asks for release %s", wanted.version[:64])
        self._start("fetch")
        self._told = _message(self._state())
        return self._told

    def look(self, now_ms: int, *, acknowledged: bool) -> pb.UpgradeState | None:
        """Look how far an upgrade is, and return that when it is news.

        Args:
            now_ms: monotonic.
            acknowledged: whether the hub acknowledged a frame of this run.

        Raises:
            OSError: the state folder cannot be written.
        """
        if not (self._order or self._pending) or now_ms < self._look_at:
            return None
        self._look_at = now_ms + LOOK_EACH_MS
        self._reap()
        if acknowledged and self._pending:
            self._confirm()
        if self._waiting and self._take_at is not None and now_ms >= self._take_at:
            return self.take(self._waiting, now_ms)
        state = _message(self._state())
        if state == self._told:
            return None
        self._told = state
        return state

    def _begin(self) -> None:
        if self._places is None or self.refusal():
            return
        running = {"pid": os.getpid(), "arguments": self._arguments}
        write_private(self._places.inbox / RUNNING, json.dumps(running))
        self._order = read_json(self._places.inbox, ORDER)
        self._pending = read_json(self._places.work, PENDING)
        if self._pending:
            if applies_itself(self._places):
                self._start("apply")
        elif self._order and self._state()["state"] == "downloading":
            self._start("fetch")

    def _confirm(self) -> None:
        pending, self._pending = self._pending, {}
        if self._places and self._release and pending.get("release") == self._release.name:
            said = {"nonce": pending.get("nonce"), "release": self._release.name}
            write_private(self._places.inbox / CONFIRMED, json.dumps(said))
            log.info("release %s is acknowledged", self._release.name)

    def _state(self) -> dict[str, Any]:
        """Return how far the order is, by whoever has it in hand."""
        none = {"state": "downloading", "rollout_id": self._order.get("rollout_id", "")}
        none |= {"version": self._order.get("version", ""), "detail": ""}
        if self._places is None:
            return none
        for name in (RESULT, PENDING, FETCHED):
            found = read_json(self._places.inbox if name == FETCHED else self._places.work, name)
            if found.get("rollout_id") == self._order.get("rollout_id"):
                return none | {"state": "applying"} if name == PENDING else none | found
        return none

    def _busy(self) -> bool:
        self._reap()
        return bool(self._child or (self._places and read_json(self._places.work, PENDING)))

    def _start(self, step: str) -> None:
        """Let a process of its own do this step."""
        self._reap()
        if self._release and not self._child:
            command = [sys.executable, "-IS", str(self._release.launcher), "upgrade", step, *self._options]
            self._child = self._spawn(command)

    def _reap(self) -> None:
        if self._child:
            try:
                ended, _ = os.waitpid(self._child, os.WNOHANG)
            except ChildProcessError:  # the agent started anew by replacing itself, or somebody else has waited
                ended = self._child
            if ended:
                self._child = 0


def spawn(command: Sequence[str]) -> int:
    """Start a program, with our environment and standard error, and return its process id.

    Raises:
        OSError: it cannot be started.
    """
    return os.posix_spawn(command[0], list(command), os.environ)


def _message(state: dict[str, Any]) -> pb.UpgradeState:
    rollout = str(state.get("rollout_id", ""))
    try:
        rollout_id = bytes.fromhex(rollout)
    except ValueError:
        rollout_id = b""
    return pb.UpgradeState(
        rollout_id=rollout_id,
        version=str(state.get("version", ""))[:64],
        state=_STATES.get(str(state.get("state")), pb.UpgradeState.STATE_UNSPECIFIED),
        detail=str(state.get("detail", ""))[:1000],
    )
