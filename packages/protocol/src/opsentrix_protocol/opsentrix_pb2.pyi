from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MetricKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    METRIC_KIND_UNSPECIFIED: _ClassVar[MetricKind]
    METRIC_KIND_GAUGE: _ClassVar[MetricKind]
    METRIC_KIND_RATE: _ClassVar[MetricKind]

class ValueType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VALUE_TYPE_UNSPECIFIED: _ClassVar[ValueType]
    VALUE_TYPE_FLOAT64: _ClassVar[ValueType]
    VALUE_TYPE_FLOAT32: _ClassVar[ValueType]

class Compression(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPRESSION_UNSPECIFIED: _ClassVar[Compression]
    COMPRESSION_NONE: _ClassVar[Compression]
    COMPRESSION_ZLIB: _ClassVar[Compression]

class ProcessState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROCESS_STATE_OTHER: _ClassVar[ProcessState]
    PROCESS_STATE_RUNNING: _ClassVar[ProcessState]
    PROCESS_STATE_SLEEPING: _ClassVar[ProcessState]
    PROCESS_STATE_STOPPED: _ClassVar[ProcessState]
    PROCESS_STATE_ZOMBIE: _ClassVar[ProcessState]

class RejectReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REJECT_REASON_UNSPECIFIED: _ClassVar[RejectReason]
    REJECT_REASON_MALFORMED: _ClassVar[RejectReason]
    REJECT_REASON_UNKNOWN_LAYOUT: _ClassVar[RejectReason]
    REJECT_REASON_INVALID_LAYOUT: _ClassVar[RejectReason]
    REJECT_REASON_TOO_MANY_SERIES: _ClassVar[RejectReason]
    REJECT_REASON_COLUMN_LENGTH: _ClassVar[RejectReason]
    REJECT_REASON_NOT_FINITE: _ClassVar[RejectReason]
    REJECT_REASON_TIME_IN_FUTURE: _ClassVar[RejectReason]
    REJECT_REASON_TIME_TOO_OLD: _ClassVar[RejectReason]
    REJECT_REASON_TOO_LARGE: _ClassVar[RejectReason]
    REJECT_REASON_UNSUPPORTED: _ClassVar[RejectReason]
    REJECT_REASON_BUSY: _ClassVar[RejectReason]
    REJECT_REASON_UNSTORABLE: _ClassVar[RejectReason]
    REJECT_REASON_NOT_SEALED: _ClassVar[RejectReason]
    REJECT_REASON_SEAL_BROKEN: _ClassVar[RejectReason]

class AgentStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGENT_STATUS_UNSPECIFIED: _ClassVar[AgentStatus]
    AGENT_STATUS_ONLINE: _ClassVar[AgentStatus]
    AGENT_STATUS_ERROR: _ClassVar[AgentStatus]
    AGENT_STATUS_MAINTENANCE: _ClassVar[AgentStatus]
    AGENT_STATUS_OFFLINE: _ClassVar[AgentStatus]

class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEVERITY_UNSPECIFIED: _ClassVar[Severity]
    SEVERITY_INFO: _ClassVar[Severity]
    SEVERITY_WARNING: _ClassVar[Severity]
    SEVERITY_CRITICAL: _ClassVar[Severity]

class SettingSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SETTING_SOURCE_DEFAULT: _ClassVar[SettingSource]
    SETTING_SOURCE_HUB: _ClassVar[SettingSource]
    SETTING_SOURCE_FILE: _ClassVar[SettingSource]
    SETTING_SOURCE_ENVIRONMENT: _ClassVar[SettingSource]
    SETTING_SOURCE_OPTION: _ClassVar[SettingSource]
METRIC_KIND_UNSPECIFIED: MetricKind
METRIC_KIND_GAUGE: MetricKind
METRIC_KIND_RATE: MetricKind
VALUE_TYPE_UNSPECIFIED: ValueType
VALUE_TYPE_FLOAT64: ValueType
VALUE_TYPE_FLOAT32: ValueType
COMPRESSION_UNSPECIFIED: Compression
COMPRESSION_NONE: Compression
COMPRESSION_ZLIB: Compression
PROCESS_STATE_OTHER: ProcessState
PROCESS_STATE_RUNNING: ProcessState
PROCESS_STATE_SLEEPING: ProcessState
PROCESS_STATE_STOPPED: ProcessState
PROCESS_STATE_ZOMBIE: ProcessState
REJECT_REASON_UNSPECIFIED: RejectReason
REJECT_REASON_MALFORMED: RejectReason
REJECT_REASON_UNKNOWN_LAYOUT: RejectReason
REJECT_REASON_INVALID_LAYOUT: RejectReason
REJECT_REASON_TOO_MANY_SERIES: RejectReason
REJECT_REASON_COLUMN_LENGTH: RejectReason
REJECT_REASON_NOT_FINITE: RejectReason
REJECT_REASON_TIME_IN_FUTURE: RejectReason
REJECT_REASON_TIME_TOO_OLD: RejectReason
REJECT_REASON_TOO_LARGE: RejectReason
REJECT_REASON_UNSUPPORTED: RejectReason
REJECT_REASON_BUSY: RejectReason
REJECT_REASON_UNSTORABLE: RejectReason
REJECT_REASON_NOT_SEALED: RejectReason
REJECT_REASON_SEAL_BROKEN: RejectReason
AGENT_STATUS_UNSPECIFIED: AgentStatus
AGENT_STATUS_ONLINE: AgentStatus
AGENT_STATUS_ERROR: AgentStatus
AGENT_STATUS_MAINTENANCE: AgentStatus
AGENT_STATUS_OFFLINE: AgentStatus
SEVERITY_UNSPECIFIED: Severity
SEVERITY_INFO: Severity
SEVERITY_WARNING: Severity
SEVERITY_CRITICAL: Severity
SETTING_SOURCE_DEFAULT: SettingSource
SETTING_SOURCE_HUB: SettingSource
SETTING_SOURCE_FILE: SettingSource
SETTING_SOURCE_ENVIRONMENT: SettingSource
SETTING_SOURCE_OPTION: SettingSource

class AgentMessage(_message.Message):
    __slots__ = ("hello", "frame", "heartbeat", "event", "command_output", "command_result", "configuration_state", "recording", "upgrade_state", "seal_request", "sealed", "credential_offer", "policy_state")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    FRAME_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_OUTPUT_FIELD_NUMBER: _ClassVar[int]
    COMMAND_RESULT_FIELD_NUMBER: _ClassVar[int]
    CONFIGURATION_STATE_FIELD_NUMBER: _ClassVar[int]
    RECORDING_FIELD_NUMBER: _ClassVar[int]
    UPGRADE_STATE_FIELD_NUMBER: _ClassVar[int]
    SEAL_REQUEST_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    CREDENTIAL_OFFER_FIELD_NUMBER: _ClassVar[int]
    POLICY_STATE_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    frame: Frame
    heartbeat: Heartbeat
    event: Event
    command_output: CommandOutput
    command_result: CommandResult
    configuration_state: ConfigurationState
    recording: Recording
    upgrade_state: UpgradeState
    seal_request: SealRequest
    sealed: Sealed
    credential_offer: CredentialOffer
    policy_state: PolicyState
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ..., frame: _Optional[_Union[Frame, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., event: _Optional[_Union[Event, _Mapping]] = ..., command_output: _Optional[_Union[CommandOutput, _Mapping]] = ..., command_result: _Optional[_Union[CommandResult, _Mapping]] = ..., configuration_state: _Optional[_Union[ConfigurationState, _Mapping]] = ..., recording: _Optional[_Union[Recording, _Mapping]] = ..., upgrade_state: _Optional[_Union[UpgradeState, _Mapping]] = ..., seal_request: _Optional[_Union[SealRequest, _Mapping]] = ..., sealed: _Optional[_Union[Sealed, _Mapping]] = ..., credential_offer: _Optional[_Union[CredentialOffer, _Mapping]] = ..., policy_state: _Optional[_Union[PolicyState, _Mapping]] = ...) -> None: ...

class HubMessage(_message.Message):
    __slots__ = ("welcome", "ack", "reject", "pace", "command", "configuration", "control", "recording_request", "upgrade", "seal_offer", "identity_notice", "command_ack", "command_cancel", "command_expected")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    ACK_FIELD_NUMBER: _ClassVar[int]
    REJECT_FIELD_NUMBER: _ClassVar[int]
    PACE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    CONFIGURATION_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    RECORDING_REQUEST_FIELD_NUMBER: _ClassVar[int]
    UPGRADE_FIELD_NUMBER: _ClassVar[int]
    SEAL_OFFER_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_NOTICE_FIELD_NUMBER: _ClassVar[int]
    COMMAND_ACK_FIELD_NUMBER: _ClassVar[int]
    COMMAND_CANCEL_FIELD_NUMBER: _ClassVar[int]
    COMMAND_EXPECTED_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    ack: Ack
    reject: Reject
    pace: Pace
    command: Command
    configuration: Configuration
    control: Control
    recording_request: RecordingRequest
    upgrade: Upgrade
    seal_offer: SealOffer
    identity_notice: IdentityNotice
    command_ack: CommandAck
    command_cancel: CommandCancel
    command_expected: CommandExpected
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., ack: _Optional[_Union[Ack, _Mapping]] = ..., reject: _Optional[_Union[Reject, _Mapping]] = ..., pace: _Optional[_Union[Pace, _Mapping]] = ..., command: _Optional[_Union[Command, _Mapping]] = ..., configuration: _Optional[_Union[Configuration, _Mapping]] = ..., control: _Optional[_Union[Control, _Mapping]] = ..., recording_request: _Optional[_Union[RecordingRequest, _Mapping]] = ..., upgrade: _Optional[_Union[Upgrade, _Mapping]] = ..., seal_offer: _Optional[_Union[SealOffer, _Mapping]] = ..., identity_notice: _Optional[_Union[IdentityNotice, _Mapping]] = ..., command_ack: _Optional[_Union[CommandAck, _Mapping]] = ..., command_cancel: _Optional[_Union[CommandCancel, _Mapping]] = ..., command_expected: _Optional[_Union[CommandExpected, _Mapping]] = ...) -> None: ...

class SealRequest(_message.Message):
    __slots__ = ("key_id",)
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    key_id: bytes
    def __init__(self, key_id: _Optional[bytes] = ...) -> None: ...

class SealOffer(_message.Message):
    __slots__ = ("nonce",)
    NONCE_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    def __init__(self, nonce: _Optional[bytes] = ...) -> None: ...

class Sealed(_message.Message):
    __slots__ = ("enc", "ciphertext")
    ENC_FIELD_NUMBER: _ClassVar[int]
    CIPHERTEXT_FIELD_NUMBER: _ClassVar[int]
    enc: bytes
    ciphertext: bytes
    def __init__(self, enc: _Optional[bytes] = ..., ciphertext: _Optional[bytes] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("capabilities", "agent_version", "boot_ids", "layout_ids", "step_ms", "frame_ticks", "time_ms", "host", "configuration_version")
    class HostEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    BOOT_IDS_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_IDS_FIELD_NUMBER: _ClassVar[int]
    STEP_MS_FIELD_NUMBER: _ClassVar[int]
    FRAME_TICKS_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    CONFIGURATION_VERSION_FIELD_NUMBER: _ClassVar[int]
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    agent_version: str
    boot_ids: _containers.RepeatedScalarFieldContainer[bytes]
    layout_ids: _containers.RepeatedScalarFieldContainer[int]
    step_ms: int
    frame_ticks: int
    time_ms: int
    host: _containers.ScalarMap[str, str]
    configuration_version: int
    def __init__(self, capabilities: _Optional[_Iterable[str]] = ..., agent_version: _Optional[str] = ..., boot_ids: _Optional[_Iterable[bytes]] = ..., layout_ids: _Optional[_Iterable[int]] = ..., step_ms: _Optional[int] = ..., frame_ticks: _Optional[int] = ..., time_ms: _Optional[int] = ..., host: _Optional[_Mapping[str, str]] = ..., configuration_version: _Optional[int] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("capabilities", "hub_version", "agent_id", "time_ms", "committed", "known_layout_ids", "frame_ticks", "max_message_bytes", "max_series")
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    HUB_VERSION_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    COMMITTED_FIELD_NUMBER: _ClassVar[int]
    KNOWN_LAYOUT_IDS_FIELD_NUMBER: _ClassVar[int]
    FRAME_TICKS_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_SERIES_FIELD_NUMBER: _ClassVar[int]
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    hub_version: str
    agent_id: int
    time_ms: int
    committed: _containers.RepeatedCompositeFieldContainer[Committed]
    known_layout_ids: _containers.RepeatedScalarFieldContainer[int]
    frame_ticks: int
    max_message_bytes: int
    max_series: int
    def __init__(self, capabilities: _Optional[_Iterable[str]] = ..., hub_version: _Optional[str] = ..., agent_id: _Optional[int] = ..., time_ms: _Optional[int] = ..., committed: _Optional[_Iterable[_Union[Committed, _Mapping]]] = ..., known_layout_ids: _Optional[_Iterable[int]] = ..., frame_ticks: _Optional[int] = ..., max_message_bytes: _Optional[int] = ..., max_series: _Optional[int] = ...) -> None: ...

class Committed(_message.Message):
    __slots__ = ("boot_id", "last_seq", "ranges")
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQ_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    boot_id: bytes
    last_seq: int
    ranges: _containers.RepeatedCompositeFieldContainer[SeqRange]
    def __init__(self, boot_id: _Optional[bytes] = ..., last_seq: _Optional[int] = ..., ranges: _Optional[_Iterable[_Union[SeqRange, _Mapping]]] = ...) -> None: ...

class SeqRange(_message.Message):
    __slots__ = ("first", "last")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    first: int
    last: int
    def __init__(self, first: _Optional[int] = ..., last: _Optional[int] = ...) -> None: ...

class Metric(_message.Message):
    __slots__ = ("name", "unit", "kind")
    NAME_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    name: str
    unit: str
    kind: MetricKind
    def __init__(self, name: _Optional[str] = ..., unit: _Optional[str] = ..., kind: _Optional[_Union[MetricKind, str]] = ...) -> None: ...

class Label(_message.Message):
    __slots__ = ("key", "value")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Series(_message.Message):
    __slots__ = ("metric", "labels")
    METRIC_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    metric: int
    labels: _containers.RepeatedCompositeFieldContainer[Label]
    def __init__(self, metric: _Optional[int] = ..., labels: _Optional[_Iterable[_Union[Label, _Mapping]]] = ...) -> None: ...

class Layout(_message.Message):
    __slots__ = ("metrics", "series")
    METRICS_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    series: _containers.RepeatedCompositeFieldContainer[Series]
    def __init__(self, metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ..., series: _Optional[_Iterable[_Union[Series, _Mapping]]] = ...) -> None: ...

class Frame(_message.Message):
    __slots__ = ("layout_id", "layout", "boot_id", "seq", "first_tick_ms", "step_ms", "ticks", "value_type", "compression", "columns", "absent", "processes", "lost_before", "clock_step_ms", "process_samples")
    LAYOUT_ID_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    FIRST_TICK_MS_FIELD_NUMBER: _ClassVar[int]
    STEP_MS_FIELD_NUMBER: _ClassVar[int]
    TICKS_FIELD_NUMBER: _ClassVar[int]
    VALUE_TYPE_FIELD_NUMBER: _ClassVar[int]
    COMPRESSION_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    PROCESSES_FIELD_NUMBER: _ClassVar[int]
    LOST_BEFORE_FIELD_NUMBER: _ClassVar[int]
    CLOCK_STEP_MS_FIELD_NUMBER: _ClassVar[int]
    PROCESS_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    layout_id: int
    layout: Layout
    boot_id: bytes
    seq: int
    first_tick_ms: int
    step_ms: int
    ticks: int
    value_type: ValueType
    compression: Compression
    columns: bytes
    absent: bytes
    processes: ProcessTable
    lost_before: int
    clock_step_ms: int
    process_samples: bytes
    def __init__(self, layout_id: _Optional[int] = ..., layout: _Optional[_Union[Layout, _Mapping]] = ..., boot_id: _Optional[bytes] = ..., seq: _Optional[int] = ..., first_tick_ms: _Optional[int] = ..., step_ms: _Optional[int] = ..., ticks: _Optional[int] = ..., value_type: _Optional[_Union[ValueType, str]] = ..., compression: _Optional[_Union[Compression, str]] = ..., columns: _Optional[bytes] = ..., absent: _Optional[bytes] = ..., processes: _Optional[_Union[ProcessTable, _Mapping]] = ..., lost_before: _Optional[int] = ..., clock_step_ms: _Optional[int] = ..., process_samples: _Optional[bytes] = ...) -> None: ...

class ProcessSamples(_message.Message):
    __slots__ = ("time_ms", "count", "pid", "name", "user", "state", "threads", "cpu_millicores", "memory_kib", "read_bytes_per_s", "write_bytes_per_s")
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    THREADS_FIELD_NUMBER: _ClassVar[int]
    CPU_MILLICORES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_KIB_FIELD_NUMBER: _ClassVar[int]
    READ_BYTES_PER_S_FIELD_NUMBER: _ClassVar[int]
    WRITE_BYTES_PER_S_FIELD_NUMBER: _ClassVar[int]
    time_ms: _containers.RepeatedScalarFieldContainer[int]
    count: _containers.RepeatedScalarFieldContainer[int]
    pid: _containers.RepeatedScalarFieldContainer[int]
    name: _containers.RepeatedScalarFieldContainer[str]
    user: _containers.RepeatedScalarFieldContainer[str]
    state: _containers.RepeatedScalarFieldContainer[ProcessState]
    threads: _containers.RepeatedScalarFieldContainer[int]
    cpu_millicores: _containers.RepeatedScalarFieldContainer[int]
    memory_kib: _containers.RepeatedScalarFieldContainer[int]
    read_bytes_per_s: _containers.RepeatedScalarFieldContainer[int]
    write_bytes_per_s: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, time_ms: _Optional[_Iterable[int]] = ..., count: _Optional[_Iterable[int]] = ..., pid: _Optional[_Iterable[int]] = ..., name: _Optional[_Iterable[str]] = ..., user: _Optional[_Iterable[str]] = ..., state: _Optional[_Iterable[_Union[ProcessState, str]]] = ..., threads: _Optional[_Iterable[int]] = ..., cpu_millicores: _Optional[_Iterable[int]] = ..., memory_kib: _Optional[_Iterable[int]] = ..., read_bytes_per_s: _Optional[_Iterable[int]] = ..., write_bytes_per_s: _Optional[_Iterable[int]] = ...) -> None: ...

class RecordingRequest(_message.Message):
    __slots__ = ("id", "from_ms", "to_ms", "max_bytes")
    ID_FIELD_NUMBER: _ClassVar[int]
    FROM_MS_FIELD_NUMBER: _ClassVar[int]
    TO_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    id: int
    from_ms: int
    to_ms: int
    max_bytes: int
    def __init__(self, id: _Optional[int] = ..., from_ms: _Optional[int] = ..., to_ms: _Optional[int] = ..., max_bytes: _Optional[int] = ...) -> None: ...

class Recording(_message.Message):
    __slots__ = ("id", "index", "last", "data", "truncated")
    ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    id: int
    index: int
    last: bool
    data: bytes
    truncated: bool
    def __init__(self, id: _Optional[int] = ..., index: _Optional[int] = ..., last: _Optional[bool] = ..., data: _Optional[bytes] = ..., truncated: _Optional[bool] = ...) -> None: ...

class RecordedMoments(_message.Message):
    __slots__ = ("processes", "parent_pid", "events", "events_left_out")
    PROCESSES_FIELD_NUMBER: _ClassVar[int]
    PARENT_PID_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    processes: ProcessSamples
    parent_pid: _containers.RepeatedScalarFieldContainer[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    events_left_out: int
    def __init__(self, processes: _Optional[_Union[ProcessSamples, _Mapping]] = ..., parent_pid: _Optional[_Iterable[int]] = ..., events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., events_left_out: _Optional[int] = ...) -> None: ...

class ProcessTable(_message.Message):
    __slots__ = ("time_ms", "processes")
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    PROCESSES_FIELD_NUMBER: _ClassVar[int]
    time_ms: int
    processes: _containers.RepeatedCompositeFieldContainer[Process]
    def __init__(self, time_ms: _Optional[int] = ..., processes: _Optional[_Iterable[_Union[Process, _Mapping]]] = ...) -> None: ...

class Process(_message.Message):
    __slots__ = ("pid", "name", "user", "state", "cpu", "memory_bytes", "threads")
    PID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CPU_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    THREADS_FIELD_NUMBER: _ClassVar[int]
    pid: int
    name: str
    user: str
    state: str
    cpu: float
    memory_bytes: int
    threads: int
    def __init__(self, pid: _Optional[int] = ..., name: _Optional[str] = ..., user: _Optional[str] = ..., state: _Optional[str] = ..., cpu: _Optional[float] = ..., memory_bytes: _Optional[int] = ..., threads: _Optional[int] = ...) -> None: ...

class Ack(_message.Message):
    __slots__ = ("boot_id", "seqs")
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQS_FIELD_NUMBER: _ClassVar[int]
    boot_id: bytes
    seqs: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, boot_id: _Optional[bytes] = ..., seqs: _Optional[_Iterable[int]] = ...) -> None: ...

class Reject(_message.Message):
    __slots__ = ("boot_id", "seq", "reason", "field", "detail", "permanent", "retry_after_ms")
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    PERMANENT_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    boot_id: bytes
    seq: int
    reason: RejectReason
    field: str
    detail: str
    permanent: bool
    retry_after_ms: int
    def __init__(self, boot_id: _Optional[bytes] = ..., seq: _Optional[int] = ..., reason: _Optional[_Union[RejectReason, str]] = ..., field: _Optional[str] = ..., detail: _Optional[str] = ..., permanent: _Optional[bool] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class Pace(_message.Message):
    __slots__ = ("frame_ticks",)
    FRAME_TICKS_FIELD_NUMBER: _ClassVar[int]
    frame_ticks: int
    def __init__(self, frame_ticks: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("status", "time_ms", "spooled_frames", "dropped_frames")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    SPOOLED_FRAMES_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FRAMES_FIELD_NUMBER: _ClassVar[int]
    status: AgentStatus
    time_ms: int
    spooled_frames: int
    dropped_frames: int
    def __init__(self, status: _Optional[_Union[AgentStatus, str]] = ..., time_ms: _Optional[int] = ..., spooled_frames: _Optional[int] = ..., dropped_frames: _Optional[int] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("kind", "time_ms", "severity", "message", "attributes")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    kind: str
    time_ms: int
    severity: Severity
    message: str
    attributes: _containers.ScalarMap[str, str]
    def __init__(self, kind: _Optional[str] = ..., time_ms: _Optional[int] = ..., severity: _Optional[_Union[Severity, str]] = ..., message: _Optional[str] = ..., attributes: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("id", "agent_id", "action", "params_json", "nonce", "issued_ms", "expires_ms", "timeout_ms", "key_id", "signature", "by", "approval")
    ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    PARAMS_JSON_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    ISSUED_MS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_MS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    APPROVAL_FIELD_NUMBER: _ClassVar[int]
    id: str
    agent_id: int
    action: str
    params_json: str
    nonce: bytes
    issued_ms: int
    expires_ms: int
    timeout_ms: int
    key_id: str
    signature: bytes
    by: str
    approval: StandingApproval
    def __init__(self, id: _Optional[str] = ..., agent_id: _Optional[int] = ..., action: _Optional[str] = ..., params_json: _Optional[str] = ..., nonce: _Optional[bytes] = ..., issued_ms: _Optional[int] = ..., expires_ms: _Optional[int] = ..., timeout_ms: _Optional[int] = ..., key_id: _Optional[str] = ..., signature: _Optional[bytes] = ..., by: _Optional[str] = ..., approval: _Optional[_Union[StandingApproval, _Mapping]] = ...) -> None: ...

class StandingApproval(_message.Message):
    __slots__ = ("id", "agent_ids", "runbook", "runbook_sha256", "action", "params_sha256", "per_hour", "issued_ms", "expires_ms", "by", "key_id", "signature")
    ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_IDS_FIELD_NUMBER: _ClassVar[int]
    RUNBOOK_FIELD_NUMBER: _ClassVar[int]
    RUNBOOK_SHA256_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    PARAMS_SHA256_FIELD_NUMBER: _ClassVar[int]
    PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    ISSUED_MS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_MS_FIELD_NUMBER: _ClassVar[int]
    BY_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    id: str
    agent_ids: _containers.RepeatedScalarFieldContainer[int]
    runbook: str
    runbook_sha256: bytes
    action: str
    params_sha256: bytes
    per_hour: int
    issued_ms: int
    expires_ms: int
    by: str
    key_id: str
    signature: bytes
    def __init__(self, id: _Optional[str] = ..., agent_ids: _Optional[_Iterable[int]] = ..., runbook: _Optional[str] = ..., runbook_sha256: _Optional[bytes] = ..., action: _Optional[str] = ..., params_sha256: _Optional[bytes] = ..., per_hour: _Optional[int] = ..., issued_ms: _Optional[int] = ..., expires_ms: _Optional[int] = ..., by: _Optional[str] = ..., key_id: _Optional[str] = ..., signature: _Optional[bytes] = ...) -> None: ...

class CommandOutput(_message.Message):
    __slots__ = ("command_id", "stream", "seq", "data")
    class Stream(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STREAM_UNSPECIFIED: _ClassVar[CommandOutput.Stream]
        STREAM_STDOUT: _ClassVar[CommandOutput.Stream]
        STREAM_STDERR: _ClassVar[CommandOutput.Stream]
    STREAM_UNSPECIFIED: CommandOutput.Stream
    STREAM_STDOUT: CommandOutput.Stream
    STREAM_STDERR: CommandOutput.Stream
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    stream: CommandOutput.Stream
    seq: int
    data: bytes
    def __init__(self, command_id: _Optional[str] = ..., stream: _Optional[_Union[CommandOutput.Stream, str]] = ..., seq: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class CommandResult(_message.Message):
    __slots__ = ("command_id", "status", "exit_code", "duration_ms", "error", "output_truncated", "output_bytes", "started_ms")
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS_UNSPECIFIED: _ClassVar[CommandResult.Status]
        STATUS_SUCCEEDED: _ClassVar[CommandResult.Status]
        STATUS_FAILED: _ClassVar[CommandResult.Status]
        STATUS_REFUSED: _ClassVar[CommandResult.Status]
        STATUS_TIMED_OUT: _ClassVar[CommandResult.Status]
        STATUS_CANCELLED: _ClassVar[CommandResult.Status]
        STATUS_UNKNOWN: _ClassVar[CommandResult.Status]
    STATUS_UNSPECIFIED: CommandResult.Status
    STATUS_SUCCEEDED: CommandResult.Status
    STATUS_FAILED: CommandResult.Status
    STATUS_REFUSED: CommandResult.Status
    STATUS_TIMED_OUT: CommandResult.Status
    STATUS_CANCELLED: CommandResult.Status
    STATUS_UNKNOWN: CommandResult.Status
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EXIT_CODE_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    STARTED_MS_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    status: CommandResult.Status
    exit_code: int
    duration_ms: int
    error: str
    output_truncated: bool
    output_bytes: int
    started_ms: int
    def __init__(self, command_id: _Optional[str] = ..., status: _Optional[_Union[CommandResult.Status, str]] = ..., exit_code: _Optional[int] = ..., duration_ms: _Optional[int] = ..., error: _Optional[str] = ..., output_truncated: _Optional[bool] = ..., output_bytes: _Optional[int] = ..., started_ms: _Optional[int] = ...) -> None: ...

class CommandAck(_message.Message):
    __slots__ = ("command_id", "output_seq", "result")
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_SEQ_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    output_seq: int
    result: bool
    def __init__(self, command_id: _Optional[str] = ..., output_seq: _Optional[int] = ..., result: _Optional[bool] = ...) -> None: ...

class CommandCancel(_message.Message):
    __slots__ = ("command_id",)
    COMMAND_ID_FIELD_NUMBER: _ClassVar[int]
    command_id: str
    def __init__(self, command_id: _Optional[str] = ...) -> None: ...

class CommandExpected(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PolicyState(_message.Message):
    __slots__ = ("allowed_json", "sha256", "problem")
    ALLOWED_JSON_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    allowed_json: str
    sha256: bytes
    problem: str
    def __init__(self, allowed_json: _Optional[str] = ..., sha256: _Optional[bytes] = ..., problem: _Optional[str] = ...) -> None: ...

class Configuration(_message.Message):
    __slots__ = ("version", "content_json")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTENT_JSON_FIELD_NUMBER: _ClassVar[int]
    version: int
    content_json: str
    def __init__(self, version: _Optional[int] = ..., content_json: _Optional[str] = ...) -> None: ...

class Setting(_message.Message):
    __slots__ = ("key", "value_json", "source")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_JSON_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value_json: str
    source: SettingSource
    def __init__(self, key: _Optional[str] = ..., value_json: _Optional[str] = ..., source: _Optional[_Union[SettingSource, str]] = ...) -> None: ...

class RefusedSetting(_message.Message):
    __slots__ = ("key", "reason")
    KEY_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    key: str
    reason: str
    def __init__(self, key: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class PausedSpan(_message.Message):
    __slots__ = ("boot_id", "next_seq", "first_ms", "last_ms")
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    NEXT_SEQ_FIELD_NUMBER: _ClassVar[int]
    FIRST_MS_FIELD_NUMBER: _ClassVar[int]
    LAST_MS_FIELD_NUMBER: _ClassVar[int]
    boot_id: bytes
    next_seq: int
    first_ms: int
    last_ms: int
    def __init__(self, boot_id: _Optional[bytes] = ..., next_seq: _Optional[int] = ..., first_ms: _Optional[int] = ..., last_ms: _Optional[int] = ...) -> None: ...

class ConfigurationState(_message.Message):
    __slots__ = ("version", "settings", "refused", "paused", "control_error", "file_error")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    CONTROL_ERROR_FIELD_NUMBER: _ClassVar[int]
    FILE_ERROR_FIELD_NUMBER: _ClassVar[int]
    version: int
    settings: _containers.RepeatedCompositeFieldContainer[Setting]
    refused: _containers.RepeatedCompositeFieldContainer[RefusedSetting]
    paused: _containers.RepeatedCompositeFieldContainer[PausedSpan]
    control_error: str
    file_error: str
    def __init__(self, version: _Optional[int] = ..., settings: _Optional[_Iterable[_Union[Setting, _Mapping]]] = ..., refused: _Optional[_Iterable[_Union[RefusedSetting, _Mapping]]] = ..., paused: _Optional[_Iterable[_Union[PausedSpan, _Mapping]]] = ..., control_error: _Optional[str] = ..., file_error: _Optional[str] = ...) -> None: ...

class Control(_message.Message):
    __slots__ = ("action",)
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ACTION_UNSPECIFIED: _ClassVar[Control.Action]
        ACTION_RESTART: _ClassVar[Control.Action]
    ACTION_UNSPECIFIED: Control.Action
    ACTION_RESTART: Control.Action
    ACTION_FIELD_NUMBER: _ClassVar[int]
    action: Control.Action
    def __init__(self, action: _Optional[_Union[Control.Action, str]] = ...) -> None: ...

class Upgrade(_message.Message):
    __slots__ = ("rollout_id", "version", "sha256", "size", "signatures")
    ROLLOUT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURES_FIELD_NUMBER: _ClassVar[int]
    rollout_id: bytes
    version: str
    sha256: bytes
    size: int
    signatures: _containers.RepeatedCompositeFieldContainer[ReleaseSignature]
    def __init__(self, rollout_id: _Optional[bytes] = ..., version: _Optional[str] = ..., sha256: _Optional[bytes] = ..., size: _Optional[int] = ..., signatures: _Optional[_Iterable[_Union[ReleaseSignature, _Mapping]]] = ...) -> None: ...

class ReleaseSignature(_message.Message):
    __slots__ = ("key_id", "signature")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    key_id: str
    signature: bytes
    def __init__(self, key_id: _Optional[str] = ..., signature: _Optional[bytes] = ...) -> None: ...

class UpgradeState(_message.Message):
    __slots__ = ("rollout_id", "version", "state", "detail")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[UpgradeState.State]
        STATE_REFUSED: _ClassVar[UpgradeState.State]
        STATE_DOWNLOADING: _ClassVar[UpgradeState.State]
        STATE_STAGED: _ClassVar[UpgradeState.State]
        STATE_APPLYING: _ClassVar[UpgradeState.State]
        STATE_CONFIRMED: _ClassVar[UpgradeState.State]
        STATE_REVERTED: _ClassVar[UpgradeState.State]
        STATE_FAILED: _ClassVar[UpgradeState.State]
    STATE_UNSPECIFIED: UpgradeState.State
    STATE_REFUSED: UpgradeState.State
    STATE_DOWNLOADING: UpgradeState.State
    STATE_STAGED: UpgradeState.State
    STATE_APPLYING: UpgradeState.State
    STATE_CONFIRMED: UpgradeState.State
    STATE_REVERTED: UpgradeState.State
    STATE_FAILED: UpgradeState.State
    ROLLOUT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    rollout_id: bytes
    version: str
    state: UpgradeState.State
    detail: str
    def __init__(self, rollout_id: _Optional[bytes] = ..., version: _Optional[str] = ..., state: _Optional[_Union[UpgradeState.State, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class CredentialOffer(_message.Message):
    __slots__ = ("sha256", "error")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    error: str
    def __init__(self, sha256: _Optional[bytes] = ..., error: _Optional[str] = ...) -> None: ...

class IdentityNotice(_message.Message):
    __slots__ = ("kind", "sha256", "detail")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[IdentityNotice.Kind]
        KIND_ROTATE: _ClassVar[IdentityNotice.Kind]
        KIND_ACCEPTED: _ClassVar[IdentityNotice.Kind]
        KIND_PENDING: _ClassVar[IdentityNotice.Kind]
        KIND_REVOKED: _ClassVar[IdentityNotice.Kind]
    KIND_UNSPECIFIED: IdentityNotice.Kind
    KIND_ROTATE: IdentityNotice.Kind
    KIND_ACCEPTED: IdentityNotice.Kind
    KIND_PENDING: IdentityNotice.Kind
    KIND_REVOKED: IdentityNotice.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    kind: IdentityNotice.Kind
    sha256: bytes
    detail: str
    def __init__(self, kind: _Optional[_Union[IdentityNotice.Kind, str]] = ..., sha256: _Optional[bytes] = ..., detail: _Optional[str] = ...) -> None: ...
