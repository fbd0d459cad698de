import json
import os
from pathlib import Path

import pytest
from opsentrix_agent.errors import IdentityError
from opsentrix_agent.identity import Identity, hold_identity, load_identity, save_identity

IDENTITY = Identity(7, "s3cret", "https://hub.example")


def test_what_is_saved_is_loaded_and_only_the_owner_can_read_it(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        path = save_identity(tmp_path / "state", IDENTITY)
    finally:
        os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert load_identity(tmp_path / "state") == IDENTITY
    assert [entry.name for entry in path.parent.iterdir()] == ["identity.json"]


def test_saving_replaces_and_is_not_led_astray_by_a_leftover(tmp_path: Path) -> None:
    save_identity(tmp_path, IDENTITY)
    leftover = tmp_path / f".identity.json.{os.getpid()}"
    leftover.symlink_to(tmp_path / "elsewhere")
    save_identity(tmp_path, Identity(8, "new", "https://hub.example"))
    assert load_identity(tmp_path) == Identity(8, "new", "https://hub.example")
    assert not (tmp_path / "elsewhere").exists()


def test_no_file_means_not_enrolled(tmp_path: Path) -> None:
    assert load_identity(tmp_path) is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", json.dumps({"agent_id": "7", "credential": "x", "server_url": "http://h"}),
     json.dumps({"agent_id": 7, "credential": "", "server_url": "http://h"}),
     json.dumps({"agent_id": 7, "credential": "x", "server_url": "http://h", "previous_credential": 1})],
)  # fmt: skip
def test_a_damaged_file_is_said_to_be_so(tmp_path: Path, content: str) -> None:
    (tmp_path / "identity.json").write_text(content)
    with pytest.raises(IdentityError, match="damaged"):
        load_identity(tmp_path)


def test_a_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IdentityError, match="cannot be written"):
        save_identity(tmp_path / "file" / "state", IDENTITY)


def test_an_identity_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    save_identity(tmp_path, IDENTITY)
    with hold_identity(tmp_path):
        with pytest.raises(IdentityError, match="Another agent runs"):
            hold_identity(tmp_path)
        save_identity(tmp_path, IDENTITY._replace(credential="new"))  # another file, but the lock is none of it
        with pytest.raises(IdentityError, match="Another agent runs"):
            hold_identity(tmp_path)
    hold_identity(tmp_path).close()


def test_the_credential_does_not_show_when_printed() -> None:
    assert "s3cret" not in repr(IDENTITY)
