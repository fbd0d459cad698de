"""Secrets that must be readable again."""

import base64
import os
from pathlib import Path

import pytest
from opsentrix import vault as vaults
from opsentrix.errors import StartupError
from opsentrix.vault import SealError, Vault

KEY, OTHER = bytes(range(32)), bytes(range(32, 64))


def test_a_secret_opens_for_its_purpose_alone() -> None:
    vault = Vault(KEY)
    sealed = vault.seal("totp:1", b"secret")
    assert b"secret" not in sealed
    assert vault.open("totp:1", sealed) == b"secret"
    assert vault.seal("totp:1", b"secret") != sealed
    with pytest.raises(SealError, match="another one's"):
        vault.open("totp:2", sealed)


@pytest.mark.parametrize("at", [4, 15, 16, -1])
def test_what_was_changed_does_not_open(at: int) -> None:
    vault = Vault(KEY)
    sealed = bytearray(vault.seal("totp:1", b"secret"))
    sealed[at] ^= 1
    with pytest.raises(SealError, match="was changed"):
        vault.open("totp:1", bytes(sealed))


@pytest.mark.parametrize("length", range(40))
def test_what_was_cut_off_does_not_open(length: int) -> None:
    vault = Vault(KEY)
    with pytest.raises(SealError):
        vault.open("totp:1", vault.seal("totp:1", b"secret..")[:length])


def test_an_older_key_still_opens_and_the_newest_seals() -> None:
    older = Vault(KEY).seal("totp:1", b"secret")
    vault = Vault(OTHER, KEY)
    assert vault.open("totp:1", older) == b"secret"
    assert Vault(OTHER).open("totp:1", vault.seal("totp:1", b"new")) == b"new"
    with pytest.raises(SealError, match="No key"):
        Vault(OTHER).open("totp:1", older)


def test_derived_keys_differ_by_purpose_and_key() -> None:
    assert len({Vault(key).derive(purpose) for key in (KEY, OTHER) for purpose in ("a", "b")}) == 4
    assert Vault(KEY).derive("a") == Vault(KEY, OTHER).derive("a")


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secrets.key"
    sealed = vaults.load(path).seal("totp:1", b"secret")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secrets.key"]
    assert vaults.load(path).open("totp:1", sealed) == b"secret"


@pytest.mark.parametrize("content", [b"", b"not base64!\n", base64.b64encode(b"short"), b"\xff\xfe"])
def test_a_key_file_without_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StartupError, match=r"secrets\.key"):
        vaults.load(path)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    path.write_bytes(base64.b64encode(os.urandom(32)))
    path.chmod(0o640)
    with pytest.raises(StartupError, match="chmod 600"):
        vaults.load(path)
