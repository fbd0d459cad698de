"""Every route: who may use it. A new route without an entry here fails the tests."""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from opsentrix.api.http import create_api
from opsentrix.model.users import Role

from packages.hub.tests.kit.hub import RunningHub

PUBLIC = {
    ("GET", "/"), ("GET", "/dashboard"), ("GET", "/dashboard/{path:path}"), ("GET", "/health"), ("GET", "/metrics"),
    ("GET", "/api/docs"), ("GET", "/api/openapi.json"),
    ("GET", "/install/agent-installer.sh"), ("GET", "/install/opsentrix-agent.pyz"), ("GET", "/install/SHA256SUMS"),
    ("GET", "/install/ca.pem"),
    ("POST", "/api/v1/auth/login"), ("POST", "/api/v1/auth/logout"),
}  # fmt: skip
"""Open to everybody, on purpose."""
AGENTS = {
    ("POST", "/api/v1/agents/register"), ("POST", "/api/v1/agents/{agent_id}/heartbeat"),
    ("POST", "/api/v1/agents/{agent_id}/metrics"), ("POST", "/api/v1/agents/{agent_id}/credential"),
    ("POST", "/api/v1/agents/{agent_id}/certificate"), ("POST", "/api/v1/agents/{agent_id}/messages"),
    ("GET", "/api/v1/agents/{agent_id}/messages"),
}  # fmt: skip
"""For bearers of an enrollment token or credential."""
PEOPLE = {
    ("GET", "/api/v1/auth/me"): Role.VIEWER,
    ("GET", "/api/v1/agents"): Role.VIEWER,
    ("GET", "/api/v1/agents/facets"): Role.VIEWER,
    ("GET", "/api/v1/agents/{agent_id}"): Role.VIEWER,
    ("GET", "/api/v1/agents/{agent_id}/metrics"): Role.VIEWER,
    ("GET", "/api/v1/agents/{agent_id}/processes"): Role.VIEWER,
    ("GET", "/api/v1/agents/{agent_id}/processes/top"): Role.VIEWER,
    ("GET", "/api/v1/agents/{agent_id}/config"): Role.VIEWER,
    ("GET", "/api/v1/agents/{agent_id}/config/versions"): Role.VIEWER,
    ("PUT", "/api/v1/agents/{agent_id}/config"): Role.OPERATOR,
    ("POST", "/api/v1/agents/{agent_id}/config/rollback"): Role.OPERATOR,
    ("POST", "/api/v1/agents/{agent_id}/pause"): Role.OPERATOR,
    ("POST", "/api/v1/agents/{agent_id}/resume"): Role.OPERATOR,
    ("POST", "/api/v1/agents/{agent_id}/restart"): Role.OPERATOR,
    ("POST", "/api/v1/agents/bulk-config"): Role.OPERATOR,
    ("GET", "/api/v1/agents/{agent_id}/recordings"): Role.VIEWER,
    ("GET", "/api/v1/agents/{agent_id}/recordings/{recording_id}"): Role.VIEWER,
    ("GET", "/api/v1/agents/{agent_id}/recordings/{recording_id}/raw"): Role.VIEWER,
    ("POST", "/api/v1/agents/{agent_id}/recordings"): Role.OPERATOR,
    ("DELETE", "/api/v1/agents/{agent_id}/recordings/{recording_id}"): Role.OPERATOR,
    ("GET", "/api/v1/agents/{agent_id}/identity"): Role.VIEWER,
    ("POST", "/api/v1/agents/{agent_id}/credential/rotate"): Role.OPERATOR,
    ("POST", "/api/v1/agents/{agent_id}/approve"): Role.OPERATOR,
    ("POST", "/api/v1/agents/{agent_id}/refuse"): Role.OPERATOR,
    ("POST", "/api/v1/agents/{agent_id}/revoke"): Role.OPERATOR,
    ("POST", "/api/v1/agents/{agent_id}/clone/keep"): Role.OPERATOR,
    ("GET", "/api/v1/series"): Role.VIEWER,
    ("GET", "/api/v1/series/top"): Role.VIEWER,
    ("GET", "/api/v1/series/export"): Role.VIEWER,
    ("PATCH", "/api/v1/agents/{agent_id}"): Role.OPERATOR,
    ("GET", "/api/v1/enrollment-tokens"): Role.OPERATOR,
    ("POST", "/api/v1/enrollment-tokens"): Role.OPERATOR,
    ("DELETE", "/api/v1/enrollment-tokens/{token_id}"): Role.OPERATOR,
    ("DELETE", "/api/v1/agents/{agent_id}"): Role.ADMIN,
    ("GET", "/api/v1/payload-keys"): Role.VIEWER,
    ("POST", "/api/v1/payload-keys"): Role.ADMIN,
    ("DELETE", "/api/v1/payload-keys/{key}"): Role.ADMIN,
    ("PUT", "/api/v1/agents/{agent_id}/payload-encryption"): Role.ADMIN,
    ("GET", "/api/v1/tls"): Role.VIEWER,
    ("GET", "/api/v1/certificates"): Role.OPERATOR,
    ("DELETE", "/api/v1/certificates/{serial}"): Role.OPERATOR,
    ("GET", "/api/v1/retention"): Role.VIEWER,
    ("GET", "/api/v1/retention-rules"): Role.VIEWER,
    ("POST", "/api/v1/retention-rules"): Role.ADMIN,
    ("PATCH", "/api/v1/retention-rules/{rule_id}"): Role.ADMIN,
    ("DELETE", "/api/v1/retention-rules/{rule_id}"): Role.ADMIN,
    ("GET", "/api/v1/agent-releases"): Role.VIEWER,
    ("GET", "/api/v1/upgrades"): Role.VIEWER,
    ("GET", "/api/v1/upgrades/{rollout_id}"): Role.VIEWER,
    ("POST", "/api/v1/upgrades"): Role.ADMIN,
    ("POST", "/api/v1/upgrades/plan"): Role.ADMIN,
    ("POST", "/api/v1/upgrades/{rollout_id}/pause"): Role.ADMIN,
    ("POST", "/api/v1/upgrades/{rollout_id}/resume"): Role.ADMIN,
    ("POST", "/api/v1/upgrades/{rollout_id}/stop"): Role.ADMIN,
}


