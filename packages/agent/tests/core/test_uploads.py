"""Recordings go piece by piece behind the frames; a hub cannot make the agent owe it much."""

from opsentrix_agent.uploads import MAX_WAITING, PIECE_EVERY_S, Uploads, Window, nothing_recorded
from opsentrix_protocol import opsentrix_pb2 as pb


def request(number: int = 1) -> pb.RecordingRequest:
    return pb.RecordingRequest(id=number, from_ms=10, to_ms=20, max_bytes=99)


def sent(uploads: Uploads, now: float) -> pb.Recording | None:
    data = uploads.poll(now)
    return None if data is None else pb.AgentMessage.FromString(data).recording


def drain(uploads: Uploads) -> list[pb.Recording]:
    pieces: list[pb.Recording] = []
    while uploads.waiting:
        piece = sent(uploads, uploads.due)
        assert piece is not None
        pieces.append(piece)
    return pieces


def test_an_agent_without_data_says_so() -> None:
    uploads = Uploads(nothing_recorded)
    uploads.request(request())
    assert drain(uploads) == [pb.Recording(id=1, last=True)]


def test_the_window_that_was_asked_for_goes_in_order_and_ends() -> None:
    asked: list[tuple[int, int, int]] = []

    def cut(*window: int) -> Window:
        asked.append((window[0], window[1], window[2]))
        return Window((b"a", b"b"), truncated=True)

    uploads = Uploads(cut)
    uploads.request(request())
    pieces = drain(uploads)
    assert [(one.index, one.data, one.last, one.truncated) for one in pieces] == [
        (0, b"a", False, False),
        (1, b"b", True, True),
    ]
    assert asked == [(10, 20, 99)]


def test_pieces_are_spaced() -> None:
    uploads = Uploads(lambda *_: Window((b"a", b"b")))
    uploads.request(request())
    assert sent(uploads, 100.0) is not None
    assert sent(uploads, 100.0) is None
    assert uploads.due == 100.0 + PIECE_EVERY_S
    assert sent(uploads, uploads.due) is not None


def test_requests_are_bounded_and_the_same_counts_once() -> None:
    uploads = Uploads(nothing_recorded)
    for number in (1, 1, *range(2, 50)):
        uploads.request(request(number))
    assert [one.id for one in drain(uploads)] == list(range(1, MAX_WAITING + 1))


def test_the_end_of_a_connection_forgets_what_was_asked() -> None:
    uploads = Uploads(lambda *_: Window((b"a", b"b")))
    uploads.request(request())
    uploads.poll(0.0)
    uploads.clear()
    assert uploads.poll(9.0) is None
    uploads.request(request())
    assert [one.index for one in drain(uploads)] == [0, 1]
