"""Release keys: private, and what they sign is what agents verify."""

import base64
import json
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from opsentrix import cli
from opsentrix.errors import StartupError
from opsentrix.fleet.releases import offered
from opsentrix.signing import keygen, load, sign
from typer.testing import CliRunner


def artefact(folder: Path, version: str = "1.0") -> Path:
    path = folder / "opsentrix-agent.pyz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("VERSION", version)
    return path


def test_a_signed_release_is_offered(tmp_path: Path) -> None:
    public = keygen(tmp_path / "one.key")
    path = artefact(tmp_path)
    manifest = json.loads(sign(load(tmp_path / "one.key"), path).read_text())
    offer = offered(tmp_path)
    assert offer is not None
    assert not offer.problem
    message = f"opsentrix-agent-release\n1.0\n{manifest['sha256']}\n".encode()
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public))
    key.verify(bytes.fromhex(manifest["signatures"][0]["signature"]), message)


def test_several_keys_may_sign_each_once_and_none_what_was_before(tmp_path: Path) -> None:
    keys = []
    for name in ("one", "two"):
        keygen(tmp_path / name)
        keys.append(load(tmp_path / name))
    path = artefact(tmp_path)
    for key in (*keys, *keys):
        manifest = sign(key, path)
    assert len(json.loads(manifest.read_text())["signatures"]) == 2
    artefact(tmp_path, "1.1")
    sign(keys[0], path)
    assert len(json.loads(manifest.read_text())["signatures"]) == 1


def test_the_private_key_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "key"
    keygen(file)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StartupError, match="File exists"):
        keygen(file)
    file.chmod(0o640)
    with pytest.raises(StartupError, match="read by others"):
        load(file)


def test_junk_is_neither_key_nor_artefact(tmp_path: Path) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(b"junk")
    junk.chmod(0o600)
    with pytest.raises(StartupError, match="no private key"):
        load(junk)
    keygen(tmp_path / "key")
    with pytest.raises(StartupError, match="no artefact"):
        sign(load(tmp_path / "key"), junk)


def test_the_command_prints_the_public_key_and_never_the_private_one(tmp_path: Path) -> None:
    made = CliRunner().invoke(cli.cli, ["release", "keygen", str(tmp_path / "key")])
    assert len(base64.b64decode(made.output)) == 32
    path = artefact(tmp_path)
    signed = CliRunner().invoke(cli.cli, ["release", "sign", str(path), "--key", str(tmp_path / "key")])
    assert signed.exit_code == 0, signed.output
    assert "PRIVATE" not in made.output + signed.output
