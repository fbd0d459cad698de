"""Sealed messages, held against the test vectors of RFC 9180 and against everything that is not the next message."""

import pytest
from opsentrix_protocol import sealing
from opsentrix_protocol.sealing import Opener, SealBrokenError, Sealer, info_of, key_id, new_key, public_key_of

# RFC 9180, appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base setup.
RFC_INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
RFC_ENC = bytes.fromhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
RFC_PRIVATE = bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
RFC_PUBLIC = bytes.fromhex("4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a")
RFC_PLAIN = b"Beauty is truth, truth beauty"
RFC_SEALED = (
    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
    "6b53c051e4199c518de79594e1c4ab18b96f081549d45ce015be002090bb119e85285337cc95ba5f59992dc98c",
    "71146bd6795ccc9c49ce25dda112a48f202ad220559502cef1f34271e0cb4b02b4f10ecac6f48c32f878fae86b",
)
NONCE = bytes(range(32))


@pytest.fixture(scope="module")
def key() -> tuple[bytes, bytes]:
    return new_key()


def session(key: tuple[bytes, bytes], nonce: bytes = NONCE, agent_id: int = 7) -> tuple[Sealer, Opener]:
    """Return both ends of a session."""
    private, public = key
    sealer = Sealer(public, info_of(agent_id, public, nonce))
    return sealer, Opener(private, sealer.enc, info_of(agent_id, public, nonce))


def test_opens_what_the_rfc_sealed() -> None:
    assert public_key_of(RFC_PRIVATE) == RFC_PUBLIC
    kem = sealing._SUITE.kem
    context = sealing._SUITE.create_recipient_context(RFC_ENC, kem.deserialize_private_key(RFC_PRIVATE), RFC_INFO)
    opened = [context.open(bytes.fromhex(one), f"Count-{at}".encode()) for at, one in enumerate(RFC_SEALED)]
    assert opened == [RFC_PLAIN] * 3


def test_messages_arrive_in_their_order_and_cannot_be_read_on_the_way(key: tuple[bytes, bytes]) -> None:
    sealer, opener = session(key)
    for number in range(100):
        message = f"message {number}".encode()
        sealed = sealer.seal(message)
        assert b"message" not in sealed
        assert len(sealed) == len(message) + 16
        assert opener.open(sealed) == message


def test_the_same_message_looks_different_each_time(key: tuple[bytes, bytes]) -> None:
    (one, _), (other, _) = session(key), session(key)
    assert len({one.seal(b"same"), one.seal(b"same"), other.seal(b"same")}) == 3


def test_what_is_replayed_left_out_or_swapped_does_not_open(key: tuple[bytes, bytes]) -> None:
    for order in ((0, 0), (1, 0), (0, 2)):
        sealer, opener = session(key)
        sealed = [sealer.seal(b"one"), sealer.seal(b"two"), sealer.seal(b"three")]
        with pytest.raises(SealBrokenError):  # noqa: PT012 - which of the two it is depends on the order
            for at in order:
                opener.open(sealed[at])


@pytest.mark.parametrize(("nonce", "agent_id"), [(bytes(32), 7), (NONCE, 8)])
def test_a_session_does_not_open_what_another_sealed(key: tuple[bytes, bytes], nonce: bytes, agent_id: int) -> None:
    private, public = key
    sealer, _ = session(key)
    opener = Opener(private, sealer.enc, info_of(agent_id, public, nonce))
    with pytest.raises(SealBrokenError):
        opener.open(sealer.seal(b"one"))


def test_another_key_does_not_open(key: tuple[bytes, bytes]) -> None:
    sealer, _ = session(key)
    private, _ = new_key()
    with pytest.raises(SealBrokenError):
        Opener(private, sealer.enc, info_of(7, key[1], NONCE)).open(sealer.seal(b"one"))


@pytest.mark.parametrize("at", [0, 5, -16, -1])
def test_what_was_changed_or_cut_does_not_open(key: tuple[bytes, bytes], at: int) -> None:
    sealer, opener = session(key)
    sealed = bytearray(sealer.seal(b"message"))
    sealed[at] ^= 1
    with pytest.raises(SealBrokenError):
        opener.open(bytes(sealed))
    with pytest.raises(SealBrokenError):
        session(key)[1].open(bytes(sealed[:at]))


@pytest.mark.parametrize("enc", [b"", b"short", bytes(32), b"\xff" * 33])
def test_an_encapsulated_key_that_is_none_is_refused(key: tuple[bytes, bytes], enc: bytes) -> None:
    with pytest.raises(SealBrokenError):
        Opener(key[0], enc, b"").open(bytes(32))


@pytest.mark.parametrize("public", [b"", b"short", bytes(32)])
def test_a_public_key_that_is_none_is_refused(public: bytes) -> None:
    with pytest.raises(SealBrokenError):
        Sealer(public, b"")


def test_a_key_is_called_by_its_digest(key: tuple[bytes, bytes]) -> None:
    assert len(key_id(key[1])) == 8
    assert key_id(RFC_PUBLIC) != key_id(key[1])
