"""The agent's credentials against a hub that may be cut off, killed or restored at any step."""

import errno
import fcntl
import os
from hashlib import sha256
from pathlib import Path

import pytest
from opsentrix_agent.credentials import PAUSE_S, Credentials
from opsentrix_agent.errors import IdentityError, LinkRenewedError, LinkRevokedError
from opsentrix_agent.identity import Identity, load_identity, replace_identity, save_identity
from opsentrix_protocol import opsentrix_pb2 as pb

KIND = pb.IdentityNotice
FIRST = Identity(7, "oxa_first", "https://hub.example")


class Cut(BaseException):
    """The agent is killed, the hub is killed or the connection breaks; nothing after it happens."""


def digest(credential: str) -> bytes:
    return sha256(credential.encode()).digest()


class Hub:
    """The hub's side of renewing, as docs/adr/0019 has it: the old credential goes when the new one was used."""

    def __init__(self) -> None:
        self.active = {digest(FIRST.credential)}
        self.offered: set[bytes] = set()

    def lets_in(self, credential: str) -> bool:
        proven = digest(credential)
        if proven in self.offered:
            self.active, self.offered = {proven}, set()
        return proven in self.active

    def take(self, offer: pb.CredentialOffer) -> pb.IdentityNotice:
        if offer.sha256 not in self.active:
            self.offered = {offer.sha256}
        return pb.IdentityNotice(kind=KIND.KIND_ACCEPTED, sha256=offer.sha256)


class Steps:
    """Lets so many steps pass and cuts the next."""

    def __init__(self, left: int) -> None:
        self.left = left

    def step(self) -> None:
        if self.left == 0:
            raise Cut
        self.left -= 1


def connect(credentials: Credentials, hub: Hub, steps: Steps) -> None:
    """Connect as the transport does: once more at once if there is another credential."""
    steps.step()
    while not hub.lets_in(credentials.present):
        assert credentials.refused(revoked=False), "locked out"
        steps.step()
    steps.step()
    credentials.welcomed()


def renew(credentials: Credentials, hub: Hub, steps: Steps, *, asked: bool) -> None:
    """Connect and go on until nothing is left to say; the hub asks for a new credential if `asked`."""
    connect(credentials, hub, steps)
    if asked:
        steps.step()
        credentials.take(pb.IdentityNotice(kind=KIND.KIND_ROTATE), 1000.0)
    for offer in credentials.offers():
        steps.step()
        answer = hub.take(pb.AgentMessage.FromString(offer).credential_offer)
        steps.step()
        try:
            credentials.take(answer, 1000.0)
        except LinkRenewedError:
            connect(credentials, hub, steps)


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    save_identity(tmp_path, FIRST)
    return tmp_path


def started(state_dir: Path) -> Credentials:
    identity = load_identity(state_dir)
    assert identity is not None
    return Credentials(state_dir, identity)


def stands(state_dir: Path, hub: Hub) -> str:
    """Return the newest credential, with which the agent connects at once and has nothing more to say."""
    credentials = started(state_dir)
    assert hub.lets_in(credentials.present)
    credentials.welcomed()
    assert credentials.offers() == []
    return credentials.present


def test_a_new_credential_takes_the_place_of_the_old_one(state_dir: Path) -> None:
    hub, steps = Hub(), Steps(-1)
    renew(started(state_dir), hub, steps, asked=True)
    new = stands(state_dir, hub)
    assert new != FIRST.credential
    assert len(new) == len("oxa_") + 43
    assert hub.active == {digest(new)}
    assert not hub.lets_in(FIRST.credential)


STEPS = 7


def test_as_many_cuts_are_tried_as_there_are_steps(state_dir: Path) -> None:
    steps = Steps(100)
    renew(started(state_dir), Hub(), steps, asked=True)
    assert 100 - steps.left == STEPS


@pytest.mark.parametrize("cut", range(STEPS))
def test_wherever_it_is_cut_off_the_agent_gets_in_and_finishes(state_dir: Path, cut: int) -> None:
    hub = Hub()
    with pytest.raises(Cut):
        renew(started(state_dir), hub, Steps(cut), asked=True)
    renew(started(state_dir), hub, Steps(-1), asked=False)
    stands(state_dir, hub)
    renew(started(state_dir), hub, Steps(-1), asked=True)
    assert stands(state_dir, hub) != FIRST.credential


@pytest.mark.parametrize("cut", range(STEPS))
def test_a_cut_that_the_agent_survives_ends_well_too(state_dir: Path, cut: int) -> None:
    hub, credentials = Hub(), started(state_dir)
    with pytest.raises(Cut):
        renew(credentials, hub, Steps(cut), asked=True)
    renew(credentials, hub, Steps(-1), asked=False)
    stands(state_dir, hub)


def test_a_hub_that_was_restored_from_a_backup_gets_the_new_credential_again(state_dir: Path) -> None:
    renew(started(state_dir), Hub(), Steps(-1), asked=True)
    restored = Hub()
    renew(started(state_dir), restored, Steps(-1), asked=False)
    assert restored.active == {digest(stands(state_dir, restored))}


