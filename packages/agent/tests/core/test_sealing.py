"""Sealing from the agent's side: nothing ever leaves in plain, whatever the hub does."""

import base64
import sys

import pytest
from opsentrix_agent.envelope import Envelope
from opsentrix_agent.errors import LinkError, SettingsError
from opsentrix_agent.greeting import Greeting
from opsentrix_agent.link import Link, Phase
from opsentrix_agent.sealing import sealing_to
from opsentrix_agent.spool import Spool
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.sealing import Opener, info_of, key_id, new_key

from .support import BOOT, put

PRIVATE, PUBLIC = new_key()
NONCE = bytes(range(32))


class Hub:
    """The other end: it offers seals, and opens what comes."""

    def __init__(self) -> None:
        self.spool = Spool(1 << 20)
        put(self.spool, 1, 2)
        self.link = Link(self.spool, Greeting("1", BOOT, 1000, 5), uniform=lambda _low, _high: 0.0)
        self.link.envelope = Envelope(sealing_to(base64.b64encode(PUBLIC).decode(), 7))
        self.opener: Opener | None = None

    def asked(self) -> pb.SealRequest:
        """Connect, and return what comes first."""
        message = pb.AgentMessage.FromString(self.link.open(100.0))
        assert message.WhichOneof("body") == "seal_request"
        return message.seal_request

    def say(self, message: pb.HubMessage) -> None:
        self.link.receive(message.SerializeToString(), 100.0)

    def came(self) -> list[pb.AgentMessage]:
        """Return all that the agent sends now, opened."""
        opened = []
        while (data := self.link.poll(100.0)) is not None:
            opened.append(self.open(data))
        return opened

    def open(self, data: bytes) -> pb.AgentMessage:
        message = pb.AgentMessage.FromString(data)
        assert message.WhichOneof("body") == "sealed", "it came in plain"
        if self.opener is None:
            self.opener = Opener(PRIVATE, message.sealed.enc, info_of(7, PUBLIC, NONCE))
        else:
            assert not message.sealed.enc
        return pb.AgentMessage.FromString(self.opener.open(message.sealed.ciphertext))


OFFER = pb.HubMessage(seal_offer=pb.SealOffer(nonce=NONCE))
WELCOME = pb.HubMessage(welcome=pb.Welcome(hub_version="9"))


def test_everything_is_sealed_from_hello_to_farewell() -> None:
    hub = Hub()
    assert hub.asked().key_id == key_id(PUBLIC)
    assert hub.link.poll(100.0) is None, "nothing goes before the hub has offered a seal"
    hub.say(OFFER)
    assert [one.WhichOneof("body") for one in hub.came()] == ["hello"]
    hub.say(WELCOME)
    assert hub.link.phase is Phase.OPEN
    assert [one.frame.seq for one in hub.came()] == [1, 2]
    assert hub.open(hub.link.farewell()).heartbeat.status == pb.AGENT_STATUS_OFFLINE


def test_each_connection_has_a_seal_of_its_own() -> None:
    hub = Hub()
    for _ in range(2):
        hub.opener = None
        hub.asked()
        hub.say(OFFER)
        assert [one.WhichOneof("body") for one in hub.came()] == ["hello"]


def test_a_hub_that_welcomes_without_a_seal_gets_nothing() -> None:
    hub = Hub()
    hub.asked()
    hub.say(WELCOME)
    with pytest.raises(LinkError, match="does not take sealed"):
        hub.link.poll(100.0)


@pytest.mark.parametrize("nonce", [b"", bytes(31), bytes(33)])
def test_a_wrong_nonce_ends_the_session(nonce: bytes) -> None:
    hub = Hub()
    hub.asked()
    with pytest.raises(LinkError, match="nonce"):
        hub.say(pb.HubMessage(seal_offer=pb.SealOffer(nonce=nonce)))


def test_a_second_offer_ends_the_session() -> None:
    hub = Hub()
    hub.asked()
    hub.say(OFFER)
    with pytest.raises(LinkError, match="did not ask"):
        hub.say(OFFER)


def test_an_offer_to_an_agent_that_does_not_seal_ends_the_session() -> None:
    hub = Hub()
    hub.link.envelope = Envelope()
    hub.link.open(100.0)
    with pytest.raises(LinkError, match="did not ask"):
        hub.say(OFFER)


@pytest.mark.parametrize("key", ["", "no base64!", base64.b64encode(bytes(31)).decode()])
def test_without_a_key_it_does_not_start(key: str) -> None:
    with pytest.raises(SettingsError, match="set payload_key"):
        sealing_to(key, 7)


def test_without_the_library_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opsentrix_protocol.sealing", None)
    with pytest.raises(SettingsError, match=r"opsentrix-agent\[encryption\]"):
        sealing_to(base64.b64encode(PUBLIC).decode(), 7)


def test_a_key_that_is_no_point_is_noticed() -> None:
    sealing = sealing_to(base64.b64encode(bytes(32)).decode(), 7)
    with pytest.raises(LinkError):
        sealing.start(NONCE)
