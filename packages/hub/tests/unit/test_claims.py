"""What claims come to: a role, a name, whether somebody may come."""

from typing import Any

import pytest
from opsentrix.access.claims import ClaimRules, claimed, username_of
from opsentrix.access.id_tokens import seconds
from opsentrix.model.users import Role

ROLES = {"sre": Role.ADMIN, "dev": Role.OPERATOR, "all": Role.VIEWER}


def rules(claim: str = "groups", default: Role | None = None, domains: tuple[str, ...] = ()) -> ClaimRules:
    return ClaimRules(claim, ROLES, default, frozenset(domains))


@pytest.mark.parametrize(
    ("claim", "claims", "role"),
    [
        ("groups", {"groups": ["all", "sre", "dev"]}, Role.ADMIN),
        ("groups", {"groups": ["dev"]}, Role.OPERATOR),
        ("groups", {"groups": "all"}, Role.VIEWER),
        ("groups", {"groups": ["SRE", "/sre", "sre "]}, None),
        ("groups", {"groups": "sre,all"}, None),
        ("groups", {"groups": {"sre": True}}, None),
        ("groups", {"groups": [["sre"], {"sre": 1}, 1, None, True]}, None),
        ("groups", {"groups": None}, None),
        ("groups", {}, None),
        ("realm_access.roles", {"realm_access": {"roles": ["dev"]}}, Role.OPERATOR),
        ("realm_access.roles", {"realm_access": ["roles"]}, None),
        ("realm_access.roles", {"realm_access": None}, None),
        ("https://example.org/roles", {"https://example.org/roles": ["dev"]}, Role.OPERATOR),
        ("a.b", {"a.b": "dev", "a": {"b": "sre"}}, Role.OPERATOR),
    ],
)
def test_role(claim: str, claims: dict[str, Any], role: Role | None) -> None:
    assert claimed({"sub": "1", **claims}, rules(claim), "i").role is role
    assert claimed({"sub": "1", **claims}, rules(claim, Role.VIEWER), "i").role is (role or Role.VIEWER)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ann", "ann"), ("Ann Lee", "Ann-Lee"), ("ann@example.org", "ann@example.org"), ("..ann", "ann"), ("änn", "nn"),
        ("a" * 90, "a" * 64), ("日本", ""), ("", ""), ("-", ""), ("a\u202e", "a"),
    ],
)  # fmt: skip
def test_names_are_as_the_hub_wants_them(label: str, name: str) -> None:
    assert username_of(label) == name


@pytest.mark.parametrize(
    ("claims", "label"),
    [
        ({"preferred_username": "ann", "email": "a@b"}, "ann"),
        ({"preferred_username": "", "email": "a@b"}, "a@b"),
        ({"preferred_username": ["ann"], "name": "Ann"}, "Ann"),
        ({"name": "Ann\r\nuser:admin\x1b[0m"}, "Annuser:admin[0m"),
        ({"name": "x" * 1000}, "x" * 128),
        ({}, "sub-1"),
    ],
)
def test_labels_are_printable_and_short(claims: dict[str, Any], label: str) -> None:
    assert claimed({"sub": "sub-1", **claims}, rules(), "i").label == label


@pytest.mark.parametrize(
    ("claims", "welcome"),
    [
        ({"email": "ann@example.org", "email_verified": True}, True),
        ({"email": "ann@example.org", "email_verified": 1}, False),
        ({"email": "ann@example.org"}, False),
        ({"email": "ann@example.org@evil.example", "email_verified": True}, False),
        ({"email": "ann@sub.example.org", "email_verified": True}, False),
        ({"email": ["ann@example.org"], "email_verified": True}, False),
    ],
)
def test_domains(claims: dict[str, Any], welcome: bool) -> None:
    assert claimed({"sub": "1", **claims}, rules(domains=("example.org",)), "i").welcome is welcome
    assert claimed({"sub": "1", **claims}, rules(), "i").welcome


@pytest.mark.parametrize("value", [None, "1", True, -1, float("nan"), float("inf"), 10**400, [1], {}])
def test_what_is_no_time(value: object) -> None:
    assert seconds({"auth_time": value}, "auth_time") is None
