"""Messages with fixed content, whose bytes are kept in `golden/`; every released one must be readable for ever."""

from array import array

from google.protobuf.message import Message
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from opsentrix_protocol.layouts import layout_id, layout_to_wire

BOOT = bytes(range(16))
OLD_BOOT = bytes(range(16, 32))
TIME_MS = 1_700_000_000_000
CPU = Metric("system.cpu.utilization", "1", Kind.GAUGE, "help is not sent")
NETWORK = Metric("system.network.io", "By/s", Kind.RATE, counter_bits=32)
UPTIME = Metric("system.uptime", "s", Kind.GAUGE)
SERIES = (
    Series(CPU, labels_of(state="user")),
    Series(CPU, labels_of(state="idle", cpu="0")),
    Series(NETWORK, labels_of(device="eth0", direction="receive")),
)


def uncompressed(values: "array[float]", absent: bytes = b"") -> pb.Frame:
    """Return a frame whose columns are not compressed: the bytes of zlib differ from one release of it to another."""
    return pb.Frame(
        layout_id=layout_id(SERIES),
        boot_id=BOOT,
        seq=1,
        first_tick_ms=TIME_MS,
        step_ms=1000,
        ticks=2,
        value_type=pb.VALUE_TYPE_FLOAT64 if values.typecode == "d" else pb.VALUE_TYPE_FLOAT32,
        compression=pb.COMPRESSION_NONE,
        columns=values.tobytes(),
        absent=absent,
    )


def _frame_after_losses() -> pb.Frame:
    frame = uncompressed(array("d", [0.25, 0.5, 0.75, 0.5, 1500.0, 0.1]))
    frame.seq, frame.lost_before, frame.clock_step_ms = 301, 300, -3_600_000
    return frame


def _frame_with_layout() -> pb.Frame:
    frame = uncompressed(array("d", [0.25, 0.5, 0.75, 0.5, 1500.0, 0.1]))
    frame.layout.CopyFrom(layout_to_wire(SERIES))
    frame.processes.time_ms = TIME_MS + 1000
    frame.processes.processes.add(
        pid=1, name="init", user="root", state="sleeping", cpu=0.5, memory_bytes=1 << 33, threads=3
    )
    return frame


def _frame_with_processes() -> pb.Frame:
    frame = uncompressed(array("d", [0.25, 0.5, 0.75, 0.5, 1500.0, 0.1]))
    samples = pb.ProcessSamples(
        time_ms=[TIME_MS, TIME_MS + 1000],
        count=[2, 1],
        pid=[1, 4711, 4711],
        name=["init", "postgres", "postgres"],
        user=["root", "pg", "pg"],
        state=[pb.PROCESS_STATE_SLEEPING, pb.PROCESS_STATE_RUNNING, pb.PROCESS_STATE_OTHER],
        threads=[1, 9, 10],
        cpu_millicores=[0, 1500, 998],
        memory_kib=[11264, 1 << 33, 99],
        read_bytes_per_s=[0, 1 << 40, 0],
        write_bytes_per_s=[0, 4096, 12],
    )
    frame.process_samples = samples.SerializeToString(deterministic=True)
    return frame


