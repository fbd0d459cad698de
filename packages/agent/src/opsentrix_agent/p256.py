"""Makes keys and signatures on the curve P-256 (FIPS 186-5, SEC 1), for one purpose: certificate requests.

Python's standard library has no public-key signatures and the agent has no library for them. Python's integers take a
time that depends on their values, so this must not sign often with one key: each key here signs once, its own request,
and is used by OpenSSL from then on. Additions are the complete ones of Renes, Costello and Batina (EUROCRYPT 2016,
algorithm 4), and the ladder does the same steps for each bit.
"""

import os
from hashlib import sha256
from typing import NamedTuple

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_BITS = 256


class _Point(NamedTuple):
    """A point in homogeneous projective coordinates: x = X/Z, y = Y/Z."""

    x: int
    y: int
    z: int


_NEUTRAL = _Point(0, 1, 0)
_BASE = _Point(
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)


class Key(NamedTuple):
    """A key pair: the secret number, and the public point as 64 bytes, x and y."""

    secret: int
    public: bytes

    def __repr__(self) -> str:
        return "Key(...)"


def new_key() -> Key:
    """Return a new key."""
    secret = _random()
    x, y = _affine(_times(secret, _BASE))
    return Key(secret, x.to_bytes(32, "big") + y.to_bytes(32, "big"))


def sign(key: Key, message: bytes) -> tuple[int, int]:
    """Return the ECDSA signature (r, s) of a message, with SHA-256."""
    digest = int.from_bytes(sha256(message).digest(), "big")
    while True:
        nonce = _random()
        r = _affine(_times(nonce, _BASE))[0] % _N
        s = pow(nonce, -1, _N) * (digest + r * key.secret) % _N
        if r and s:
            return r, s


def _random() -> int:
    """Return a number from 1 to the order less 1; 64 bits more than needed make it even (FIPS 186-5, A.2.1)."""
    return int.from_bytes(os.urandom(40), "big") % (_N - 1) + 1


def _times(scalar: int, point: _Point) -> _Point:
    rungs = [_NEUTRAL, point]
    for position in range(_BITS - 1, -1, -1):
        bit = scalar >> position & 1
        rungs[1 - bit] = _add(rungs[0], rungs[1])
        rungs[bit] = _add(rungs[bit], rungs[bit])
    return rungs[0]


def _affine(point: _Point) -> tuple[int, int]:
    inverse = pow(point.z, -1, _P)
    return point.x * inverse % _P, point.y * inverse % _P


def _add(one: _Point, other: _Point) -> _Point:
    xx, yy, zz = one.x * other.x % _P, one.y * other.y % _P, one.z * other.z % _P
    xy = ((one.x + one.y) * (other.x + other.y) - xx - yy) % _P
    yz = ((one.y + one.z) * (other.y + other.z) - yy - zz) % _P
    xz = ((one.x + one.z) * (other.x + other.z) - xx - zz) % _P
    middle = 3 * (xz - _B * zz) % _P
    left, right = yy - middle, yy + middle
    slope = 3 * (_B * xz - 3 * zz - xx) % _P
    tangent = 3 * (xx - zz) % _P
    return _Point(
        (xy * right - yz * slope) % _P,
        (right * left + tangent * slope) % _P,
        (yz * left + xy * tangent) % _P,
    )
