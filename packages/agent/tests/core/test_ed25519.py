"""Signatures: those of RFC 8032 are good, and whatever was changed in them is not."""

import pytest
from opsentrix_agent.ed25519 import verify

# Section 7.1 of the RFC: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
            "24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
            "eeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed2"
            "8dc027beceea1ec40a"
        ),
    ),
]
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_signatures_of_the_rfc_are_good(key: str, message: str, signature: str) -> None:
    assert verify(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))


@pytest.mark.parametrize("at", [0, 31, 32, 63])
def test_a_changed_byte_is_noticed(at: int) -> None:
    key, message, signature = map(bytes.fromhex, VECTORS[2])
    changed = bytearray(signature)
    changed[at] ^= 1
    assert not verify(key, message, bytes(changed))


def test_another_message_or_key_is_noticed() -> None:
    key, message, signature = map(bytes.fromhex, VECTORS[2])
    assert not verify(key, message + b"\0", signature)
    assert not verify(bytes.fromhex(VECTORS[1][0]), message, signature)


def test_the_same_signature_with_a_response_beyond_the_order_is_refused() -> None:
    key, message, signature = map(bytes.fromhex, VECTORS[1])
    response = int.from_bytes(signature[32:], "little") + ORDER
    assert not verify(key, message, signature[:32] + response.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "key",
    [
        b"",
        bytes(31),
        bytes(33),
        (2**255 - 19).to_bytes(32, "little"),  # not below the prime
        (2).to_bytes(32, "little"),  # no x has it
        (1 + (1 << 255)).to_bytes(32, "little"),  # x is 0 and has no sign
    ],
)
def test_what_is_not_a_key_verifies_nothing(key: bytes) -> None:
    _, message, signature = map(bytes.fromhex, VECTORS[0])
    assert not verify(key, message, signature)


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(65), b"\xff" * 64])
def test_what_is_not_a_signature_is_not_good(signature: bytes) -> None:
    assert not verify(bytes.fromhex(VECTORS[0][0]), b"", signature)