def _agent_messages() -> dict[str, pb.AgentMessage]:
    holes = uncompressed(array("d", [0.25, 0.25, 0.75, 0.5, 1500.0, 0.1]), b"\x02")
    return {
        "hello": pb.AgentMessage(
            hello=pb.Hello(
                capabilities=["pace", "processes"],
                agent_version="0.1.0",
                boot_ids=[BOOT, OLD_BOOT],
                layout_ids=[layout_id(SERIES)],
                step_ms=1000,
                frame_ticks=5,
                time_ms=TIME_MS,
                host={"os.type": "linux"},
            )
        ),
        "frame_layout": pb.AgentMessage(frame=_frame_with_layout()),
        "frame_processes": pb.AgentMessage(frame=_frame_with_processes()),
        "frame_absent": pb.AgentMessage(frame=holes),
        "frame_float32": pb.AgentMessage(frame=uncompressed(array("f", [0.25, 0.5, 0.75, 0.5, 1500.0, 0.125]))),
        "frame_causes": pb.AgentMessage(frame=_frame_after_losses()),
        "heartbeat": pb.AgentMessage(
            heartbeat=pb.Heartbeat(
                status=pb.AGENT_STATUS_OFFLINE, time_ms=TIME_MS, spooled_frames=3, dropped_frames=300
            )
        ),
        "event": pb.AgentMessage(
            event=pb.Event(
                kind="collector.failed",
                time_ms=TIME_MS,
                severity=pb.SEVERITY_WARNING,
                message="collector disk fails",
                attributes={"collector": "disk"},
            )
        ),
        "command_output": pb.AgentMessage(
            command_output=pb.CommandOutput(
                command_id="c-1", stream=pb.CommandOutput.STREAM_STDERR, seq=2, data=b"\x00no\xff"
            )
        ),
        "command_result": pb.AgentMessage(
            command_result=pb.CommandResult(
                command_id="c-1",
                status=pb.CommandResult.STATUS_FAILED,
                exit_code=-9,
                duration_ms=1500,
                error="killed",
                output_truncated=True,
            )
        ),
        "recording": pb.AgentMessage(
            recording=pb.Recording(id=9, index=1, last=True, data=b"\x01\x02\x03", truncated=True)
        ),
    }


def _configuration_state() -> pb.AgentMessage:
    return pb.AgentMessage(
        configuration_state=pb.ConfigurationState(
            version=3,
            settings=[
                pb.Setting(key="reporting_interval", value_json="10", source=pb.SETTING_SOURCE_HUB),
                pb.Setting(key="spool_bytes", value_json="65536", source=pb.SETTING_SOURCE_FILE),
            ],
            refused=[pb.RefusedSetting(key="spool_bytes", reason="is set by the config file of the machine")],
            paused=[pb.PausedSpan(boot_id=BOOT, next_seq=5, first_ms=TIME_MS, last_ms=TIME_MS + 60_000)],
            control_error="The agent started only a moment ago.",
            file_error="tags must be a list of words.",
        )
    )


