"""Web push: the example of RFC 8291, a proof that another library verifies, and hostile subscriptions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey
from opsentrix.model.channels import Templates
from opsentrix.model.notifications import SEVERITIES, Notice, NoticeKind
from opsentrix.notify import webpush
from opsentrix.notify.browsers import headers, payload
from opsentrix.notify.messages import Message, compose

from packages.hub.tests.kit.pushed import FakeBrowser, b64, private_key, unb64

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SERVICES = frozenset({"push.example"})
ENDPOINT = "https://push.example/sub/1"


def message(*notices: Notice, key: str = "55", **words: str) -> Message:
    return compose(key, notices, "summary", Templates(**words), "https://hub.example", NOW)


def notice(kind: NoticeKind = NoticeKind.OPENED, severity: str = "critical", **fields: Any) -> Notice:  # noqa: ANN401
    told: dict[str, Any] = {
        "incident_id": 7, "lines": ("cpu is 97 %",), "agent_names": ("web-1",), "path": "/dashboard/incidents/7",
        "resolved_at": NOW if kind is NoticeKind.RESOLVED else None,
    } | fields  # fmt: skip
    return Notice(kind, severity, told.pop("title", "CPU of web-1 is busy"), NOW, NOW, **told)


def test_the_example_of_rfc_8291() -> None:
    """Section 5 and appendix A of the RFC."""
    browser = FakeBrowser(
        ENDPOINT, private_key(unb64("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), unb64("BTBZMqHH6r4Tts7J_aSIgg")
    )
    text = b"When I grow up, I want to be a watermelon"
    wanted = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3"
        "jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    target = webpush.target(ENDPOINT, b64(browser.point), b64(browser.auth), SERVICES)
    sender = private_key(unb64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    made = webpush.encrypt(text, target, sender, unb64("DGv6ra1nlYgDCS1FRnbzlw"), padding=0)
    assert b64(made) == wanted
    assert browser.open(made) == text


@given(st.binary(max_size=webpush.PAYLOAD_BYTES))
def test_the_browser_alone_reads_it_and_its_length_tells_little(text: bytes) -> None:
    browser = FakeBrowser(ENDPOINT)
    target = webpush.Target(ENDPOINT, browser.point, browser.auth)
    made, again = webpush.sealed(text, target), webpush.sealed(text, target)
    assert made != again
    assert browser.open(made) == text
    assert len(made) <= 4096
    assert (len(made) - 86 - 16 - 1) % 512 == 0


def test_what_is_too_long_is_not_sent() -> None:
    browser = FakeBrowser(ENDPOINT)
    with pytest.raises(ValueError, match="3072"):
        webpush.sealed(b"x" * 3073, webpush.Target(ENDPOINT, browser.point, browser.auth))


def test_the_proof_names_the_service_and_ends_soon() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = webpush.authorization("https://push.example:8443/sub/1?x", key, "mailto:ops@example.com", NOW)
    scheme, _, rest = made.partition(" ")
    token, own = (part.split("=", 1)[1] for part in rest.split(", "))
    assert (scheme, unb64(own)) == ("vapid", webpush.point_of(key))
    read = jwt.decode(token, ECKey.import_key(key.public_key()), algorithms=["ES256"])
    assert read.header == {"typ": "JWT", "alg": "ES256"}
    ends = int((NOW + timedelta(hours=12)).timestamp())
    assert read.claims == {"aud": "https://push.example:8443", "exp": ends, "sub": "mailto:ops@example.com"}
    without = webpush.authorization(ENDPOINT, key, "", NOW).partition("t=")[2].split(",")[0]
    claims = jwt.decode(without, ECKey.import_key(key.public_key()), algorithms=["ES256"]).claims
    assert claims == {"aud": "https://push.example", "exp": ends}


GOOD = FakeBrowser(ENDPOINT)


@pytest.mark.parametrize(
    ("endpoint", "point", "secret"),
    [
        ("http://push.example/sub", GOOD.point, GOOD.auth),
        ("https://push.example.evil/sub", GOOD.point, GOOD.auth),
        ("https://evilpush.example/sub", GOOD.point, GOOD.auth),
        ("https://push.example@evil.example/sub", GOOD.point, GOOD.auth),
        ("https://user:pass@push.example/sub", GOOD.point, GOOD.auth),
        ("https://push.example/sub#x", GOOD.point, GOOD.auth),
        ("https://push.example/a b", GOOD.point, GOOD.auth),
        ("https://push.example/\nx", GOOD.point, GOOD.auth),
        ("https://push.exämple/sub", GOOD.point, GOOD.auth),
        ("https://push.example:99999/sub", GOOD.point, GOOD.auth),
        ("https://[push.example/sub", GOOD.point, GOOD.auth),
        ("https:///sub", GOOD.point, GOOD.auth),
        ("file:///etc/passwd", GOOD.point, GOOD.auth),
        ("https://push.example/" + "x" * 1000, GOOD.point, GOOD.auth),
        (ENDPOINT, GOOD.point[:-1], GOOD.auth),
        (ENDPOINT, b"\4" + bytes(64), GOOD.auth),
        (ENDPOINT, b"\2" + GOOD.point[1:33], GOOD.auth),
        (ENDPOINT, GOOD.point, GOOD.auth[:-1]),
    ],
    ids=range(18),
)
def test_what_is_no_subscription_is_refused(endpoint: str, point: bytes, secret: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        webpush.target(endpoint, b64(point), b64(secret), SERVICES)


def test_services_stand_for_what_is_below_them() -> None:
    for endpoint in (ENDPOINT, "https://eu.push.example/x", "https://PUSH.example/x"):
        assert webpush.target(endpoint, b64(GOOD.point), b64(GOOD.auth), SERVICES).endpoint == endpoint
    assert webpush.target("https://any.example/", b64(GOOD.point), b64(GOOD.auth), frozenset()).service == "any.example"
    with pytest.raises(ValueError, match=r"."):
        webpush.target(ENDPOINT, "ä!", b64(GOOD.auth), SERVICES)


def test_the_worker_gets_words_severity_incident_and_link() -> None:
    told = orjson.loads(payload(message(notice())))
    assert told == {
        "title": "[critical] CPU of web-1 is busy", "severity": "critical", "state": "critical", "over": False,
        "body": "cpu is 97 %\nWhere: web-1\nSince: 2026-03-02 12:00:00 UTC", "incident": 7,
        "path": "/dashboard/incidents/7", "tag": "incident-7", "rings": True, "acknowledge": True,
        "at": int(NOW.timestamp()),
    }  # fmt: skip
    over = orjson.loads(payload(message(notice(NoticeKind.RESOLVED))))
    assert (over["tag"], over["over"], over["rings"], over["acknowledge"]) == ("incident-7", True, False, False)
    many = orjson.loads(payload(message(notice(), notice(incident_id=8), key="12")))
    assert (many["tag"], many["incident"], many["path"]) == ("12", None, "/dashboard/incidents")


@given(st.text(max_size=400), st.lists(st.text(max_size=900), max_size=9), st.sampled_from(SEVERITIES))
def test_every_payload_fits(title: str, lines: list[str], severity: str) -> None:
    made = payload(message(notice(severity=severity, title=title or "x", lines=tuple(lines))))
    assert len(made) <= webpush.PAYLOAD_BYTES


def test_the_widest_payload_fits() -> None:
    wide = payload(message(notice(title="\U0001f525" * 400, lines=("\U0001f525" * 900, '"' * 900))))
    assert 2000 < len(wide) <= webpush.PAYLOAD_BYTES


@pytest.mark.parametrize(
    ("severity", "kind", "ttl", "urgency"),
    [
        ("critical", NoticeKind.OPENED, "86400", "high"),
        ("warning", NoticeKind.OPENED, "14400", "normal"),
        ("info", NoticeKind.CHANGED, "3600", "low"),
        ("info", NoticeKind.RESOLVED, "86400", "normal"),
    ],
)
def test_how_long_it_is_kept_and_how_urgent_it_is(severity: str, kind: NoticeKind, ttl: str, urgency: str) -> None:
    made = headers(message(notice(kind, severity)))
    assert (made["TTL"], made["Urgency"], made["Topic"]) == (ttl, urgency, "incident-7")


@given(
    st.one_of(st.text(max_size=60), st.text(max_size=60).map("https://{}".format)),
    st.one_of(st.just(b64(GOOD.point)), st.text(max_size=90), st.binary(min_size=60, max_size=70).map(b64)),
    st.one_of(st.just(b64(GOOD.auth)), st.text(max_size=30)),
)
def test_whatever_a_browser_tells_is_taken_or_refused(endpoint: str, point: str, secret: str) -> None:
    try:
        made = webpush.target(endpoint, point, secret, frozenset())
    except ValueError:
        return
    assert webpush.Target.from_json(made.as_json()) == made
    assert made.service
