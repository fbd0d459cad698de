"""Second factors: one-time passwords by time (TOTP, RFC 6238) and recovery codes for when they are lost."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno

from opsentrix import log, selfmetrics
from opsentrix.access.limiter import Limiter
from opsentrix.db import Connection, Database
from opsentrix.errors import ConflictError, FieldError, InvalidError, NotFoundError, UnavailableError
from opsentrix.storage import audit, second_factors
from opsentrix.vault import SealError, Vault

RECOVERY_CODES = 10
DRIFT_STEPS = 1
"""A clock may be off by so many steps of 30 seconds."""
_ISSUER = "Opsentrix"
_SECRET_BYTES = 20  # as RFC 4226 recommends, and what all apps take
_CODE_CHARS = 20  # of base32: 100 bits, which nobody guesses, hashed or not
_GROUP = 5
_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret for an app: as text, as a link, and as the picture of the link (an SVG as a data URI)."""

    secret: str
    uri: str
    picture: str


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step that a one-time password is for, or None when it is for none about now.

    Args:
        secret: in base32.
        code: six digits.
        now: what time it is.
    """
    totp = pyotp.TOTP(secret)
    this = totp.timecode(now)
    given = code.encode()
    found = None
    for step in range(this - DRIFT_STEPS, this + DRIFT_STEPS + 1):
        # All are looked at, so that the time it takes tells nothing.
        if secrets.compare_digest(totp.generate_otp(step).encode(), given):
            found = step
    return found


class SecondFactors:
    """Sets second factors up, checks and removes them."""

    def __init__(
        self, database: Database, vault: Vault, clock: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        """Take what is needed.

        Args:
            database: the hub's.
            vault: seals the secrets.
            clock: returns the time.
            monotonic: seconds that only ever go forward.
        """
        self._database = database
        self._vault = vault
        self._clock = clock
        # Only who has the password gets here. Six digits fall to 100 tries a minute within days: this leaves 300 a day,
        # from wherever. Recovery codes cannot be guessed and are not limited, so that nobody is locked out by it.
        self._tries = Limiter(burst=15, refill_s=300, clock=monotonic)

    async def begin(self, user_id: int, username: str) -> Enrolment:
        """Return a new secret; it counts once it is confirmed.

        Raises:
            ConflictError: the user has a second factor.
        """
        raw = secrets.token_bytes(_SECRET_BYTES)
        async with self._database.connection() as connection:
            if not await second_factors.put_pending(connection, user_id, self._vault.seal(_purpose(user_id), raw)):
                raise ConflictError("Two-factor authentication is on already; turn it off first.")
        secret = _base32(raw)
        uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)
        picture = segno.make_qr(uri, error="m").svg_data_uri(scale=4, border=3, dark="#000", light="#fff")
        return Enrolment(secret, uri, picture)

    async def confirm(self, user_id: int, username: str, code: str, address: str) -> list[str]:
        """Turn the second factor on, and return new recovery codes; they are shown this once.

        Raises:
            NotFoundError: nothing waits to be confirmed.
            InvalidError: the code is wrong.
            TooManyRequestsError: too many wrong ones came.
        """
        self._tries.check(str(user_id))
        async with self._database.connection() as connection:
            sealed = await second_factors.sealed_of(connection, user_id, confirmed=False)
        if sealed is None:
            raise NotFoundError("No second factor waits to be confirmed; begin again.")
        now = self._clock()
        step = step_of(self._open(user_id, sealed), code, now)
        if step is None:
            self._tries.spend(str(user_id))
            raise InvalidError("Not valid: code.", FieldError("code", "is not the one that the app shows now"))
        codes = [_new_code() for _ in range(RECOVERY_CODES)]
        async with self._database.transaction() as connection:
            if not await second_factors.confirm(connection, user_id, sealed, step, now):
                raise ConflictError("The second factor was set up anew meanwhile.")
            await second_factors.put_codes(connection, user_id, [_digest(one) for one in codes])
            await audit.add(
                connection, f"user:{username}", "user.totp_enable", f"user:{username}", address, result="ok"
            )
        return codes

    async def check(self, user_id: int, code: str) -> bool:
        """Return whether a one-time password is right, and use its time step up.

        Raises:
            TooManyRequestsError: too many wrong ones came for this user.
            UnavailableError: the key file does not open the secret.
        """
        key = str(user_id)
        self._tries.check(key)
        async with self._database.connection() as connection:
            sealed = await second_factors.sealed_of(connection, user_id, confirmed=True)
            step = None if sealed is None else step_of(self._open(user_id, sealed), code, self._clock())
            if step is not None and await second_factors.use_step(connection, user_id, step):
                self._tries.forgive(key)
                return True
        self._tries.spend(key)
        return False

    async def use_recovery_code(self, user_id: int, code: str) -> bool:
        """Return whether a recovery code is right, and use it up."""
        async with self._database.connection() as connection:
            right = await second_factors.use_code(connection, user_id, _digest(code))
        if right:
            selfmetrics.RECOVERY_CODES.inc()
        return right

    async def codes_left(self, user_id: int) -> int:
        """Return how many recovery codes a user has left."""
        async with self._database.connection() as connection:
            return await second_factors.codes_left(connection, user_id)

    async def renew_codes(self, user_id: int, username: str, address: str) -> list[str]:
        """Return new recovery codes in place of all old ones; they are shown this once.

        Raises:
            ConflictError: the user has no second factor.
        """
        codes = [_new_code() for _ in range(RECOVERY_CODES)]
        async with self._database.transaction() as connection:
            if await second_factors.sealed_of(connection, user_id, confirmed=True) is None:
                raise ConflictError("Two-factor authentication is off.")
            await second_factors.put_codes(connection, user_id, [_digest(one) for one in codes])
            await audit.add(connection, f"user:{username}", "user.recovery_codes", f"user:{username}", address)
        return codes

    async def disable(self, user_id: int, username: str, address: str) -> None:
        """Turn a person's own second factor off.

        Raises:
            ConflictError: there is none.
        """
        async with self._database.transaction() as connection:
            await remove(connection, user_id, username, f"user:{username}", address)

    def _open(self, user_id: int, sealed: bytes) -> str:
        try:
            return _base32(self._vault.open(_purpose(user_id), sealed))
        except SealError as error:
            _log.error("a second factor cannot be read", user=user_id, reason=str(error))
            detail = "The hub's key file does not open this second factor: use a recovery code, or ask an admin."
            raise UnavailableError(detail) from None


async def remove(connection: Connection, user_id: int, username: str, actor: str, address: str) -> None:
    """Remove somebody's second factor, and write down who did.

    Raises:
        ConflictError: there is none.
    """
    if not await second_factors.remove(connection, user_id):
        raise ConflictError("Two-factor authentication is off.")
    await audit.add(connection, actor, "user.totp_remove", f"user:{username}", address, result="ok")


def _purpose(user_id: int) -> str:
    return f"totp:{user_id}"


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode()


def _new_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_CODE_CHARS * 5 // 8 + 1)).decode()[:_CODE_CHARS].lower()
    return "-".join(text[at : at + _GROUP] for at in range(0, _CODE_CHARS, _GROUP))


def _digest(code: str) -> bytes:
    """Return the hash of a recovery code, however it was typed."""
    return hashlib.sha256("".join(char for char in code.lower() if char.isalnum()).encode()).digest()
