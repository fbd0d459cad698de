"""What the claims of a provider come to on this hub: who it is, which role, whether they may come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from opsentrix.access.id_tokens import Claims, seconds
from opsentrix.model.identities import Claimed
from opsentrix.model.users import Role

_LABEL_CHARS = 128


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """What the owner of the hub decided.

    Attributes:
        role_claim: the claim that decides on roles; with dots for one that lies in another.
        roles: by the values of that claim.
        default_role: for who has none of these values; None to refuse them.
        domains: of which an address must be, in lower case; empty for any, or none.
    """

    role_claim: str
    roles: Mapping[str, Role]
    default_role: Role | None
    domains: frozenset[str]

    def complete(self, claims: Claims) -> bool:
        """Return whether nothing that is asked for is missing."""
        named = any(isinstance(claims.get(one), str) for one in ("preferred_username", "email", "name"))
        role = not self.roles or _value(claims, self.role_claim) is not None
        return named and role and (not self.domains or "email" in claims)


def claimed(claims: Claims, rules: ClaimRules, issuer: str) -> Claimed:
    """Return who came.

    Args:
        claims: checked; `sub` is text.
        rules: the hub's.
        issuer: the provider.
    """
    logged_in = seconds(claims, "auth_time")
    return Claimed(
        issuer=issuer,
        subject=str(claims["sub"]),
        label=_label(claims),
        role=_role(claims, rules),
        welcome=not rules.domains or _domain(claims) in rules.domains,
        logged_in_at=None if logged_in is None else datetime.fromtimestamp(logged_in, UTC),
    )


def username_of(label: str) -> str:
    """Return a label as a user name may be: letters, digits and `. _ @ + -`; empty when nothing is left of it."""
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "._@+-") else "-" for char in label)
    return kept.lstrip("._@+-")[:64].rstrip("-")


def _label(claims: Claims) -> str:
    for name in ("preferred_username", "email", "name", "sub"):
        value = claims.get(name)
        if isinstance(value, str):
            printable = "".join(char for char in value if char.isprintable()).strip()[:_LABEL_CHARS]
            if printable:
                return printable
    return ""


def _role(claims: Claims, rules: ClaimRules) -> Role | None:
    value = _value(claims, rules.role_claim)
    values = value if isinstance(value, list) else [value]
    given = {rules.roles[one] for one in values if isinstance(one, str) and one in rules.roles}
    return max(given, key=list(Role).index) if given else rules.default_role


def _value(claims: Claims, path: str) -> object:
    """Return a claim by its name, or one that lies in another by both names with a dot between."""
    if path in claims:
        return claims[path]
    value: object = claims
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _domain(claims: Claims) -> str | None:
    """Return the domain of the address, if the provider made sure that it is this person's."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True or "@" not in email:
        return None
    return email.rpartition("@")[2].casefold()
