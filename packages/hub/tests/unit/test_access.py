"""Scopes, permissions and the form of API tokens."""

import base64
from datetime import UTC, datetime

import pytest
from opsentrix.access import api_tokens
from opsentrix.model.access import Area, Permission, Principal, TokenUse, permits
from opsentrix.model.users import EVERYTHING, Login, Role, Scope, User

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
PROD = Scope(environments=frozenset(("prod",)))
DB = Scope(tags=frozenset(("db", "cache")))


def user(role: Role = Role.OPERATOR, scope: Scope = EVERYTHING) -> User:
    return User(1, "ann", role, False, WHEN, scope)


def token(maker: User, role: Role, scope: Scope = EVERYTHING) -> Principal:
    return Principal.through(maker, TokenUse(7, frozenset()), role, scope)


@pytest.mark.parametrize(
    ("scope", "environment", "tags", "within"),
    [
        (EVERYTHING, "", (), True),
        (EVERYTHING, "prod", ("db",), True),
        (PROD, "prod", (), True),
        (PROD, "staging", ("prod",), False),
        (PROD, "", (), False),
        (PROD, "Prod", (), False),
        (DB, "prod", ("web", "cache"), True),
        (DB, "db", ("dbx",), False),
        (Scope(PROD.environments, DB.tags), "prod", (), True),
        (Scope(PROD.environments, DB.tags), "staging", ("db",), True),
        (Scope(PROD.environments, DB.tags), "staging", ("web",), False),
    ],
)
def test_an_agent_is_within_by_its_environment_or_one_of_its_tags(
    scope: Scope, environment: str, tags: tuple[str, ...], within: bool
) -> None:
    assert scope.covers(environment, tags) is within


@pytest.mark.parametrize(
    ("made_by", "given", "has"),
    [
        (Role.ADMIN, Role.VIEWER, Role.VIEWER),
        (Role.ADMIN, Role.ADMIN, Role.ADMIN),
        (Role.VIEWER, Role.ADMIN, Role.VIEWER),
        (Role.OPERATOR, Role.ADMIN, Role.OPERATOR),
    ],
)
def test_a_token_has_the_lower_role_of_its_own_and_its_makers(made_by: Role, given: Role, has: Role) -> None:
    assert token(user(made_by), given).role is has


def test_a_token_reaches_what_both_it_and_its_maker_reach() -> None:
    both = token(user(scope=PROD), Role.VIEWER, DB)
    assert both.covers("prod", ("db",))
    assert not both.covers("prod", ())
    assert not both.covers("staging", ("db",))
    assert not both.everywhere
    assert token(user(scope=PROD), Role.VIEWER).scopes == (PROD,)
    assert token(user(), Role.VIEWER, DB).scopes == (DB,)
    assert token(user(), Role.VIEWER).everywhere


def test_the_audit_log_tells_people_from_their_tokens() -> None:
    assert Principal.of(Login(3, user(), WHEN, WHEN, "password", WHEN, WHEN, True, False, False)).actor == "user:ann"
    assert token(user(), Role.VIEWER).actor == "api_token:7/user:ann"


@pytest.mark.parametrize(
    ("permissions", "reads", "writes"),
    [
        ((), set(Area), set(Area) - {Area.RESPOND}),
        (("respond:write",), {Area.RESPOND}, {Area.RESPOND}),
        (("read",), set(Area), set()),
        (("agents:read",), {Area.AGENTS}, set()),
        (("agents:write",), {Area.AGENTS}, {Area.AGENTS}),
        (("metrics:read", "enrollment:write"), {Area.METRICS, Area.ENROLLMENT}, {Area.ENROLLMENT}),
        (("read", "retention:write"), set(Area), {Area.RETENTION}),
    ],
)
def test_permissions(permissions: tuple[str, ...], reads: set[Area], writes: set[Area]) -> None:
    given = frozenset(Permission(one) for one in permissions)
    assert {area for area in Area if permits(given, area, writing=False)} == reads
    assert {area for area in Area if permits(given, area, writing=True)} == writes


class TestForm:
    def test_every_token_is_another_and_well_formed(self) -> None:
        made = {api_tokens.make() for _ in range(50)}
        assert len(made) == 50
        for one in made:
            assert api_tokens.well_formed(one)
            assert len(base64.urlsafe_b64decode(one.removeprefix("opx_"))) == 36

    def test_a_known_token(self) -> None:
        # Of the bytes 0 to 31; the checksum is what `printf 'opx_...' | gzip` writes into its trailer, big-endian.
        assert api_tokens.well_formed("opx_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8zVCZu")

    def test_any_single_typo_is_found(self) -> None:
        good = api_tokens.make()
        for at in range(len(good)):
            other = "B" if good[at] == "A" else "A"
            assert not api_tokens.well_formed(good[:at] + other + good[at + 1 :]), at
        for bad in (
            good[:-1],
            good + "A",
            good.replace("opx_", "oxa_"),
            good.upper(),
            "",
            "opx_",
            f"{good}\n",
            "é" * 52,
        ):
            assert not api_tokens.well_formed(bad)
