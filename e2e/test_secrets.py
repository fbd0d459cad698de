"""A dump, a backup or the log files hold no secret that anybody could use, and nothing tells one twice."""

import base64
import re
import secrets
from collections.abc import Callable, Iterator
from itertools import chain
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from opsentrix import vault
from opsentrix.api.auth import COOKIE

from e2e.conftest import MakeDeployment
from e2e.deployment import Agent, Deployment
from e2e.leaks import Place, Secret, files, found, tables
from e2e.processes import run_to_end, wait_until

_POINT = (Encoding.X962, PublicFormat.UncompressedPoint)
_ANNOUNCED = re.compile(r"^  Password +(\S+) .*\n", re.MULTILINE)
"""How the hub tells the first password, on standard output and not through its log."""


def first_password(site: Deployment, agent: Agent) -> Iterator[Secret]:
    announced = _ANNOUNCED.findall(site.hub.output())
    assert len(announced) == 1
    yield Secret("password of the first start", announced[0].encode())


def sessions(site: Deployment, agent: Agent) -> Iterator[Secret]:
    yield Secret("session", site.client.cookies[COOKIE].encode())
    typed = "wrong Ünd/schräg+%s"
    answer = site.client.post("/api/v1/auth/login", json={"username": "admin", "password": typed})
    assert answer.status_code == 401
    yield Secret("password that somebody mistyped", typed.encode())
    for body in ({"username": "admin", "password": [typed]}, {"username": {"password": typed}}, [typed], typed):
        assert site.client.post("/api/v1/auth/login", json=body).status_code == 422


def enrollment_tokens(site: Deployment, agent: Agent) -> Iterator[Secret]:
    token = site.token()
    yield Secret("enrollment token", token.encode())
    bearing = {"Authorization": f"Bearer {token}"}
    assert site.client.post("/api/v1/agents/register", json={"name": token}, headers=bearing).status_code == 422
    assert site.client.get("/api/v1/agents", headers=bearing, params={"token": token, "cursor": token}).is_client_error
    assert site.client.get(f"/api/v1/{token}").status_code == 404
    body = {"name": "by-token", "type": "script", "host": "by-token.example"}
    used, again = (site.client.post("/api/v1/agents/register", json=body, headers=bearing) for _ in range(2))
    assert (used.status_code, again.status_code) == (201, 403)
    yield Secret("credential that a token was exchanged for", used.json()["credential"].encode())


def credentials(site: Deployment, agent: Agent) -> Iterator[Secret]:
    yield Secret("credential of the agent that runs", agent.credential.encode())
    number, credential = site.register("script")
    yield Secret("credential of a script", credential.encode())
    bearing = {"Authorization": f"Bearer {credential}"}
    refused = site.client.post(f"/api/v1/agents/{agent.id}/heartbeat", json={"status": "online"}, headers=bearing)
    assert refused.status_code == 403
    sent = {"metrics": {credential: "not a number"}}
    assert site.client.post(f"/api/v1/agents/{number}/metrics", json=sent, headers=bearing).status_code == 422
    bearing = {"Authorization": f"Token {credential}"}
    assert site.client.post(f"/api/v1/agents/{number}/metrics", json=sent, headers=bearing).status_code == 401


def kept_keys(site: Deployment, agent: Agent) -> Iterator[Secret]:
    site.post("/api/v1/payload-keys")
    path = site.data_dir / "secrets.key"
    for line in path.read_text().split():
        yield Secret("key of the vault", base64.b64decode(line))
    opener = vault.load(path)
    (copied,) = (one for one in tables(site.database_url()) if one.name == "table payload_keys")
    rows = [line.split("\t") for line in copied.content.decode().splitlines()]
    assert len(rows) >= 2
    for row in rows:
        key_id, _, sealed = (bytes.fromhex(field[3:]) for field in row[:3])
        yield Secret("private payload key", opener.open(f"payload_key:{key_id.hex()}", sealed))
    (copied,) = (one for one in tables(site.database_url()) if one.name == "table command_keys")
    _, _, sealed_key, _ = copied.content.decode().split("\t")
    yield Secret("private command key", opener.open("command_key", bytes.fromhex(sealed_key[3:])))


def api_tokens(site: Deployment, agent: Agent) -> Iterator[Secret]:
    token = site.post("/api/v1/api-tokens", name="script")["token"]
    yield Secret("API token", token.encode())
    bearing = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{site.url}/api/v1/agents", headers=bearing).is_success
    assert httpx.post(f"{site.url}/api/v1/users", json={"username": token}, headers=bearing).is_client_error


def second_factors(site: Deployment, agent: Agent) -> Iterator[Secret]:
    secret = site.post("/api/v1/account/totp")["secret"]
    yield Secret("second factor, as it is typed", secret.encode())
    yield Secret("second factor", base64.b32decode(secret))


def browsers(site: Deployment, agent: Agent) -> Iterator[Secret]:
    """Subscribe a browser that the hub tries to reach, and send what is no subscription."""
    token, auth = secrets.token_urlsafe(24), secrets.token_bytes(16)
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*_POINT)
    keys = {
        name: base64.urlsafe_b64encode(one).rstrip(b"=").decode() for name, one in (("p256dh", point), ("auth", auth))
    }
    endpoint = f"https://nowhere.invalid.push.apple.com/{token}"
    yield Secret("endpoint of a browser", token.encode())
    yield Secret("secret of a browser", auth)
    made = site.post("/api/v1/account/push", endpoint=endpoint, keys=keys)
    assert site.post(f"/api/v1/account/push/{made['id']}/test")["ok"] is False
    for body in ({"endpoint": endpoint, "keys": token}, {"endpoint": f"https://example.com/{token}", "keys": keys}):
        assert site.client.post("/api/v1/account/push", json=body).status_code == 422