def _hub_messages() -> dict[str, pb.HubMessage]:
    ranges = [pb.SeqRange(first=1, last=4), pb.SeqRange(first=6, last=900)]
    return {
        "welcome": pb.HubMessage(
            welcome=pb.Welcome(
                capabilities=["pace"],
                hub_version="0.1.0",
                agent_id=7,
                time_ms=TIME_MS,
                committed=[pb.Committed(boot_id=BOOT, last_seq=900, ranges=ranges), pb.Committed(boot_id=OLD_BOOT)],
                known_layout_ids=[layout_id(SERIES)],
                frame_ticks=5,
                max_message_bytes=4 << 20,
                max_series=5000,
            )
        ),
        "ack": pb.HubMessage(ack=pb.Ack(boot_id=BOOT, seqs=[1, 2, 900])),
        "reject": pb.HubMessage(
            reject=pb.Reject(
                boot_id=BOOT,
                seq=5,
                reason=pb.REJECT_REASON_COLUMN_LENGTH,
                field="frame.columns",
                detail="holds 40 bytes; layout and ticks need 48",
                permanent=True,
            )
        ),
        "reject_busy": pb.HubMessage(
            reject=pb.Reject(boot_id=BOOT, seq=5, reason=pb.REJECT_REASON_BUSY, retry_after_ms=2000)
        ),
        "pace": pb.HubMessage(pace=pb.Pace(frame_ticks=1)),
        "configuration": pb.HubMessage(
            configuration=pb.Configuration(version=3, content_json='{"reporting_interval":10,"paused":true}')
        ),
        "upgrade": pb.HubMessage(
            upgrade=pb.Upgrade(
                rollout_id=BOOT,
                version="1.4.0",
                sha256=bytes(32),
                size=600_000,
                signatures=[pb.ReleaseSignature(key_id="0011223344556677", signature=bytes(64))],
            )
        ),
        "control": pb.HubMessage(control=pb.Control(action=pb.Control.ACTION_RESTART)),
        "identity_notice": pb.HubMessage(
            identity_notice=pb.IdentityNotice(
                kind=pb.IdentityNotice.KIND_ACCEPTED, sha256=bytes(range(32)), detail="connect again with it"
            )
        ),
        "command": pb.HubMessage(
            command=pb.Command(
                id="c-1",
                agent_id=7,
                action="service.restart",
                params_json='{"unit":"nginx"}',
                nonce=OLD_BOOT,
                issued_ms=TIME_MS,
                expires_ms=TIME_MS + 60_000,
                timeout_ms=30_000,
                key_id="hub-1",
                signature=b"\x01\x02\x03",
            )
        ),
        "command_approved": pb.HubMessage(
            command=pb.Command(
                id="c-2",
                agent_id=7,
                action="service.restart",
                params_json='{"unit":"nginx"}',
                nonce=BOOT,
                issued_ms=TIME_MS,
                expires_ms=TIME_MS + 60_000,
                key_id="0123456789abcdef",
                signature=bytes(64),
                by="runbook restart-nginx",
                approval=pb.StandingApproval(
                    id="a-1",
                    agent_ids=[7, 8],
                    runbook="restart-nginx",
                    runbook_sha256=bytes(range(32)),
                    action="service.restart",
                    params_sha256=bytes(range(32, 64)),
                    per_hour=3,
                    issued_ms=TIME_MS - 1000,
                    expires_ms=TIME_MS + 1_000_000,
                    by="ana",
                    key_id="fedcba9876543210",
                    signature=bytes(64),
                ),
            )
        ),
        "command_ack": pb.HubMessage(command_ack=pb.CommandAck(command_id="c-1", output_seq=4, result=True)),
        "command_cancel": pb.HubMessage(command_cancel=pb.CommandCancel(command_id="c-1")),
        "command_expected": pb.HubMessage(command_expected=pb.CommandExpected()),
        "recording_request": pb.HubMessage(
            recording_request=pb.RecordingRequest(id=9, from_ms=TIME_MS - 900_000, to_ms=TIME_MS, max_bytes=1 << 20)
        ),
        "seal_offer": pb.HubMessage(seal_offer=pb.SealOffer(nonce=OLD_BOOT + BOOT)),
    }


MESSAGES: dict[str, Message] = {
    **_agent_messages(),
    "configuration_state": _configuration_state(),
    "upgrade_state": pb.AgentMessage(
        upgrade_state=pb.UpgradeState(
            rollout_id=BOOT,
            version="1.4.0",
            state=pb.UpgradeState.STATE_REVERTED,
            detail="No frame was acknowledged within 180 s.",
        )
    ),
    "policy_state": pb.AgentMessage(
        policy_state=pb.PolicyState(allowed_json='{"actions":{}}', sha256=bytes(range(32)), problem="It is not root's.")
    ),
    "command_result_unknown": pb.AgentMessage(
        command_result=pb.CommandResult(
            command_id="c-1", status=pb.CommandResult.STATUS_UNKNOWN, output_bytes=1 << 33, started_ms=TIME_MS
        )
    ),
    "seal_request": pb.AgentMessage(seal_request=pb.SealRequest(key_id=BOOT[:8])),
    "sealed": pb.AgentMessage(sealed=pb.Sealed(enc=OLD_BOOT + BOOT, ciphertext=b"sealed" + BOOT)),
    "credential_offer": pb.AgentMessage(credential_offer=pb.CredentialOffer(sha256=bytes(range(32)), error="")),
    **_hub_messages(),
}
