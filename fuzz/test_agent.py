"""What reaches an agent from the network and from its own files: the hub is not trusted, and files get damaged."""

import json
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opsentrix_agent import configuration, hubhttp, websocket
from opsentrix_agent.configuration import HUB_KEYS, MAX_HUB_SPOOL_BYTES, Configuration
from opsentrix_agent.errors import IdentityError, LinkError, SettingsError, UpgradeError, UpgradeRefusedError
from opsentrix_agent.greeting import Greeting
from opsentrix_agent.identity import Identity, load_identity
from opsentrix_agent.link import Link
from opsentrix_agent.orders import Duties
from opsentrix_agent.proxy import Proxy, proxy_for
from opsentrix_agent.segments import SegmentFolder
from opsentrix_agent.settings import Layer, load_layers, settings_of
from opsentrix_agent.spool import Spool, SpooledFrame
from opsentrix_agent.upgrades import manifest as manifests
from opsentrix_agent.upgrades.places import read_json
from opsentrix_agent.upgrades.policy import load_policy
from opsentrix_agent.uploads import Window
from opsentrix_protocol import opsentrix_pb2 as pb

from fuzz.inputs import EXAMPLES, TEXTS, changed, fuzzed, hub_messages, json_texts

BOOT = bytes(range(16))
IDENTITY = Identity(7, "oxa_secret", "https://hub.example", "")
SETTINGS: dict[str, Any] = {
    "server_url": "https://hub.example:8000",
    "name": "web-1",
    "agent_type": "host",
    "environment": "production",
    "tags": ["a", "b"],
    "reporting_interval": 5,
    "state_dir": "/var/lib/x",
    "spool_bytes": 1 << 20,
    "spool_disk_bytes": 0,
    "collectors": {"enable": ["cpu"], "disable": []},
    "plugin_dir": "/etc/x",
    "tls_ca": "/etc/ca.pem",
    "payload_encryption": False,
    "payload_key": "",
    "paused": False,
}
HUB_SETTINGS = {"reporting_interval": 5, "collectors": {"disable": ["cpu"]}, "spool_bytes": 1 << 20, "paused": False}
RELEASE = {"version": "1.4.0", "sha256": 64 * "a", "size": 9, "signatures": [{"key_id": "00", "signature": "00"}]}
POLICY = {"upgrades": {"keys": ["A" * 43 + "="], "allow_downgrade": False, "deadline_s": 180}}


@fuzzed()
@given(st.lists(hub_messages(), max_size=8))
def test_whatever_a_hub_says_the_link_goes_on_or_ends_in_order(said: list[bytes]) -> None:
    spool = Spool(1 << 20)
    for seq in range(1, 5):
        spool.add(SpooledFrame((BOOT, seq), 5, pb.Frame(boot_id=BOOT, seq=seq, layout_id=5).SerializeToString()), b"")
    link = Link(spool, Greeting("1", BOOT, 1000, 5), duties=Duties(recordings=lambda *_asked: Window((b"piece",))))
    link.open(100.0)
    welcome = pb.HubMessage(welcome=pb.Welcome(capabilities=["configuration"])).SerializeToString()
    for now, data in enumerate([welcome, *said], 100):
        try:
            link.receive(data, float(now))
        except LinkError:
            link.close()
            link.open(float(now))
        for _ in range(3):
            sent = link.poll(float(now))
            assert sent is None or pb.AgentMessage.FromString(sent).WhichOneof("body")
        assert link.deadline(float(now)) <= now + 60


@st.composite
def _server_frames(draw: st.DrawFn) -> bytes:
    """Draw frames of a server, most of them good."""
    data = bytearray()
    for _ in range(draw(st.integers(0, 4))):
        payload = draw(st.binary(max_size=200))
        first = draw(st.sampled_from((0x82, 0x82, 0x02, 0x80, 0x00, 0x89, 0x8A, 0x88, 0x81, 0xC2)))
        size = len(payload)
        data += bytes((first, size)) if size < 126 else bytes((first, 126)) + size.to_bytes(2, "big")
        data += payload
    return bytes(data)


def _read(pieces: list[bytes]) -> tuple[list[tuple[int, bytes]], bool]:
    """Return what a reader yields of pieces, and whether it refused them."""
    reader, found = websocket.Reader(), list[tuple[int, bytes]]()
    try:
        for piece in pieces:
            found += reader.feed(piece)
            assert len(reader._buffer) + len(reader._parts) <= 2 * websocket.MAX_MESSAGE_BYTES + len(piece)
    except LinkError:
        return found, True
    return found, False


