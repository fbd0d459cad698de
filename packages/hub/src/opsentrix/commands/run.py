"""`opsentrix run`: an action on machines, over the hub's API with a token."""

import json
import sys
from collections import Counter
from typing import Annotated, Any

import typer

from opsentrix.commands.asking import Token, Url, asking
from opsentrix.commands.remote import NotGivenError, Remote, Text
from opsentrix.commands.terminal import printable

WELL, NOT_WELL = 0, 1
"""Exit codes: every run succeeded; some did not. What was not given is `asking.REFUSED`."""
_SHOWN = 50

On = Annotated[
    list[str],
    typer.Option("--on", help="Machines: names or numbers, or tag=web,environment=prod; commas between, repeatable."),
]


def run(  # noqa: PLR0913, PLR0917 - each is an option
    action: Annotated[str, typer.Argument(help="Such as service.restart.")],
    on: On,
    params: Annotated[list[str] | None, typer.Argument(help="The action's parameters: key=value.")] = None,
    url: Url = "",
    token: Token = "",
    reason: Annotated[str, typer.Option(help="Why; it is kept.")] = "",
    timeout_s: Annotated[int, typer.Option("--timeout", min=0, max=3600, help="0: what each machine allows.")] = 0,
    expires_s: Annotated[int, typer.Option("--expires", min=10, max=86_400, help="For machines that are away.")] = 3600,
    batch: Annotated[int, typer.Option(min=0, help="Machines at once; 0: all.")] = 0,
    pause_s: Annotated[int, typer.Option("--pause", min=0, max=3600, help="Between batches.")] = 0,
    stop_after: Annotated[int, typer.Option(min=0, help="Runs that do not end well until it stops; 0: never.")] = 1,
    approval: Annotated[bool, typer.Option("--approval", help="A second person has to approve it first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of it as JSON, and nothing else.")] = False,
) -> None:
    """Run an action on machines: shows which, asks, and prints what they write.

    Exit code 0: all succeeded; 1: some did not; 2: it was not given. Ctrl-C stops watching, not the command.
    Its API token needs respond:write and agents:read.
    """
    with asking(url, token) as hub:
        body: dict[str, Any] = hub.chosen(on)
        body |= {"action": action, "params": hub.params(body, action, params or ())}
        body |= {"timeout_s": timeout_s, "expires_s": expires_s, "reason": reason, "approval": approval}
        if batch:
            body["batch"] = {"size": batch, "pause_s": pause_s, "stop_after": stop_after}
        planned = hub.ask("POST", "/commands/preview", json=body).json()
        if not as_json or not yes:
            _show(planned)
        if not yes and not _agreed():
            raise NotGivenError("Nothing was done.")
        # What is given is what was shown, even if a selector matches others by now.
        body.pop("selector", None)
        shown = [one["id"] for kind in ("would_run", "away", "would_refuse") for one in planned[kind]]
        body["agents"] = body.get("agents") or sorted(shown)
        given = hub.ask("POST", "/commands", json=body).json()
        sys.exit(_follow(hub, given["id"], as_json=as_json))


def _show(planned: dict[str, Any]) -> None:
    titles = {"would_run": "Runs on", "away": "Away, gets it when it is back", "would_refuse": "Would refuse"}
    for kind, title in titles.items():
        machines = planned[kind]
        if machines:
            sys.stderr.write(f"{title} ({len(machines)}):\n")
        for one in machines[:_SHOWN]:
            why = f": {one['refusal']}" if one["refusal"] else ""
            sys.stderr.write(printable(f"  {one['name']} ({one['id']}) {one['environment']}{why}") + "\n")
        if len(machines) > _SHOWN:
            sys.stderr.write(f"  and {len(machines) - _SHOWN} more\n")
    sys.stderr.write(f"It {planned['effect']}. {planned['approval'] and 'A second person has to approve it. '}")
    sys.stderr.write(f"{planned['approval']}\n")


def _agreed() -> bool:
    sys.stderr.write("Go on? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _follow(hub: Remote, command: int, *, as_json: bool) -> int:
    last: dict[str, Any] = {}
    written: dict[int, bytes] = {}
    awaiting = False

    def told(shown: dict[str, Any]) -> None:
        nonlocal awaiting
        if shown["state"] == "awaiting_approval" and not awaiting:
            awaiting = True
            sys.stderr.write(f"Command {command} waits for a second person's approval.\n")
        last.update(shown)

    try:
        for text in hub.follow(command, told):
            written[text.agent] = written.get(text.agent, b"") + text.data
            if not as_json:
                _write(text, several=sum(last.get("runs", {}).values()) != 1)
    except KeyboardInterrupt:
        sys.stderr.write(f"\nCommand {command} goes on; cancel it in the dashboard or over the API.\n")
        return 130
    if as_json:
        for one in last["items"]:
            one["output"] = written.get(one["agent"], b"").decode(errors="replace")
        sys.stdout.write(json.dumps(last, indent=2) + "\n")
    else:
        _conclude(last)
    return WELL if last["runs"].keys() == {"succeeded"} else NOT_WELL


def _conclude(last: dict[str, Any]) -> None:
    for one in last["items"]:
        took = "" if one["duration_ms"] is None else f" after {one['duration_ms'] / 1000:.1f} s"
        code = f" (exit code {one['exit_code']})" if one["state"] == "failed" else ""
        why = f": {one['error']}" if one["error"] else ""
        why += "; its output is not whole" if one["output_truncated"] else ""
        sys.stderr.write(printable(f"{one['name']}: {one['state']}{code}{took}{why}") + "\n")
    counted = Counter(one["state"] for one in last["items"])
    if len(last["items"]) > 1:
        sys.stderr.write(f"{', '.join(f'{number} {state}' for state, number in counted.items())}. {last['note']}\n")


def _write(text: Text, *, several: bool) -> None:
    """Write what a machine wrote: as it came into a file, and harmless on a terminal."""
    if not sys.stdout.isatty() and not several:
        sys.stdout.buffer.write(text.data)
        sys.stdout.buffer.flush()
        return
    for line in text.data.decode(errors="replace").splitlines():
        sys.stdout.write(printable(f"{text.name}: {line}" if several else line) + "\n")
    sys.stdout.flush()