def routes() -> Iterator[tuple[str, str]]:
    """Return method and path of every route."""
    document = create_api()
    for path, operations in document.openapi()["paths"].items():
        for method in operations:
            yield method.upper(), path
    for route in document.routes:
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            for method in getattr(route, "methods", None) or ():
                if method != "HEAD":
                    yield method, getattr(route, "path", "")


def _example(path: str) -> str:
    return re.sub(r"{[a-z]+_id}|{serial}", "1", path)


def test_every_route_is_listed_here_and_nothing_else() -> None:
    assert set(routes()) == PUBLIC | AGENTS | PEOPLE.keys()


@pytest.mark.parametrize("route", sorted(AGENTS | PEOPLE.keys()), ids=" ".join)
async def test_nobody_gets_nothing(route: tuple[str, str], hub: RunningHub) -> None:
    method, path = route
    async with hub.client() as client:
        bare = await client.request(method, _example(path), json={"name": "a", "type": "b", "host": "c"})
        wrong = await client.request(
            method, _example(path), json={"name": "a", "type": "b", "host": "c"},
            headers={"Authorization": "Bearer oxa_wrong", "Cookie": "opsentrix_session=wrong"},
        )  # fmt: skip
    for answer in (bare, wrong):
        assert answer.status_code == 401, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_each_role_may_do_what_it_may(hub: RunningHub) -> None:
    cookies = {role: await hub.session(role) for role in Role}
    for (method, path), needed in PEOPLE.items():
        for role, cookie in cookies.items():
            async with hub.client(cookie) as client:
                answer = await client.request(method, _example(path))
            if role.covers(needed):
                # Nothing is sent and nothing is there: what counts is that the door is open.
                assert answer.status_code in (200, 201, 204, 404, 422), (method, path, role, answer.text)
            else:
                assert answer.status_code == 403, (method, path, role)
                assert needed in answer.json()["detail"]


async def test_a_credential_is_no_login_and_a_login_no_credential(hub: RunningHub) -> None:
    enrolled = await hub.enroll()
    async with hub.client() as client:
        for method, path in PEOPLE:
            answer = await client.request(method, _example(path), headers=enrolled.headers)
            assert answer.status_code == 401, (method, path)
    async with hub.client(await hub.session()) as client:
        assert (await client.post(f"/api/v1/agents/{enrolled.id}/heartbeat", json={})).status_code == 401
