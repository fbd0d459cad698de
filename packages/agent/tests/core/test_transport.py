import logging
import shutil
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from opsentrix_agent import tls
from opsentrix_agent.backoff import REVOKED_S, Backoff
from opsentrix_agent.clienttls import ClientTls
from opsentrix_agent.credentials import Credentials
from opsentrix_agent.errors import HubError
from opsentrix_agent.framing import Layout
from opsentrix_agent.greeting import Greeting
from opsentrix_agent.hubhttp import ask
from opsentrix_agent.identity import Identity, load_identity, save_identity
from opsentrix_agent.link import Link
from opsentrix_agent.links import Dialled
from opsentrix_agent.links.websocket import CONNECT_PATH, dialer
from opsentrix_agent.orders import Duties
from opsentrix_agent.settings import Settings
from opsentrix_agent.spool import Spool
from opsentrix_agent.transport import Transport
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.layouts import layout_from_wire

from .fakehub import CREDENTIAL, FakeHub
from .support import BOOT, layout, put

CERTIFICATES = Path(__file__).parent / "tls"

pytestmark = pytest.mark.timeout(60)


class Waits(Backoff):
    """Records the waits asked for and makes them short."""

    def __init__(self) -> None:
        super().__init__(uniform=lambda _low, high: high)
        self.asked: list[float] = []
        self.failing = threading.Event()

    def failed(self, *, refused: bool = False, revoked: bool = False) -> float:
        self.asked.append(super().failed(refused=refused, revoked=revoked))
        self.failing.set()
        return 0.02


class Client:
    """An agent's link to the fake hub, fed by hand."""

    def __init__(
        self,
        hub: FakeHub,
        credential: str = CREDENTIAL,
        tls: ClientTls | None = None,
        host: str = "127.0.0.1",
        state_dir: Path = Path("/nonexistent"),
    ) -> None:
        self.spool = Spool(1 << 22)
        self.paces: list[int] = []
        self.waits = Waits()
        credentials = Credentials(state_dir, load_identity(state_dir) or Identity(7, credential, hub.url))
        self.link = Link(
            self.spool, Greeting("test", BOOT, 1000, 5), self.paces.append, duties=Duties(credentials=credentials)
        )
        self.transport = Transport(
            self.link,
            dialer(Dialled(hub.url.replace("127.0.0.1", host), 7, tls)),
            credentials,
            tls,
            self.waits,
            spool_is_empty=lambda: not len(self.spool),
        )

    def put(self, *seqs: int, of: Layout | None = None) -> None:
        put(self.spool, *seqs, of=of)
        self.transport.wake()


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub() as running:
        yield running


@pytest.fixture
def client(hub: FakeHub) -> Iterator[Client]:
    one = Client(hub)
    one.transport.start()
    yield one
    one.transport.stop(0)
    assert not one.transport.is_alive()


def has(*seqs: int) -> "set[tuple[bytes, int]]":
    return {(BOOT, seq) for seq in seqs}


def test_frames_arrive_whole_and_are_forgotten(hub: FakeHub, client: Client) -> None:
    client.put(1, 2, 3)
    assert hub.wait_for(lambda it: set(it.frames) == has(1, 2, 3))
    assert hub.paths == [CONNECT_PATH]
    assert [one.labels for one in layout_from_wire(hub.frames[BOOT, 1].layout)] == [
        one.labels for one in layout().series
    ]
    client.put(4)
    assert hub.wait_for(lambda it: set(it.frames) == has(1, 2, 3, 4))
    client.transport.stop(5)
    assert len(client.spool) == 0
    assert hub.wait_for(lambda it: it.statuses[-1:] == [pb.AGENT_STATUS_OFFLINE])


def test_a_hub_that_is_killed_and_comes_back_loses_nothing_and_gets_nothing_twice(hub: FakeHub, client: Client) -> None:
    client.put(1, 2)
    assert hub.wait_for(lambda it: set(it.frames) == has(1, 2))
    hub.acking = False  # from here on the hub commits, but dies before it can say so
    client.put(3, 4)
    assert hub.wait_for(lambda it: set(it.frames) == has(1, 2, 3, 4))
    hub.kill()
    assert client.waits.failing.wait(10)
    client.put(5, 6, of=layout("other"))
    hub.acking = True
    hub.start()
    assert hub.wait_for(lambda it: set(it.frames) == has(1, 2, 3, 4, 5, 6), 15)
    client.put(7)
    assert hub.wait_for(lambda it: (BOOT, 7) in it.frames)
    assert set(hub.copies.values()) == {1}
    assert len(hub.hellos) == 2
    client.transport.stop(5)
    assert (len(client.spool), client.spool.dropped) == (0, 0)