@pytest.mark.parametrize(
    ("owner", "call"), [(os, "open"), (os, "fsync"), (os, "fdopen"), (Path, "replace"), (fcntl, "flock")]
)
def test_a_process_that_dies_while_it_writes_leaves_one_whole_identity(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch, owner: object, call: str
) -> None:
    real, died = getattr(owner, call), 0
    for number in range(3):
        hub, left = Hub(), Steps(number)

        def dying(*arguments: object, left: Steps = left, **more: object) -> object:
            left.step()
            return real(*arguments, **more)

        save_identity(state_dir, FIRST)
        monkeypatch.setattr(owner, call, dying)
        try:
            renew(started(state_dir), hub, Steps(-1), asked=True)
        except Cut:
            died += 1
        monkeypatch.setattr(owner, call, real)
        renew(started(state_dir), hub, Steps(-1), asked=False)
        stands(state_dir, hub)
    assert died


def test_a_disk_that_takes_nothing_leaves_the_present_credential_and_is_told(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    credentials = started(state_dir)
    monkeypatch.setattr(os, "fsync", full)
    credentials.take(pb.IdentityNotice(kind=KIND.KIND_ROTATE), 1000.0)
    offer = pb.AgentMessage.FromString(*credentials.offers()).credential_offer
    assert "No space left on device" in offer.error
    assert not offer.sha256
    assert credentials.present == FIRST.credential
    assert load_identity(state_dir) == FIRST


def test_a_hub_that_asks_again_at_once_gets_no_other_credential(state_dir: Path) -> None:
    hub, credentials = Hub(), started(state_dir)
    renew(credentials, hub, Steps(-1), asked=True)
    kept = load_identity(state_dir)
    credentials.take(pb.IdentityNotice(kind=KIND.KIND_ROTATE), 1000.0 + PAUSE_S - 0.1)
    assert pb.AgentMessage.FromString(*credentials.offers()).credential_offer.error
    assert load_identity(state_dir) == kept
    credentials.take(pb.IdentityNotice(kind=KIND.KIND_ROTATE), 1000.0 + PAUSE_S)
    assert pb.AgentMessage.FromString(*credentials.offers()).credential_offer.sha256


def test_an_acceptance_of_something_else_changes_nothing(state_dir: Path) -> None:
    credentials = started(state_dir)
    credentials.take(pb.IdentityNotice(kind=KIND.KIND_ROTATE), 1000.0)
    credentials.take(pb.IdentityNotice(kind=KIND.KIND_ACCEPTED, sha256=digest("another")), 1000.0)
    credentials.take(pb.IdentityNotice(kind=KIND.KIND_ACCEPTED), 1000.0)
    credentials.take(pb.IdentityNotice(), 1000.0)
    assert credentials.present == FIRST.credential


def test_what_enroll_wrote_meanwhile_is_neither_overwritten_nor_overlooked(
    state_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    credentials = started(state_dir)
    again = FIRST._replace(credential="oxa_again")
    save_identity(state_dir, again)
    credentials.take(pb.IdentityNotice(kind=KIND.KIND_ROTATE), 1000.0)
    assert "was replaced" in pb.AgentMessage.FromString(*credentials.offers()).credential_offer.error
    assert load_identity(state_dir) == again
    assert credentials.refused(revoked=True)
    assert credentials.present == "oxa_again"
    assert not credentials.refused(revoked=True)
    save_identity(state_dir, FIRST._replace(agent_id=8))
    assert not credentials.refused(revoked=True)
    assert "enrolled as agent 8; start the agent again" in caplog.text


def test_a_revoked_agent_tries_no_older_credential(state_dir: Path) -> None:
    renew(started(state_dir), Hub(), Steps(-1), asked=True)
    credentials = started(state_dir)
    assert not credentials.refused(revoked=True)
    with pytest.raises(LinkRevokedError, match=r"revoked this agent \(stolen\); enroll it again with --force"):
        credentials.take(pb.IdentityNotice(kind=KIND.KIND_REVOKED, detail="stolen"), 1000.0)


def test_both_credentials_are_tried_once_and_the_newest_first_the_next_time(state_dir: Path) -> None:
    renew(started(state_dir), Hub(), Steps(-1), asked=True)
    credentials = started(state_dir)
    newest = credentials.present
    assert credentials.refused(revoked=False)
    assert credentials.present == FIRST.credential
    assert not credentials.refused(revoked=False)
    assert credentials.present == newest


def test_waiting_for_approval_is_said_once(state_dir: Path, caplog: pytest.LogCaptureFixture) -> None:
    credentials = started(state_dir)
    for _ in range(3):
        credentials.take(pb.IdentityNotice(kind=KIND.KIND_PENDING, detail="since Monday"), 1000.0)
    assert caplog.text.count("before somebody approves it: since Monday") == 1


def test_an_identity_is_replaced_only_as_long_as_it_is_what_was_expected(state_dir: Path) -> None:
    with pytest.raises(IdentityError, match="was replaced"):
        replace_identity(state_dir, FIRST._replace(credential="other"), FIRST)
    assert load_identity(state_dir) == FIRST
