"""The error tree of the hub. Each class carries the HTTP status that it becomes; one handler makes it a problem."""

from dataclasses import dataclass
from typing import ClassVar


class StartupError(Exception):
    """The hub cannot start; the text is one clear sentence for people, and the process ends with `exit_code`."""

    exit_code = 78  # EX_CONFIG of sysexits.h


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a request."""

    field: str
    detail: str


class OpsentrixError(Exception):
    """Anything that goes wrong by a request or a message; its text may be shown to whoever sent it."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"
    type: ClassVar[str] = "about:blank"
    """RFC 9457's type: a URN where a program has to tell this problem from others of the same status."""

    def __init__(self, detail: str, *errors: FieldError) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors


class MalformedError(OpsentrixError):
    """The request cannot be read at all."""

    status = 400
    title = "Malformed request"


class UnauthenticatedError(OpsentrixError):
    """Nobody, or nobody known, sent the request."""

    status = 401
    title = "Not authenticated"


class ForbiddenError(OpsentrixError):
    """Who sent the request may not do this."""

    status = 403
    title = "Not allowed"
    refusal: ClassVar[str] = ""
    """A word for agents, which goes into the header `Opsentrix-Refusal`: a program does not read the detail."""


class RevokedError(ForbiddenError):
    """The agent's identity was taken back; it understands that trying again cannot help."""

    refusal = "revoked"


class PendingError(ForbiddenError):
    """Nobody has approved the agent yet; trying again later may help."""

    refusal = "pending"


class ConfirmationNeededError(ForbiddenError):
    """A dangerous act needs a fresh proof of who is at the keyboard: confirm, then try again."""

    title = "Confirmation needed"
    type = "urn:opsentrix:problem:confirmation-needed"


class SecondFactorNeededError(ForbiddenError):
    """The hub's owner wants a second factor of this person before anything else."""

    title = "Second factor needed"
    type = "urn:opsentrix:problem:second-factor-needed"


class StaleLoginError(UnauthenticatedError):
    """A login at an identity provider that this browser did not begin, began too long ago, or used up."""

    type = "urn:opsentrix:problem:oidc-stale"


class UntrustedAnswerError(UnauthenticatedError):
    """What came of an identity provider cannot be trusted, or says no."""

    type = "urn:opsentrix:problem:oidc-untrusted"


class NoAccessError(ForbiddenError):
    """Who came of an identity provider has no access to this hub."""

    type = "urn:opsentrix:problem:oidc-no-access"


class OtherPersonError(ForbiddenError):
    """Somebody else logged in at the identity provider than whose session it is."""

    type = "urn:opsentrix:problem:oidc-other-person"


class NotFreshError(ForbiddenError):
    """The identity provider did not ask again who is at the keyboard."""

    type = "urn:opsentrix:problem:oidc-not-fresh"


class NotFoundError(OpsentrixError):
    """What the request names does not exist."""

    status = 404
    title = "Not found"


class ConflictError(OpsentrixError):
    """What the request asks for does not go together with what is there."""

    status = 409
    title = "Conflict"


class NameTakenError(ConflictError):
    """Somebody else's account has the name of who came of an identity provider."""

    type = "urn:opsentrix:problem:oidc-name-taken"


class IdentityTakenError(ConflictError):
    """An account is tied to another identity, or an identity to another account."""

    type = "urn:opsentrix:problem:oidc-identity-taken"


class TooSlowError(OpsentrixError):
    """The body took longer to come than the hub waits."""

    status = 408
    title = "Too slow"


class TooLargeError(OpsentrixError):
    """The body or message is larger than the hub takes."""

    status = 413
    title = "Too large"


class InvalidError(OpsentrixError):
    """The request can be read, but a field of it is not valid."""

    status = 422
    title = "Not valid"


class TooManyRequestsError(OpsentrixError):
    """A limit was reached; `retry_after_s` says when to try again."""

    status = 429
    title = "Too many requests"

    def __init__(self, detail: str, retry_after_s: float) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class UnavailableError(OpsentrixError):
    """Something that the hub needs is away; the same request may work later."""

    status = 503
    title = "Unavailable"


class ProviderAwayError(UnavailableError):
    """The identity provider does not answer, or not as it must; passwords work as ever."""

    type = "urn:opsentrix:problem:oidc-away"