@fuzzed()
@given(st.one_of(_server_frames(), changed([b"\x82\x01x", b"\x82\x7f" + bytes(8), b"\x02\x01x\x80\x01y"])), st.data())
def test_frames_of_a_server_are_read_alike_however_they_come_in(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    pieces = [stream[first:last] for first, last in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    whole, refused = _read([stream])
    apart, refused_apart = _read(pieces)
    assert refused == refused_apart
    # Of a stream that is refused in the end, what comes before may be told before it is.
    assert apart[: len(whole)] == whole
    assert refused or apart == whole
    for opcode, payload in whole:
        if opcode == websocket.CLOSE:
            assert "\n" not in websocket.close_reason(payload)[:4]


HEAD = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)


@fuzzed()
@given(changed([HEAD, b"HTTP/1.1 403 Forbidden", b"HTTP/1.0 200 OK\r\n"], [b"\r\n", b":", b"HTTP/1.1 "]))
def test_only_the_answer_to_this_handshake_opens_a_websocket(head: bytes) -> None:
    try:
        websocket.check_answer(head, "dGhlIHNhbXBsZSBub25jZQ==")  # key and answer of RFC 6455, section 1.3
    except LinkError:
        return
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    assert websocket.http_status(head) == 101


_URLS = changed(
    [b"http://proxy.example:3128", b"http://user:p%40ss@[::1]:8080/", b"proxy"], [b"[", b"]", b"@", b":", b"://", b"%"]
).map(lambda one: one.decode("latin-1"))


@fuzzed()
@given(_URLS, st.one_of(TEXTS, _URLS), st.booleans())
def test_a_proxy_of_the_environment_is_one_or_refused(url: str, without: str, secure: bool) -> None:
    try:
        found = proxy_for(
            "hub.example", secure=secure, environ={"https_proxy": url, "http_proxy": url, "no_proxy": without}
        )
    except LinkError:
        return
    if isinstance(found, Proxy):
        head = found.connect_request("hub.example", 443)
        assert 0 < found.port < 65_536
        assert head.count(b"\r\n") <= 4, "a header was slipped in"


@fuzzed()
@given(json_texts([{"detail": "x", "title": "y"}, {"id": 7, "credential": "secret"}]), st.integers(100, 599))
def test_an_answer_of_the_hub_is_an_object_or_nothing(body: bytes, status: int) -> None:
    answer = hubhttp._answer(status, Message(), body)
    assert isinstance(answer.body, dict)
    assert len(answer.detail()) <= 300


@fuzzed(fixtures=True)
@given(content=json_texts([SETTINGS]))
def test_a_config_file_is_right_or_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "agent.json"
    path.write_bytes(content)
    try:
        settings = settings_of(load_layers(path, {}), {})
    except SettingsError:
        return
    assert settings.name
    assert settings.name.isprintable()


@fuzzed()
@given(TEXTS, st.sampled_from(sorted(SETTINGS)))
def test_an_environment_variable_is_right_or_one_clear_error(value: str, key: str) -> None:
    variable = f"OPSENTRIX_AGENT_{key.upper()}" if key != "server_url" else "OPSENTRIX_SERVER_URL"
    try:
        load_layers(None, {variable: value, "OPSENTRIX_AGENT_CONFIG": ""})
    except SettingsError:
        return


@fuzzed(fixtures=True)
@given(wanted=json_texts([HUB_SETTINGS, SETTINGS]), version=st.integers(0, 2**64 - 1))
def test_whatever_a_hub_wants_its_bounds_hold_and_it_is_told(tmp_path: Path, wanted: bytes, version: int) -> None:
    owned = {"server_url": Layer("https://hub.example", "file"), "name": Layer("web-1", "file")}
    followed = Configuration(lambda: owned)
    before = followed.settings
    followed.keep_in(tmp_path, IDENTITY)
    followed.take(version, wanted.decode("latin-1"))
    after = followed.settings
    changed_keys = {key for key, one in followed.sources().items() if one.source == "hub"}
    assert changed_keys <= set(HUB_KEYS)
    assert (after.server_url, after.name, after.state_dir) == (before.server_url, before.name, before.state_dir)
    assert "spool_bytes" not in changed_keys or after.spool_bytes <= MAX_HUB_SPOOL_BYTES
    assert pb.ConfigurationState.FromString(followed.state().SerializeToString()).version == version


@fuzzed(fixtures=True)
@given(content=json_texts([{"agent_id": 7, "server_url": IDENTITY.server_url, "version": 3, "content": HUB_SETTINGS}]))
def test_a_kept_configuration_is_followed_or_left_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / configuration.FILE_NAME).write_bytes(content)
    followed = Configuration(dict)
    followed.keep_in(tmp_path, IDENTITY)
    followed.state()


@fuzzed(fixtures=True)
@given(content=json_texts([IDENTITY._asdict()]))
def test_an_identity_file_is_sound_or_one_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "identity.json").write_bytes(content)
    try:
        identity = load_identity(tmp_path)
    except IdentityError:
        return
    assert identity is not None
    assert identity.credential


@fuzzed(fixtures=True)
@given(text=json_texts([RELEASE]))
def test_a_manifest_has_the_form_of_one_or_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "order.json").write_bytes(text)
    read_json(tmp_path, "order.json")
    try:
        found = manifests.parse(text)
    except UpgradeError:
        return
    assert manifests.parse(json.dumps(found.to_json()).encode()) == found
    assert b"\n".join(found.signed_bytes().split(b"\n")[:1]) == b"opsentrix-agent-release"
    assert found.signed_bytes().count(b"\n") == 3, "what is signed could be read in two ways"


@fuzzed(fixtures=True)
@given(text=json_texts([POLICY]))
def test_a_policy_is_right_or_allows_nothing(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(text)
    file.chmod(0o600)
    try:
        policy = load_policy(file)
    except UpgradeRefusedError:
        return
    assert all(len(key) == 32 for key in policy.keys)


@fuzzed(examples=EXAMPLES // 2, fixtures=True)
@given(data=st.data())
def test_of_a_damaged_segment_only_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = SegmentFolder(tmp_path_factory.mktemp("spool"), 1 << 20)
    folder.open()
    frames = [SpooledFrame((BOOT, seq), 5, f"frame {seq}".encode()) for seq in range(1, 4)]
    folder.append(frames, lambda _id: b"layout")
    (segment,) = folder.segments
    segment.path.write_bytes(data.draw(changed([segment.path.read_bytes()], [b"\xff\xff\xff\x7f"])))
    found = folder.read(segment)
    folder.close()
    assert all(one in frames for one in found.frames)
    assert set(found.layouts.values()) <= {b"layout"}