def test_many_frames_pass_the_window(hub: FakeHub, client: Client) -> None:
    client.link.stopping = True  # without the restraint that old frames are sent with
    client.put(*range(1, 501))
    assert hub.wait_for(lambda it: len(it.frames) == 500)
    assert set(hub.copies.values()) == {1}


def test_the_pace_reaches_the_agent(hub: FakeHub, client: Client) -> None:
    client.put(1)
    assert hub.wait_for(lambda it: bool(it.frames))
    hub.send(pb.HubMessage(pace=pb.Pace(frame_ticks=1)))
    client.put(2)
    hub.send(pb.HubMessage(pace=pb.Pace(frame_ticks=3)))
    client.put(3)
    assert hub.wait_for(lambda it: (BOOT, 3) in it.frames)
    client.transport.stop(5)
    assert client.paces == [5, 1, 3, 5]


def test_a_refused_credential_is_said_once_and_tried_again_minutes_later(
    hub: FakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    one = Client(hub, "wrong")
    one.transport.start()
    assert one.waits.failing.wait(10)
    one.waits.failing.clear()
    assert one.waits.failing.wait(10)
    one.transport.stop(0)
    assert all(wait >= 60 for wait in one.waits.asked)
    assert caplog.text.count("refuses this agent's credential (HTTP 401)") == 1
    assert "wrong" not in caplog.text


def test_the_waits_grow_while_the_hub_is_away_and_start_over_after_welcome(
    hub: FakeHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    hub.kill()
    one = Client(hub)
    one.transport.start()
    while len(one.waits.asked) < 3:
        assert one.waits.failing.wait(10)
        one.waits.failing.clear()
    hub.start()
    one.put(1)
    assert hub.wait_for(lambda it: bool(it.frames))
    assert one.waits.asked[:3] == [1, 2, 4]
    before = len(one.waits.asked)
    hub.kill()
    while len(one.waits.asked) == before:
        assert one.waits.failing.wait(10)
        one.waits.failing.clear()
    one.transport.stop(0)
    assert one.waits.asked[before] == 1
    assert caplog.text.count("Connection refused") <= 2


def test_a_new_credential_is_used_on_a_new_connection_and_nothing_is_lost(hub: FakeHub, tmp_path: Path) -> None:
    save_identity(tmp_path, Identity(7, CREDENTIAL, hub.url))
    one = Client(hub, state_dir=tmp_path)
    one.transport.start()
    one.put(1)
    assert hub.wait_for(lambda it: set(it.frames) == has(1))
    hub.send(pb.HubMessage(identity_notice=pb.IdentityNotice(kind=pb.IdentityNotice.KIND_ROTATE)))
    assert hub.wait_for(lambda it: len(it.hellos) == 2)
    hub.known = set(hub.offered)
    one.put(2)
    assert hub.wait_for(lambda it: set(it.frames) == has(1, 2))
    one.transport.stop(5)
    assert load_identity(tmp_path) != Identity(7, CREDENTIAL, hub.url)
    again = Client(hub, state_dir=tmp_path)
    again.put(3)
    again.transport.start()
    assert hub.wait_for(lambda it: set(it.frames) == has(1, 2, 3))
    again.transport.stop(5)
    assert set(hub.copies.values()) == {1}


@pytest.mark.parametrize("live", [True, False], ids=["in a session", "on connecting"])
def test_a_revoked_agent_says_so_and_waits_for_most_of_an_hour(
    hub: FakeHub, caplog: pytest.LogCaptureFixture, live: bool
) -> None:
    one = Client(hub)
    if live:
        one.transport.start()
        assert hub.wait_for(lambda it: len(it.hellos) == 1)
        hub.send(pb.HubMessage(identity_notice=pb.IdentityNotice(kind=pb.IdentityNotice.KIND_REVOKED)))
    hub.refuse_with, hub.refusal = 403, "revoked"
    if not live:
        one.transport.start()
    assert one.waits.failing.wait(10)
    one.transport.stop(0)
    assert one.waits.asked[0] == REVOKED_S[1]
    assert "the hub has revoked this agent; enroll it again with --force" in caplog.text


def test_an_answer_that_is_no_websocket_is_retried(hub: FakeHub) -> None:
    hub.refuse_with = 503
    one = Client(hub)
    one.transport.start()
    assert one.waits.failing.wait(10)
    hub.refuse_with = None
    one.put(1)
    assert hub.wait_for(lambda it: bool(it.frames))
    one.transport.stop(1)


def test_a_redirect_is_not_followed_so_the_credential_goes_nowhere(hub: FakeHub) -> None:
    with FakeHub() as elsewhere:
        hub.refuse_with, hub.redirect_to = 302, elsewhere.url + CONNECT_PATH
        one = Client(hub)
        one.transport.start()
        assert one.waits.failing.wait(10)
        one.transport.stop(0)
        assert hub.paths
        assert elsewhere.paths == []


def test_an_idle_link_does_not_spin(hub: FakeHub, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.put(1)
    assert hub.wait_for(lambda it: bool(it.frames))
    turns: list[float] = []
    deadline = client.link.deadline

    def counted(now: float) -> float:
        turns.append(now)
        return deadline(now)

    monkeypatch.setattr(client.link, "deadline", counted)
    client.transport.wake()
    threading.Event().wait(0.3)
    assert 1 <= len(turns) < 20


def test_a_ping_of_the_hub_is_answered(hub: FakeHub, client: Client) -> None:
    client.put(1)
    assert hub.wait_for(lambda it: bool(it.frames))
    assert hub.ping(seconds=5)


def test_stopping_without_a_hub_takes_no_longer_than_asked(hub: FakeHub) -> None:
    hub.kill()
    one = Client(hub)
    one.put(1)
    one.transport.start()
    assert one.waits.failing.wait(10)
    one.transport.stop(0.2)
    assert not one.transport.is_alive()
    assert len(one.spool) == 1


@pytest.fixture
def tls_hub() -> Iterator[FakeHub]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    with FakeHub(context) as running:
        yield running


def trusting(hub: FakeHub, authority: Path | None) -> ClientTls:
    settings = Settings(state_dir=Path("/nonexistent"), tls_ca=authority)
    return ClientTls(settings, Identity(7, CREDENTIAL, hub.url), hub.url)


def test_a_hub_with_a_certificate_of_the_named_ca_is_trusted(tls_hub: FakeHub) -> None:
    one = Client(tls_hub, tls=trusting(tls_hub, CERTIFICATES / "ca.pem"))
    one.link.stopping = True  # without the restraint that old frames are sent with
    one.put(*range(1, 301))
    one.transport.start()
    assert tls_hub.wait_for(lambda it: len(it.frames) == 300)
    one.transport.stop(5)
    assert len(one.spool) == 0
    assert set(tls_hub.copies.values()) == {1}


def test_a_hub_of_an_authority_in_the_systems_directory_is_trusted(
    tls_hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(CERTIFICATES / "ca.pem", tmp_path / "b028dd58.0")  # as `openssl x509 -hash` names it
    monkeypatch.setattr(tls, "hashed_directory", lambda _paths: str(tmp_path))
    one = Client(tls_hub, tls=trusting(tls_hub, None))
    one.put(1)
    one.transport.start()
    assert tls_hub.wait_for(lambda it: bool(it.frames))
    one.transport.stop(5)


@pytest.mark.parametrize("authority", ["other-ca.pem", None], ids=["another CA", "the system's"])
def test_any_other_hub_never_sees_the_credential(
    tls_hub: FakeHub, authority: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    one = Client(tls_hub, tls=trusting(tls_hub, CERTIFICATES / authority if authority else None))
    one.transport.start()
    assert one.waits.failing.wait(10)
    one.transport.stop(0)
    assert tls_hub.paths == []
    assert "comes from an authority that is not trusted here" in caplog.text


def test_a_certificate_for_another_name_is_not_trusted(tls_hub: FakeHub, caplog: pytest.LogCaptureFixture) -> None:
    one = Client(tls_hub, tls=trusting(tls_hub, CERTIFICATES / "ca.pem"), host="localhost")
    one.transport.start()
    assert one.waits.failing.wait(10)
    one.transport.stop(0)
    assert tls_hub.paths == []
    assert "is for another name" in caplog.text


def test_enrolling_tells_of_a_certificate_that_cannot_be_trusted(tls_hub: FakeHub) -> None:
    with pytest.raises(HubError, match=r"cannot be trusted: .* Name its CA with tls_ca"):
        ask(tls_hub.url, "/health", tls_ca=CERTIFICATES / "other-ca.pem")
