"""What happened while a flight recorder ran: shown with its looks, and bounded."""

import zlib

import httpx
from opsentrix.model.recordings import MAX_EVENTS, MAX_PART_PLAIN_BYTES, MAX_TEXT_CHARS
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured
from packages.hub.tests.kit.moments import happened, moments
from packages.hub.tests.kit.recorder import ask, asked, path, recorder, synced


async def test_what_happened_stands_on_the_page_of_its_looks(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    def event(time_ms: int, text: str, **attributes: str) -> pb.Event:
        return pb.Event(
            kind="kernel.message", time_ms=time_ms, severity=pb.SEVERITY_CRITICAL, message=text, attributes=attributes
        )

    async with recorder(hub, enrolled) as agent:
        row = await ask(client, enrolled)
        request = await asked(agent)
        middle = request.to_ms - 60_000
        parts = (
            moments([middle, middle + 5000]),
            happened(
                event(middle + 4000, "later"), event(middle - 1, "out\x1b[1m of memory", level="alert"), left_out=3
            ),
            happened(event(middle + 6000, "y" * 5000), event(request.to_ms + 1, "outside"), left_out=4),
        )
        for index, data in enumerate(parts):
            await agent.send(recording=pb.Recording(id=row["id"], index=index, data=data, last=index == 2))
        await synced(agent)
    first = (await client.get(path(enrolled, row["id"]), params={"limit": 1})).json()
    assert first["events"] == [
        {
            "time": (middle - 1) / 1000,
            "kind": "kernel.message",
            "severity": "critical",
            "text": "out\ufffd[1m of memory",
            "attributes": {"level": "alert"},
        }
    ]
    rest = (await client.get(path(enrolled, row["id"]), params={"limit": 1, "after": first["next"]})).json()
    assert [one["text"][:9] for one in rest["events"]] == ["later", "y" * 9]
    assert len(rest["events"][1]["text"]) == MAX_TEXT_CHARS
    assert (rest["next"], rest["events_left_out"]) == (None, 7)


async def test_events_without_end_are_counted_and_not_shown(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with recorder(hub, enrolled) as agent:
        row = await ask(client, enrolled)
        time_ms = (await asked(agent)).to_ms
        many = happened(*[pb.Event(time_ms=time_ms)] * (MAX_EVENTS + 10))
        bomb = zlib.compress(pb.RecordedMoments(events=[pb.Event()] * MAX_PART_PLAIN_BYTES).SerializeToString())
        await agent.send(recording=pb.Recording(id=row["id"], index=0, data=many))
        await agent.send(recording=pb.Recording(id=row["id"], index=1, data=bomb, last=True))
        await synced(agent)
    before = measured("opsentrix_recording_parts_left_out_total")
    content = (await client.get(path(enrolled, row["id"]))).json()
    assert measured("opsentrix_recording_parts_left_out_total") == before + 1
    assert (len(content["events"]), content["events_left_out"]) == (MAX_EVENTS, 10)
