import json
from base64 import b64encode
from pathlib import Path

import pytest
from opsentrix_agent.errors import UpgradeRefusedError
from opsentrix_agent.upgrades.policy import UpgradePolicy, load_policy

from .support import OWNER, public, write_policy

KEY = b64encode(public(OWNER)).decode()


def test_the_owner_names_keys_and_how_far_he_goes(tmp_path: Path) -> None:
    file = write_policy(tmp_path / "policy.json", OWNER)
    assert load_policy(file) == UpgradePolicy((public(OWNER),), allow_downgrade=False, deadline_s=180)
    file = write_policy(tmp_path / "policy.json", OWNER, allow_downgrade=True, deadline_s=30)
    assert load_policy(file) == UpgradePolicy((public(OWNER),), allow_downgrade=True, deadline_s=30)


def test_without_a_policy_nothing_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(UpgradeRefusedError, match="not allowed by the owner: there is no"):
        load_policy(tmp_path / "policy.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "no JSON object"),
        ("{}", "says nothing of them"),
        ({"upgrades": {}}, "1 to 16 public keys"),
        ({"upgrades": {"keys": []}}, "1 to 16 public keys"),
        ({"upgrades": {"keys": [KEY] * 17}}, "1 to 16 public keys"),
        ({"upgrades": {"keys": [KEY[:-2]]}}, "no public key"),
        ({"upgrades": {"keys": [KEY + "\n"]}}, "no public key"),
        ({"upgrades": {"keys": [3]}}, "no public key"),
        ({"upgrades": {"keys": [KEY], "allow_downgrade": 1}}, "true or false"),
        ({"upgrades": {"keys": [KEY], "deadline_s": 1}}, "deadline_s"),
        ({"upgrades": {"keys": [KEY], "allow_downgrades": True}}, "must be an object with"),
    ],
)
def test_a_policy_that_is_wrong_allows_nothing(tmp_path: Path, content: object, said: str) -> None:
    file = tmp_path / "policy.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(UpgradeRefusedError, match=said):
        load_policy(file)


def test_a_policy_that_others_could_have_written_is_not_followed(tmp_path: Path) -> None:
    file = write_policy(tmp_path / "etc" / "policy.json", OWNER)
    file.chmod(0o666)
    with pytest.raises(UpgradeRefusedError, match="can be written by others"):
        load_policy(file)
    file.chmod(0o644)
    file.parent.chmod(0o777)
    with pytest.raises(UpgradeRefusedError, match="can be written by others"):
        load_policy(file)


def test_a_link_is_no_policy(tmp_path: Path) -> None:
    write_policy(tmp_path / "real.json", OWNER)
    (tmp_path / "policy.json").symlink_to("real.json")
    with pytest.raises(UpgradeRefusedError, match="not a plain file"):
        load_policy(tmp_path / "policy.json")
