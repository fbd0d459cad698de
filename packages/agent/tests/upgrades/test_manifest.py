"""Which releases may run here: the table of everything that is refused."""

import json

import pytest
from opsentrix_agent.errors import UpgradeError, UpgradeRefusedError
from opsentrix_agent.upgrades.manifest import (
    MAX_ARTEFACT_BYTES,
    Manifest,
    Signature,
    check_newer,
    check_signed,
    key_id,
    parse,
    version_key,
)

from .support import OWNER, STRANGER, public, signature, signed

CONTENT = b"the artefact"
GOOD = signed(CONTENT, "1.4.0", OWNER)


def test_a_release_of_a_trusted_key_passes() -> None:
    check_signed(GOOD, [public(STRANGER), public(OWNER)])
    check_signed(signed(CONTENT, "1.4.0", STRANGER, OWNER), [public(OWNER)])


def flipped(one: Signature) -> Signature:
    return one._replace(signature=bytes([one.signature[0] ^ 1]) + one.signature[1:])


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (GOOD._replace(signatures=()), "not signed."),
        (signed(CONTENT, "1.4.0", STRANGER), "a key that the policy trusts"),
        (GOOD._replace(version="1.4.1"), "a key that the policy trusts"),
        (GOOD._replace(sha256="0" * 64), "a key that the policy trusts"),
        (GOOD._replace(signatures=(flipped(GOOD.signatures[0]),)), "a key that the policy trusts"),
        (GOOD._replace(signatures=(GOOD.signatures[0]._replace(signature=b""),)), "a key that the policy trusts"),
        # A stranger's signature under the owner's name.
        (
            GOOD._replace(
                signatures=(signature(STRANGER, "1.4.0", GOOD.sha256)._replace(key_id=key_id(public(OWNER))),)
            ),
            "a key that the policy trusts",
        ),
    ],
    ids=["unsigned", "stranger", "version", "hash", "flipped", "empty", "borrowed-name"],
)
def test_every_other_release_is_refused(manifest: Manifest, said: str) -> None:
    with pytest.raises(UpgradeRefusedError, match=said):
        check_signed(manifest, [public(OWNER)])


def test_versions_sort_as_releases_follow_each_other() -> None:
    ordered = ["0.9", "1.2", "1.10", "2.0a1", "2.0b1", "2.0rc1", "2.0rc2", "2.0", "2.0.0.1"]
    assert sorted(ordered, key=version_key) == ordered
    assert version_key("1.0") == version_key("1")


@pytest.mark.parametrize("version", ["", "1.", "v1", "1.0-2", "1.0+x", "1.2.3.4.5", "1 ", "\u0661", "1" * 10, None, 1])
def test_other_versions_cannot_be_compared(version: object) -> None:
    with pytest.raises(UpgradeError, match="cannot be compared"):
        version_key(version)


@pytest.mark.parametrize("present", ["1.4.0", "1.4", "1.5", "2.0rc1"])
def test_only_a_newer_release_follows(present: str) -> None:
    with pytest.raises(UpgradeRefusedError, match="not newer"):
        check_newer(GOOD, present, allow_downgrade=False)
    check_newer(GOOD, present, allow_downgrade=True)
    check_newer(GOOD, "1.3.9", allow_downgrade=False)


def test_a_manifest_is_read_as_it_is_written() -> None:
    assert parse(json.dumps(GOOD.to_json()).encode()) == GOOD


@pytest.mark.parametrize(
    "change",
    [
        {"version": "../1"}, {"version": 1}, {"sha256": "AB" * 32}, {"sha256": None}, {"sha256": "ab"}, {"size": 0},
        {"size": True}, {"size": "5"}, {"size": MAX_ARTEFACT_BYTES + 1}, {"signatures": None}, {"signatures": [{}]},
        {"signatures": [{"key_id": "a", "signature": "zz"}]}, {"signatures": [{"key_id": "a", "signature": ""}] * 9},
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_not_taken(change: dict[str, object]) -> None:
    with pytest.raises(UpgradeError):
        parse(json.dumps({**GOOD.to_json(), **change}).encode())


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000])
def test_junk_is_no_manifest(text: bytes) -> None:
    with pytest.raises(UpgradeError, match="cannot be understood"):
        parse(text)
