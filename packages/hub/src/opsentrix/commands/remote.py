"""A hub's API as the command line uses it, with a token: machines found, commands given and followed."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

import httpx

from opsentrix.errors import StartupError

POLL_S = 0.3
_KEYS = {"status": "status", "type": "type", "environment": "environment", "env": "environment", "tag": "tag"}
_PAGE = 500
_FOLLOWING = {"next_cursor": "cursor", "next_before": "before"}
"""What a page says of the one after it, and how that is asked for."""


class NotGivenError(Exception):
    """The hub did not take it, or cannot be reached; the text says why."""


class Text(NamedTuple):
    """Something that a machine wrote."""

    agent: int
    name: str
    data: bytes


class Remote:
    """A hub, asked over HTTPS with an API token."""

    def __init__(self, url: str, token: str, transport: httpx.BaseTransport | None = None) -> None:
        """Take where the hub is; `transport` is for tests.

        Raises:
            StartupError: URL or token is missing.
        """
        if not url or not token:
            raise StartupError("Set OPSENTRIX_URL and OPSENTRIX_API_TOKEN, or give --url and --token.")
        headers = {"Authorization": f"Bearer {token}"}
        try:
            self._client = httpx.Client(base_url=url, headers=headers, timeout=30, transport=transport)
        except (httpx.InvalidURL, ValueError) as error:
            raise StartupError(f"{url!r} is no URL of a hub: {error}.") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, method: str, path: str, **how: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own options
        """Return an answer of the hub.

        Raises:
            NotGivenError: it says no, or nothing.
        """
        try:
            answer = self._client.request(method, f"/api/v1{path}", **how)
        except httpx.HTTPError as error:
            raise NotGivenError(f"The hub does not answer: {error}.") from None
        if answer.is_success:
            return answer
        raise NotGivenError(_problem(answer))

    def pages(self, path: str, params: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the items of all pages of a list.

        Raises:
            NotGivenError: the hub says no, or nothing.
        """
        following: dict[str, Any] = {}
        while True:
            page = self.ask("GET", path, params={**params, "limit": _PAGE, **following}).json()
            yield from page["items"]
            following = {name: page[key] for key, name in _FOLLOWING.items() if page.get(key) is not None}
            if not following:
                return

    def chosen(self, selectors: Sequence[str]) -> dict[str, Any]:
        """Return which machines are meant, as the API takes it.

        Args:
            selectors: names, or `key=value` with commas between them; keys are status, type, environment (env), tag.

        Raises:
            NotGivenError: a name is nobody's, or several have it, or names and keys are mixed.
        """
        parts = [part.strip() for one in selectors for part in one.split(",") if part.strip()]
        pairs = [part.partition("=") for part in parts]
        if all(not equals for _, equals, _ in pairs) and parts:
            return {"agents": [self.named(part) for part in parts]}
        if not all(equals and key in _KEYS for key, equals, _ in pairs) or not parts:
            raise NotGivenError("--on takes names of machines, or status=, type=, environment= and tag=, not both.")
        selector: dict[str, list[str]] = {}
        for key, _, value in pairs:
            selector.setdefault(_KEYS[key], []).append(value)
        return {"selector": selector}

    def named(self, name: str) -> int:
        """Return the number of the agent of this name, or which is this number.

        Raises:
            NotGivenError: nobody has the name, or several.
        """
        if name.isdigit():
            return int(name)
        page = self.ask("GET", "/agents", params={"q": name, "limit": _PAGE}).json()
        found = [one["id"] for one in page["items"] if one["name"] == name]
        if len(found) != 1:
            raise NotGivenError(f"{len(found) or 'No'} machines are called {name!r}; take their numbers.")
        return int(found[0])

    def params(self, choice: dict[str, Any], action: str, given: Sequence[str]) -> dict[str, Any]:
        """Return `key=value` words as parameters, of the types that a machine declares for the action.

        Raises:
            NotGivenError: a word has no `=`.
        """
        pairs = [one.partition("=") for one in given]
        for key, equals, _ in pairs:
            if not equals or not key:
                raise NotGivenError(f"{key!r} is no parameter: write key=value.")
        types = self._types(choice, action, {key: value for key, _, value in pairs}) if pairs else {}
        return {key: _typed(value, types.get(key, "string")) for key, _, value in pairs}

    def follow(self, command: int, told: Callable[[dict[str, Any]], None]) -> Iterator[Text]:
        """Yield what machines write until the command has ended; `told` gets it as it stands, before its text."""
        seen: dict[int, int] = {}
        while True:
            shown = self.read(command)
            told(shown)
            for run in shown["items"]:
                agent = run["agent"]
                if run["output_bytes"] and seen.get(agent) != -1:
                    answer = self.ask(
                        "GET", f"/commands/{command}/runs/{agent}/output",
                        params={"after": seen.get(agent, 0), "download": "true"},
                    )  # fmt: skip
                    seen[agent] = int(answer.headers["Opsentrix-Output-Seq"])
                    if answer.content:
                        yield Text(agent, run["name"], answer.content)
                if run["ended_at"] is not None:
                    seen[agent] = -1
            if shown["ended_at"] is not None:
                return
            time.sleep(POLL_S)

    def read(self, command: int) -> dict[str, Any]:
        """Return a command with all of its runs."""
        shown: dict[str, Any] = self.ask("GET", f"/commands/{command}", params={"limit": 1000}).json()
        while shown["next_run"] is not None:
            page = self.ask("GET", f"/commands/{command}", params={"limit": 1000, "after": shown["next_run"]}).json()
            shown["items"] += page["items"]
            shown["next_run"] = page["next_run"]
        return shown

    def _types(self, choice: dict[str, Any], action: str, params: dict[str, str]) -> dict[str, str]:
        """Return the types of an action's parameters by the first machine that allows it."""
        plain = {"action": action, "params": params}
        planned = self.ask("POST", "/commands/preview", json={**choice, **plain}).json()
        for machine in [*planned["would_run"], *planned["away"], *planned["would_refuse"]][:10]:
            allowed = self.ask("GET", f"/agents/{machine['id']}/actions").json()["items"]
            for one in allowed:
                if one["name"] == action:
                    script = one["scripts"].get(params.get("name", ""), {})
                    declared = [*one["parameters"], *script.get("parameters", [])]
                    return {each["name"]: each["type"] for each in declared}
        return {}


def _typed(value: str, kind: str) -> str | int | bool:
    if kind == "integer" and value.removeprefix("-").isdigit():
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def _problem(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        errors = "".join(f" {one['field']}: {one['detail']}." for one in problem.get("errors") or ())
        return f"{problem['detail']}{errors}"
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
        return f"The hub answers {answer.status_code}, and not as a hub does."
