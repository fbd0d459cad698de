"""The running agent: it follows an order once, tells how far it is, and confirms only what was asked of its release."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from opsentrix_agent.upgrades.places import Release
from opsentrix_agent.upgrades.watch import LOOK_EACH_MS, ORDER_EACH_MS, Upgrades
from opsentrix_protocol import opsentrix_pb2 as pb

from .support import OWNER, write_policy

State = pb.UpgradeState.State
ROLLOUT, OTHER = bytes(range(16)), bytes(range(16, 32))
NAME = "1.0-0123456789ab"


class Agent:
    """An agent that runs as a release of its own user."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.inbox = self.state / "upgrade"
        self.work = self.state / "upgrade-work"
        self.work.mkdir(parents=True)
        self.config = folder / "agent.json"
        self.started: list[Sequence[str]] = []
        (folder / "lib" / NAME).mkdir(parents=True)
        self.release = Release(folder / "lib", NAME)
        write_policy(folder / "policy.json", OWNER)
        self.now_ms = 0
        self.restart()

    def restart(self) -> None:
        """Begin another run."""
        self.upgrades = Upgrades(self.state, self.release, self.config, ["run", "--config", "x"], self._spawn)
        self.upgrades.begin()

    def _spawn(self, command: Sequence[str]) -> int:
        self.started.append(command)
        return 1 << 30  # no such process: it has ended already

    @property
    def steps(self) -> list[str]:
        return [command[command.index("upgrade") + 1] for command in self.started]

    def give(self, rollout: bytes = ROLLOUT) -> pb.UpgradeState | None:
        wanted = pb.Upgrade(rollout_id=rollout, version="1.1", sha256=bytes(32), size=9)
        wanted.signatures.add(key_id="ab", signature=bytes(64))
        return self.upgrades.take(wanted, self.now_ms)

    def take(self, rollout: bytes = ROLLOUT) -> pb.UpgradeState:
        told = self.give(rollout)
        assert told is not None
        return told

    def look(self, *, acknowledged: bool = False) -> pb.UpgradeState | None:
        self.now_ms += LOOK_EACH_MS
        return self.upgrades.look(self.now_ms, acknowledged=acknowledged)

    def says(self, path: Path, **content: str) -> None:
        path.write_text(json.dumps({"rollout_id": ROLLOUT.hex(), "version": "1.1", "detail": "", **content}))

    def order(self) -> dict[str, Any]:
        return dict(json.loads((self.inbox / "order.json").read_text()))


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    return Agent(tmp_path)


def test_an_order_is_kept_and_fetched_by_a_process_of_its_own(agent: Agent) -> None:
    assert agent.take().state == State.STATE_DOWNLOADING
    assert agent.order()["signatures"] == [{"key_id": "ab", "signature": "00" * 64}]
    (command,) = agent.started
    assert command[2:] == [
        str(agent.release.launcher), "upgrade", "fetch", "--state-dir", str(agent.state), "--config", str(agent.config),
    ]  # fmt: skip
    assert agent.take().state == State.STATE_DOWNLOADING, "the same once more is nothing new"
    assert len(agent.started) == 1


def test_it_tells_what_is_news_and_by_whom_the_order_is_in_hand(agent: Agent) -> None:
    agent.take()
    assert agent.look() is None
    agent.says(agent.inbox / "fetched.json", state="staged")
    told = agent.look()
    assert told is not None
    assert (told.state, told.rollout_id) == (State.STATE_STAGED, ROLLOUT)
    agent.says(agent.work / "pending.json", release="1.1-ffffffffffff", nonce="n")
    told = agent.look()
    assert told is not None
    assert told.state == State.STATE_APPLYING
    agent.says(agent.work / "result.json", state="reverted", detail="It ended.")
    told = agent.look()
    assert told is not None
    assert (told.state, told.detail) == (State.STATE_REVERTED, "It ended.")
    assert agent.look() is None


def test_what_belongs_to_another_order_is_not_told_as_this_one(agent: Agent) -> None:
    agent.says(agent.work / "result.json", state="confirmed", rollout_id=OTHER.hex())
    assert agent.take().state == State.STATE_DOWNLOADING


def test_only_the_release_that_was_asked_for_confirms_and_only_when_acknowledged(agent: Agent) -> None:
    agent.take()
    agent.says(agent.work / "pending.json", release="1.1-ffffffffffff", nonce="n")
    agent.restart()
    agent.look(acknowledged=True)
    assert not (agent.inbox / "confirmed.json").exists()
    agent.says(agent.work / "pending.json", release=NAME, nonce="n")
    agent.restart()
    agent.look()
    assert not (agent.inbox / "confirmed.json").exists()
    agent.look(acknowledged=True)
    assert json.loads((agent.inbox / "confirmed.json").read_text()) == {"nonce": "n", "release": NAME}


def test_a_restarted_agent_goes_on_with_a_download_and_with_nothing_else(agent: Agent) -> None:
    agent.take()
    agent.restart()
    assert agent.steps == ["fetch", "fetch"]
    for state in ("staged", "refused", "failed"):
        agent.says(agent.inbox / "fetched.json", state=state)
        agent.restart()
    assert agent.steps == ["fetch", "fetch"]


def test_an_upgrade_that_was_interrupted_is_finished_by_who_may(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    agent.says(agent.work / "pending.json", release=NAME, nonce="n")
    agent.restart()
    assert agent.steps == ["apply"]
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/x")
    monkeypatch.setattr("opsentrix_agent.upgrades.places.SYSTEM_WORK", agent.work)
    agent.restart()
    assert agent.steps == ["apply"], "under systemd another unit does it"


def test_one_upgrade_at_a_time(agent: Agent) -> None:
    agent.take()
    agent.says(agent.work / "pending.json", release="1.1-ffffffffffff", nonce="n")
    told = agent.take(OTHER)
    assert (told.state, told.rollout_id, told.detail) == (
        State.STATE_FAILED, OTHER, "Another upgrade is under way.",
    )  # fmt: skip


def test_a_hub_that_orders_again_and_again_starts_few_processes(agent: Agent) -> None:
    agent.take()
    for number in range(2, 30):
        assert agent.give(bytes([number]) * 16) is None
    assert len(agent.started) == 1
    agent.now_ms += ORDER_EACH_MS
    told = agent.look()
    assert told is not None
    assert (told.rollout_id, len(agent.started)) == (bytes([29]) * 16, 2)
    assert agent.look() is None, "it is taken once"


def test_without_the_owner_nothing_is_begun(agent: Agent, tmp_path: Path) -> None:
    (tmp_path / "policy.json").unlink()
    told = agent.take()
    assert (told.state, agent.started) == (State.STATE_REFUSED, [])
    assert "not allowed by the owner" in told.detail


def test_an_agent_that_is_no_release_cannot_be_replaced(tmp_path: Path) -> None:
    upgrades = Upgrades(tmp_path, None, None, ["run"], lambda _command: 0)
    upgrades.begin()
    told = upgrades.take(pb.Upgrade(rollout_id=ROLLOUT, version="1.1"), 0)
    assert told is not None
    assert told.state == State.STATE_REFUSED
    assert "not installed by its installer" in told.detail


def test_junk_in_the_files_is_no_state(agent: Agent) -> None:
    agent.take()
    for content in (b"", b"[]", b"\xff", b"{" * 5000):
        (agent.inbox / "fetched.json").write_bytes(content)
        assert agent.look() is None