def invitations(site: Deployment, agent: Agent) -> Iterator[Secret]:
    link = site.post("/api/v1/users", username="bea", role="viewer")["url"]
    yield Secret("invitation", re.split(r"[/#=]", link)[-1].encode())


def shared_links(site: Deployment, agent: Agent) -> Iterator[Secret]:
    """Share a page, open the link, and send its secret where none belongs."""
    secret = site.post("/api/v1/shares", place="home")["url"].partition("#")[2]
    yield Secret("shared link", secret.encode())
    assert httpx.post(f"{site.url}/api/v1/shared/open", json={"secret": secret}).is_success
    assert httpx.get(f"{site.url}/api/v1/shared/agents", cookies={"opsentrix_pass": secret}).is_success
    assert httpx.post(f"{site.url}/api/v1/shared/open", json={"secret": {"not": secret}}).is_client_error
    assert httpx.get(f"{site.url}/api/v1/agents", cookies={"opsentrix_pass": secret}).is_client_error


def database_password(site: Deployment, agent: Agent) -> Iterator[Secret]:
    """Give the hub's commands database URLs with a password, right and wrong ones, and keep what they write."""
    password = secrets.token_urlsafe(12)
    yield Secret("password of the database", password.encode())
    right = site.database_url().replace("://", f"://postgres:{password}@", 1).replace("postgres@", "", 1)
    broken = f"postgresql://hub:{password}#more@127.0.0.1/hub"  # an unescaped # ends the host, and makes this a port
    nobody = f"postgresql://hub:{password}@127.0.0.1:1/hub"
    for number, url in enumerate((right, broken, nobody, f"mysql://hub:{password}@127.0.0.1/hub", password)):
        done = run_to_end(["opsentrix", "doctor"], site.environment | {"OPSENTRIX_DATABASE_URL": url})
        assert "database" in done.stdout
        (site.folder / f"doctor-{number}.log").write_text(done.stdout + done.stderr)


SOURCES: tuple[Callable[[Deployment, Agent], Iterator[Secret]], ...] = (
    first_password,
    sessions,
    enrollment_tokens,
    credentials,
    kept_keys,
    api_tokens,
    second_factors,
    browsers,
    invitations,
    shared_links,
    database_password,
)
"""What makes secrets, uses them rightly and wrongly, and says which they are. A new kind of secret gets a line here."""


def answers(site: Deployment) -> Iterator[Place]:
    """Return what each page of the API answers to an admin that needs no parameter but the agent's id."""
    paths = site.get("/api/openapi.json")["paths"]
    plain = [
        path for path, ways in paths.items() if "get" in ways and not set(re.findall(r"{(\w+)", path)) - {"agent_id"}
    ]
    assert len(plain) > 10
    for path in plain:
        answer = site.client.get(path.replace("{agent_id}", "1"))
        if path == "/api/v1/auth/me" or answer.is_success:
            assert answer.is_success
            yield Place(f"GET {path}", answer.content)


@pytest.mark.timeout(300)
def test_dumps_files_and_logs_hold_no_usable_secret(make_deployment: MakeDeployment) -> None:
    site = make_deployment(OPSENTRIX_ADMIN_PASSWORD="", OPSENTRIX_LOG_LEVEL="debug")
    site.hub.start()
    site.wait_healthy()
    wait_until(lambda: _ANNOUNCED.search(site.hub.output()) is not None, "the first password is told")
    site.log_in(_ANNOUNCED.findall(site.hub.output())[0])
    agent = site.agent("sealed", reporting_interval=1, payload_encryption=True)
    agent.start()
    agent.wait_frames(2)
    made = list(chain.from_iterable(source(site, agent) for source in SOURCES))
    assert site.client.get("/api/v1/auth/me").status_code == httpx.codes.OK

    agent.stop()
    places = [*tables(site.database_url()), *answers(site), Place("/metrics", site.client.get("/metrics").content)]
    site.post("/api/v1/auth/logout")
    assert site.hub.stop() == 0
    site.hub.log.write_text(_ANNOUNCED.sub("", site.hub.output()))
    leaks = [leak for place in chain(places, files(site.folder)) for leak in found(made, place)]
    assert not leaks, "\n".join(leaks)


@pytest.mark.parametrize(
    "spell",
    [bytes, bytes.hex, lambda value: value.hex().upper(), base64.b64encode, base64.urlsafe_b64encode, quote, repr],
)
def test_the_search_finds_each_spelling(spell: Callable[[bytes], bytes | str]) -> None:
    value = b'oxe_"\x00secret\xff\xfe\n'
    spelled = spell(value)
    text = spelled if isinstance(spelled, bytes) else spelled.encode()
    assert found([Secret("it", value)], Place("file", b"before" + text.rstrip(b"=") + b"after"))
    assert not found([Secret("it", value)], Place("file", b"before" + text[:-2] + b"after"))


@pytest.mark.parametrize("before", [b"", b"u", b"us", b"user:"])
def test_the_search_finds_what_is_encoded_with_what_stands_around_it(before: bytes) -> None:
    value = secrets.token_bytes(32)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert found([Secret("it", value)], Place("header", encode(before + value + b"@host")))
