"""The hub about itself, its document, its headers, and the dashboard's files."""

import base64
import hashlib
from pathlib import Path

import httpx
import orjson
import pytest
from fastapi import FastAPI
from opsentrix import __version__
from opsentrix.api import problems, system
from opsentrix.api.http import create_api

from packages.hub.tests.kit.hub import RunningHub, measured, until
from packages.hub.tests.kit.postgres import Postgres

REPOSITORY = Path(__file__).parents[4]


class TestHealth:
    async def test_all_is_well(self, anonymous: httpx.AsyncClient) -> None:
        answer = await anonymous.get("/health")
        assert answer.status_code == 200
        content = answer.json()
        assert content.pop("uptime_s") >= 0
        assert content == {"status": "ok", "database": "ok", "disk": "ok", "version": __version__}

    async def test_a_full_disk_degrades_it(self, hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
        hub.hub.intake.open = False
        answer = await anonymous.get("/health")
        assert (answer.status_code, answer.json()["status"], answer.json()["disk"]) == (200, "degraded", "full")

    async def test_a_database_that_is_away_is_told_and_forgiven(
        self, hub: RunningHub, anonymous: httpx.AsyncClient, postgres: Postgres
    ) -> None:
        async with postgres.away(hub.dsn):
            answer = await anonymous.get("/health")
            assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
            assert answer.json()["database"] == "unavailable"
        assert (await anonymous.get("/health")).status_code == 200

    async def test_requests_meanwhile_are_unavailable_and_work_later(
        self, hub: RunningHub, client: httpx.AsyncClient, postgres: Postgres
    ) -> None:
        async with postgres.away(hub.dsn):
            for path in ("/api/v1/agents", "/api/v1/auth/me", "/api/v1/enrollment-tokens"):
                answer = await client.get(path)
                assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert (await client.get("/api/v1/agents")).status_code == 200


class TestMetrics:
    async def test_what_the_hub_measures_can_be_scraped(self, hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
        enrolled = await hub.enroll()
        await anonymous.post(
            f"/api/v1/agents/{enrolled.id}/metrics", json={"metrics": {"a": 1, "b": 2}}, headers=enrolled.headers
        )
        answer = await anonymous.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        names = {line.partition("{")[0].partition(" ")[0] for line in answer.text.splitlines() if line[0] != "#"}
        assert {
            "opsentrix_ingest_frames_total", "opsentrix_ingest_samples_total", "opsentrix_ingest_commits_total",
            "opsentrix_ingest_write_queue_frames", "opsentrix_agents", "opsentrix_agent_sessions",
            "opsentrix_http_requests_total", "opsentrix_enrollments_total", "opsentrix_live_subscribers",
            "process_resident_memory_bytes",
        } <= names  # fmt: skip

    async def test_requests_are_counted_by_route_not_by_path(self, hub: RunningHub, client: httpx.AsyncClient) -> None:
        def count(route: str, status: int) -> float:
            return measured("opsentrix_http_requests_total", route=route, method="GET", status=str(status))

        before = count("/api/v1/agents/{agent_id}", 404), count("other", 404)
        for path in ("/api/v1/agents/771", "/api/v1/agents/772", "/nothing/1", "/nothing/2"):
            await client.get(path)
        assert (count("/api/v1/agents/{agent_id}", 404), count("other", 404)) == (before[0] + 2, before[1] + 2)


class TestDocument:
    def test_the_one_that_is_kept_is_current(self) -> None:
        built = orjson.dumps(create_api().openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
        assert (REPOSITORY / "dashboard/openapi.json").read_bytes() == built, "run `make openapi`"

    async def test_it_is_served(self, anonymous: httpx.AsyncClient) -> None:
        document = (await anonymous.get("/api/openapi.json")).json()
        assert document["info"]["version"] == __version__
        assert "/api/v1/agents/{agent_id}/metrics" in document["paths"]
        page = await anonymous.get("/api/docs")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert all(f"<code>{path}</code>" in page.text for path in document["paths"])
        assert "<script" not in page.text
        assert "http://" not in page.text


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/nothing", 404), ("GET", "/api/v1/nothing", 404), ("GET", "/api/v1//agents", 404),
            ("DELETE", "/api/v1/agents", 405), ("PUT", "/api/v1/auth/login", 405), ("POST", "/health", 405),
            ("GET", "/%ff%00/%2e%2e/", 404), ("OPTIONS", "/api/v1/agents", 405),
        ],
    )  # fmt: skip
    async def test_what_is_not_there_is_a_problem(
        self, method: str, path: str, status: int, client: httpx.AsyncClient
    ) -> None:
        answer = await client.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["status"] == status
        if status == 405:
            assert answer.headers["allow"]

    async def test_an_error_nobody_foresaw_is_a_problem_without_a_word_about_the_inside(self) -> None:
        app = FastAPI()
        problems.install(app)

        @app.get("/broken")
        def broken() -> None:
            raise RuntimeError("secret")

        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            answer = await client.get("/broken")
        assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
        assert "secret" not in answer.text

    @pytest.mark.parametrize("path", ["/health", "/nothing", "/api/v1/agents", "/metrics"])
    async def test_every_answer_has_the_headers_that_browsers_need(
        self, path: str, anonymous: httpx.AsyncClient
    ) -> None:
        headers = (await anonymous.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers

    @pytest.mark.parametrize(("path", "caching"), [("/api/v1/auth/me", "no-store"), ("/health", None)])
    async def test_answers_about_people_and_agents_stay_in_no_cache(
        self, path: str, caching: str | None, anonymous: httpx.AsyncClient
    ) -> None:
        assert (await anonymous.get(path)).headers.get("cache-control") == caching

    async def test_the_page_of_the_api_may_show_its_own_style_alone(self, anonymous: httpx.AsyncClient) -> None:
        answer = await anonymous.get("/api/docs")
        style = answer.text.partition("<style>")[2].partition("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}';" in answer.headers["content-security-policy"]


class TestDashboard:
    @pytest.fixture
    def static(self, tmp_path: Path) -> Path:
        static = tmp_path / "static"
        (static / "assets").mkdir(parents=True)
        (static / "index.html").write_text("<html>the page @NONCE@</html>")
        (static / "assets/app-1a2b.js").write_text("run()")
        (static / "icon.svg").write_text("<svg/>")
        (tmp_path / "secret.txt").write_text("classified")
        (static / "link.txt").symlink_to(tmp_path / "secret.txt")
        return static

    def client(self, static: Path) -> httpx.AsyncClient:
        app = FastAPI()
        problems.install(app)
        system.install_dashboard(app, static)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://hub")

    async def test_every_page_is_the_application_with_a_nonce_of_its_own(self, static: Path) -> None:
        nonces = set()
        async with self.client(static) as client:
            for path in ("/dashboard", "/dashboard/", "/dashboard/agents/7", "/dashboard/a.b/c?x=1"):
                answer = await client.get(path)
                nonce = answer.text.removeprefix("<html>the page ").removesuffix("</html>")
                assert (answer.status_code, len(nonce), answer.headers["cache-control"]) == (200, 22, "no-cache")
                nonces.add(nonce)
                assert f"style-src 'self' 'nonce-{nonce}';" in answer.headers["content-security-policy"]
            assert len(nonces) == 4
            root = await client.get("/")
            assert (root.status_code, root.headers["location"]) == (307, "/dashboard")

    async def test_assets_are_kept_by_browsers_and_missing_ones_are_not_pages(self, static: Path) -> None:
        async with self.client(static) as client:
            script = await client.get("/dashboard/assets/app-1a2b.js")
            assert (script.text, script.headers["cache-control"]) == ("run()", "public, max-age=31536000, immutable")
            assert "javascript" in script.headers["content-type"]
            assert (await client.get("/dashboard/icon.svg")).headers["cache-control"] == "no-cache"
            missing = await client.get("/dashboard/assets/old.js")
            assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")

    @pytest.mark.parametrize(
        ("accepted", "encoding", "body"),
        [("gzip, deflate, br", "br", b"brotli"), ("gzip, deflate", "gzip", b"gzip"), ("GZIP", "gzip", b"gzip"),
         ("", None, b"run()"), ("identity", None, b"run()"), ("br;q=0, gzip;q=0", None, b"run()")],
    )  # fmt: skip
    async def test_assets_come_as_the_build_compressed_them_where_the_browser_takes_that(
        self, accepted: str, encoding: str | None, body: bytes, static: Path
    ) -> None:
        (static / "assets/app-1a2b.js.br").write_bytes(b"brotli")
        (static / "assets/app-1a2b.js.gz").write_bytes(b"gzip")
        async with (
            self.client(static) as client,
            client.stream("GET", "/dashboard/assets/app-1a2b.js", headers={"Accept-Encoding": accepted}) as answer,
        ):
            assert b"".join([part async for part in answer.aiter_raw()]) == body
        assert answer.headers.get("content-encoding") == encoding
        assert "javascript" in answer.headers["content-type"]
        assert (answer.headers["vary"], "immutable" in answer.headers["cache-control"]) == ("Accept-Encoding", True)

    @pytest.mark.parametrize(
        "path",
        ["../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "assets/..%2f..%2fsecret.txt", "/etc/passwd",
         "%2fetc%2fpasswd", "link.txt", "%00", "a%00b", "x" * 300, "assets/" + "x" * 300, "x/" * 600, "%ff"],
    )  # fmt: skip
    async def test_nothing_else_is_served_whatever_is_asked(self, path: str, static: Path) -> None:
        async with self.client(static) as client:
            answer = await client.get(httpx.URL(f"http://hub/dashboard/{path}"))
        assert "classified" not in answer.text
        assert "root:" not in answer.text
        assert answer.status_code in (200, 404)

    async def test_a_hub_without_a_built_dashboard_says_so(self, tmp_path: Path) -> None:
        async with self.client(tmp_path / "nothing") as client:
            answer = await client.get("/dashboard")
        assert (answer.status_code, "make dashboard" in answer.json()["detail"]) == (503, True)


async def test_what_is_known_of_agents_outlives_the_hub(dsn: str, tmp_path: Path) -> None:
    from packages.hub.tests.kit import hub as hubs

    async with hubs.running(dsn, tmp_path) as first:
        enrolled = await first.enroll()
        async with first.client() as client:
            await client.post(f"/api/v1/agents/{enrolled.id}/heartbeat", json={}, headers=enrolled.headers)
        await until(lambda: str(first.hub.registry.get(enrolled.id).status) == "online")  # type: ignore[union-attr]  # it is there
    async with hubs.running(dsn, tmp_path) as second, second.client(await second.session()) as client:
        agent = (await client.get(f"/api/v1/agents/{enrolled.id}")).json()
        assert (agent["status"], bool(agent["last_heartbeat"])) == ("online", True)
        beat = await client.post(f"/api/v1/agents/{enrolled.id}/heartbeat", json={}, headers=enrolled.headers)
        assert beat.status_code == 204


class TestCompression:
    """Long answers travel compressed to who can read that; exports and short ones as they are."""

    async def test_long_answers_are_compressed_for_who_asks(self, client: httpx.AsyncClient) -> None:
        plain = await client.get("/api/openapi.json", headers={"Accept-Encoding": "identity"})
        packed = await client.get("/api/openapi.json", headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in packed.headers["vary"].lower()
        assert packed.json() == plain.json()
        assert packed.num_bytes_downloaded < len(plain.content) / 4

    @pytest.mark.parametrize("format_", ["csv", "parquet"])
    async def test_exports_are_not(self, hub: RunningHub, client: httpx.AsyncClient, format_: str) -> None:
        enrolled = await hub.enroll()
        asked = {"agent": str(enrolled.id), "format": format_}
        answer = await client.get("/api/v1/series/export", params=asked, headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.headers.get("content-encoding")) == (200, None)

    async def test_short_ones_are_not(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/v1/auth/me", headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in answer.headers
