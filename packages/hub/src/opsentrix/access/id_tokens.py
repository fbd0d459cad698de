"""ID tokens: whether one may be believed (OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from opsentrix import log
from opsentrix.errors import UntrustedAnswerError

Key = RSAKey | ECKey | OKPKey
Claims = dict[str, object]
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures by a private key only: no `none`, and none by a secret that the hub or everybody knows."""
LEEWAY_S = 60
"""How far the clocks of hub and provider may be apart."""
_KEY_TYPES: dict[str, type[Key]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_RSA_BITS = 2048
_SUBJECT_CHARS = 255
# Providers put headers of their own into tokens; what must be understood stands in `crit`, which is still refused.
_REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must be for."""

    issuer: str
    client_id: str
    nonce: str


def keys_of(documents: Sequence[object]) -> list[Key]:
    """Return the public keys of a key set that may sign (RFC 7517); what is not understood is left out."""
    found: list[Key] = []
    for one in documents:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig":
            continue
        kind = _KEY_TYPES.get(str(one.get("kty")))
        if kind is None:
            continue
        try:
            key = kind.import_key(one)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            _log.warning("a key of the identity provider is left out", reason=type(error).__name__)
            continue
        if isinstance(key, RSAKey) and key.raw_value.key_size < _RSA_BITS:
            _log.warning("a key of the identity provider is left out", reason="too short")
            continue
        found.append(key)
    return found


def key_for(token: str, keys: Sequence[Key]) -> Key | None:
    """Return the key that a token names, or the only one when it names none; None when there is no such key.

    Raises:
        UntrustedAnswerError: it is no token.
    """
    try:
        header = jws.extract_compact(token.encode(), registry=_REGISTRY).headers()
    except (JoseError, ValueError) as error:
        raise _untrusted("the token cannot be read") from error
    kid = header.get("kid")
    if kid is None:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.kid == kid), None)


def verified(token: str, key: Key, expected: Expected, now: datetime) -> Claims:
    """Return what a token claims.

    Args:
        token: JWS in compact form.
        key: the provider's that the token names.
        expected: what it must be for.
        now: what time it is.

    Raises:
        UntrustedAnswerError: it is forged, for something else, or not for now.
    """
    try:
        claims: Claims = jwt.decode(token, key, algorithms=ALGORITHMS, registry=_REGISTRY).claims
    except (JoseError, ValueError) as error:
        raise _untrusted("its signature is wrong") from error
    _check_parties(claims, expected)
    _check_times(claims, now.timestamp())
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_CHARS or not subject.isprintable():
        raise _untrusted("it does not say who logged in")
    return claims


def seconds(claims: Claims, name: str) -> float | None:
    """Return a claim that is a time in Unix seconds, or None when it is not one."""
    value = claims.get(name)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11
    return float(value) if usable else None  # type: ignore[arg-type]  # mypy does not follow `usable`


def _check_parties(claims: Claims, expected: Expected) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != expected.issuer:
        raise _untrusted("another provider issued it")
    if expected.client_id not in audiences:
        raise _untrusted("it is for another client")
    # One for several is believed only when it was made for this hub.
    if ("azp" in claims or len(audiences) > 1) and claims.get("azp") != expected.client_id:
        raise _untrusted("it was made for another client")
    if claims.get("nonce") != expected.nonce:
        raise _untrusted("it is for another login")


def _check_times(claims: Claims, now: float) -> None:
    expires, issued = seconds(claims, "exp"), seconds(claims, "iat")
    if expires is None or issued is None:
        raise _untrusted("it does not say for how long it is good")
    if expires + LEEWAY_S <= now:
        raise _untrusted("it has expired")
    not_before = seconds(claims, "nbf") if "nbf" in claims else issued
    if not_before is None or max(issued, not_before) > now + LEEWAY_S:
        raise _untrusted("it is not good yet; are the clocks right?")


def _untrusted(why: str) -> UntrustedAnswerError:
    return UntrustedAnswerError(f"The identity provider's answer cannot be trusted: {why}.")
