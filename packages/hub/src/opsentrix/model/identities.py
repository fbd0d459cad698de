"""Who people are at an OpenID Connect provider."""

from dataclasses import dataclass
from datetime import datetime

from opsentrix.model.users import Role

OIDC = "oidc"
"""The method of sessions that began at a provider."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a provider says of somebody who logged in there, checked.

    Attributes:
        issuer: the provider.
        subject: who, for this provider for ever.
        label: what people know them by: the user name there, or the address.
        role: by the claims; None when they give none.
        welcome: whether the address is of a domain that may come.
        logged_in_at: when they last proved to the provider to be themselves; None when it does not tell.
    """

    issuer: str
    subject: str
    label: str
    role: Role | None
    welcome: bool
    logged_in_at: datetime | None

    @property
    def actor(self) -> str:
        """What the audit log calls them while no account is known."""
        return f"identity:{self.subject}"


@dataclass(frozen=True, slots=True)
class Identity:
    """A provider's somebody, tied to an account.

    Attributes:
        id: of the tie.
        user_id: whose account.
        issuer: the provider.
        label: what the provider called them when they last came.
        gives_role: whether the provider decides on the role: so it is where it made the account.
        created_at: when they were tied.
        last_login_at: when they last came that way, if ever.
    """

    id: int
    user_id: int
    issuer: str
    label: str
    gives_role: bool
    created_at: datetime
    last_login_at: datetime | None
