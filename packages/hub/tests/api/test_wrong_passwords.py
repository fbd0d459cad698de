"""10,000 wrong passwords cost the hub little and the person whose name is tried nothing."""

import asyncio
import re
from collections import Counter
from pathlib import Path

import httpx

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import RunningHub, measured
from packages.hub.tests.kit.postgres import ADMIN_PASSWORD

TRIES, CONNECTIONS = 10_000, 10
LOGIN = "/api/v1/auth/login"
ATTACKER, OWNER = "198.51.100.1", "203.0.113.9"


async def statuses_of_wrong_passwords(hub: RunningHub, tries: int) -> Counter[bytes]:
    """Try one password after the other on a connection and return the statuses; httpx would take most of the time."""
    host, _, port = hub.address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    statuses = Counter[bytes]()
    for number in range(tries):
        body = b'{"username": "admin", "password": "wrong %d"}' % number
        writer.write(
            b"POST %b HTTP/1.1\r\nHost: hub\r\nX-Forwarded-For: %b\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (LOGIN.encode(), ATTACKER.encode(), len(body), body)
        )
        head = await reader.readuntil(b"\r\n\r\n")
        statuses[head.split(b" ", 2)[1]] += 1
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length is not None
        await reader.readexactly(int(length[1]))
    writer.close()
    return statuses


async def test_the_owner_of_a_name_logs_in_while_somebody_tries_10_000_passwords(dsn: str, tmp_path: Path) -> None:
    async with hubs.running(dsn, tmp_path, trusted_proxies="127.0.0.1") as hub, hub.client() as owner:
        refused, limited = (
            measured("opsentrix_logins_total", result="refused"),
            measured("opsentrix_http_limited_total", who="stranger"),
        )
        trying = [
            asyncio.create_task(statuses_of_wrong_passwords(hub, TRIES // CONNECTIONS)) for _ in range(CONNECTIONS)
        ]
        right = await owner.post(
            LOGIN, json={"username": "admin", "password": ADMIN_PASSWORD}, headers={"X-Forwarded-For": OWNER}
        )
        assert right.status_code == httpx.codes.OK
        assert not all(one.done() for one in trying), "the owner did not have to wait for the other's end"
        statuses = sum(await asyncio.gather(*trying), Counter[bytes]())
        assert sum(statuses.values()) == TRIES
        assert set(statuses) == {b"401", b"429"}
        assert 1 <= statuses[b"401"] <= 20, "a few at once, then one now and then"
        assert measured("opsentrix_logins_total", result="refused") - refused == statuses[b"401"]
        assert measured("opsentrix_http_limited_total", who="stranger") > limited
        again = await owner.get("/api/v1/auth/me", headers={"X-Forwarded-For": OWNER})
        assert again.status_code == httpx.codes.OK
