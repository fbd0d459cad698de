"""What the hub measures about itself, shown at `/metrics` in the Prometheus text format."""

import functools

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)

FRAMES = Counter("opsentrix_ingest_frames", "Frames accepted.", ["link"], registry=REGISTRY)
SAMPLES = Counter("opsentrix_ingest_samples", "Samples in accepted frames.", registry=REGISTRY)
DUPLICATES = Counter("opsentrix_ingest_duplicate_frames", "Frames that were committed before.", registry=REGISTRY)
REJECTS = Counter("opsentrix_ingest_rejects", "Messages that were not taken, by reason.", ["reason"], registry=REGISTRY)
COMMITS = Counter("opsentrix_ingest_commits", "Transactions that made frames durable.", registry=REGISTRY)
COMMIT_FAILURES = Counter("opsentrix_ingest_commit_failures", "Transactions that failed and were tried again.",
                          registry=REGISTRY)  # fmt: skip
COMMIT_SECONDS = Histogram("opsentrix_ingest_commit_seconds", "Time of a transaction that made frames durable.",
                           registry=REGISTRY)  # fmt: skip
UNWRITABLE = Counter("opsentrix_ingest_unwritable_frames", "Frames that the database refuses, each tried alone.",
                     registry=REGISTRY)  # fmt: skip
CAUSES_DROPPED = Counter("opsentrix_ledger_dropped_causes", "Reasons of gaps that were not noted for want of room.",
                         registry=REGISTRY)  # fmt: skip
WRITE_QUEUE = Gauge("opsentrix_ingest_write_queue_frames", "Frames waiting to be made durable.", registry=REGISTRY)
MINUTES_DROPPED = Counter("opsentrix_ingest_minutes_dropped", "Rolled-up minutes let go while the database was away.",
                          registry=REGISTRY)  # fmt: skip
WRITE_QUEUE_BYTES = Gauge("opsentrix_ingest_write_queue_bytes", "What those frames hold.", registry=REGISTRY)
COMPACTED_FRAMES = Counter("opsentrix_compaction_frames", "Frames turned into blocks.", registry=REGISTRY)
COMPACTION_FAILURES = Counter("opsentrix_compaction_failures", "Agents whose frames could not be compacted.",
                              registry=REGISTRY)  # fmt: skip
REFUSED_SAMPLES = Counter("opsentrix_ingest_refused_samples", "Samples of series that found no room.",
                          registry=REGISTRY)  # fmt: skip
SERIES_LIMITED_AGENTS = Gauge("opsentrix_series_limited_agents", "Agents with more new series than are taken.",
                              registry=REGISTRY)  # fmt: skip
SERIES_LIMITED = Gauge("opsentrix_series_limited", "New series within a day of the metrics at fault, for 20 agents.",
                       ["agent", "metric", "label"], registry=REGISTRY)  # fmt: skip
REMOVED_LAYOUTS = Counter("opsentrix_removed_layouts", "Layouts removed because nothing needed them.",
                          registry=REGISTRY)  # fmt: skip
DISK_FREE = Gauge("opsentrix_disk_free_bytes", "Free bytes beside the embedded PostgreSQL; -1 where it is elsewhere.",
                  registry=REGISTRY)  # fmt: skip
INTAKE_OPEN = Gauge("opsentrix_ingest_open", "1, or 0 while the disk is too full for frames.", registry=REGISTRY)
CORRUPT_BLOCKS = Counter("opsentrix_corrupt_blocks", "Blocks that could not be read.", registry=REGISTRY)
CORRUPT_FRAMES = Counter("opsentrix_corrupt_frames", "Stored frames that could not be read.", registry=REGISTRY)
BAD_PROCESS_SAMPLES = Counter("opsentrix_process_samples_left_out", "Process samples that could not be read or kept.",
                              registry=REGISTRY)  # fmt: skip
BAD_RECORDING_PARTS = Counter("opsentrix_recording_parts_left_out", "Parts of recordings that could not be read.",
                              registry=REGISTRY)  # fmt: skip
REFUSED_RECORDING_PARTS = Counter("opsentrix_recording_parts_refused", "Parts of recordings that nobody asked for.",
                                  registry=REGISTRY)  # fmt: skip
RECORDINGS = Counter("opsentrix_recordings", "Recordings of agents, by how they ended.", ["end"], registry=REGISTRY)
REMOVED_RECORDINGS = Counter("opsentrix_recordings_removed", "Recordings removed, for their age or want of room.",
                             ["why"], registry=REGISTRY)  # fmt: skip
COMMANDS_SENT = Counter("opsentrix_commands_sent", "Commands sent to agents, each time.", registry=REGISTRY)
STRAY_COMMAND_MESSAGES = Counter("opsentrix_command_messages_stray",
                                 "Output and results of agents for commands that are not theirs, or forgotten.",
                                 registry=REGISTRY)  # fmt: skip
RUNBOOK_RUNS_OPEN = Gauge("opsentrix_runbook_runs_open", "Runs of runbooks that are under way.", registry=REGISTRY)
RUNBOOK_RUNS_ENDED = Counter("opsentrix_runbook_runs_ended", "Runs of runbooks that ended.", ["outcome", "verdict"],
                             registry=REGISTRY)  # fmt: skip
JUDGE_DROPPED = Counter("opsentrix_judge_dropped", "Samples that no verdict rests on because too many waited.",
                        registry=REGISTRY)  # fmt: skip
SESSIONS = Gauge("opsentrix_agent_sessions", "Agents connected now.", ["link"], registry=REGISTRY)
for _link in ("websocket", "grpc", "socketio", "rest"):
    SESSIONS.labels(_link)  # shown as 0 before the first one connects
REFUSED_SESSIONS = Counter("opsentrix_agent_sessions_refused", "Agents that were not let in, by link and reason.",
                           ["link", "reason"], registry=REGISTRY)  # fmt: skip
AGENTS = Gauge("opsentrix_agents", "Agents by status.", ["status"], registry=REGISTRY)
AGENT_EVENTS = Counter("opsentrix_agent_events", "Events that agents reported.", ["severity"], registry=REGISTRY)
LIVE_SUBSCRIBERS = Gauge("opsentrix_live_subscribers", "Browsers connected to the live feed.", registry=REGISTRY)
LIVE_DROPPED = Counter("opsentrix_live_dropped_batches", "Batches not sent to a browser that was too slow.",
                       registry=REGISTRY)  # fmt: skip
REQUESTS = Counter("opsentrix_http_requests", "HTTP requests by route, method and status.",
                   ["route", "method", "status"], registry=REGISTRY)  # fmt: skip
PROBLEMS = Counter("opsentrix_http_problems", "Requests answered with a problem, by its title.", ["title"],
                   registry=REGISTRY)  # fmt: skip
LIMITED = Counter("opsentrix_http_limited", "Requests refused because their sender sent too many.", ["who"],
                  registry=REGISTRY)  # fmt: skip
STRANGERS = Gauge("opsentrix_http_strangers", "Connections of those who have not shown who they are.",
                  registry=REGISTRY)  # fmt: skip
STRANGERS_ENDED = Counter("opsentrix_http_strangers_ended", "Connections of strangers ended: there were too many.",
                          ["limit"], registry=REGISTRY)  # fmt: skip
STALLED = Counter("opsentrix_http_stalled", "Connections ended because their client read nothing for too long.",
                  registry=REGISTRY)  # fmt: skip
LIVE_REFUSED = Counter("opsentrix_live_refused", "Socket.IO connections ended, by why.", ["why"], registry=REGISTRY)
EXPORTS = Counter("opsentrix_exports", "Exports that began, by how they ended.", ["format", "end"], registry=REGISTRY)
AUDIT_INTACT = Gauge("opsentrix_audit_intact", "1, or 0 when the audit log in the database was changed.",
                     registry=REGISTRY)  # fmt: skip
AUDIT_INTACT.set(1)
REFUSALS = Counter("opsentrix_refused_requests", "Requests that were refused, by status.", ["status"],
                   registry=REGISTRY)  # fmt: skip
LOGINS = Counter("opsentrix_logins", "Login attempts by result.", ["result"], registry=REGISTRY)
OIDC_LOGINS = Counter("opsentrix_oidc_logins", "Returns from the identity provider, by what they were for and result.",
                      ["purpose", "result"], registry=REGISTRY)  # fmt: skip
OIDC_REQUESTS = Counter("opsentrix_oidc_requests", "Requests to the identity provider, by result.", ["what", "result"],
                        registry=REGISTRY)  # fmt: skip
API_TOKEN_REFUSALS = Counter("opsentrix_api_token_refusals", "Requests with an API token that is worth nothing.",
                             ["reason"], registry=REGISTRY)  # fmt: skip
CONFIRMATIONS = Counter("opsentrix_confirmations", "Proofs of identity before dangerous acts, by result.", ["result"],
                        registry=REGISTRY)  # fmt: skip
RECOVERY_CODES = Counter("opsentrix_recovery_codes_used", "Recovery codes that were used.", registry=REGISTRY)
PASSWORD_LINKS = Counter("opsentrix_password_links", "Invitations and reset links that somebody came with, by result.",
                         ["result"], registry=REGISTRY)  # fmt: skip
TLS_REFUSED = Counter("opsentrix_tls_refused_handshakes", "TLS connections that did not come about, by reason.",
                      ["reason"], registry=REGISTRY)  # fmt: skip
CERTIFICATES_REFUSED = Counter("opsentrix_refused_certificates", "Agents refused for their certificate, by reason.",
                               ["reason"], registry=REGISTRY)  # fmt: skip
CERTIFICATES_ISSUED = Counter("opsentrix_issued_certificates", "Certificates issued to agents.", registry=REGISTRY)
ENROLLMENTS = Counter("opsentrix_enrollments", "Agents that tried to register, by result.", ["result"],
                      registry=REGISTRY)  # fmt: skip
CREDENTIALS_REFUSED = Counter("opsentrix_credentials_refused", "Credentials of agents that were not taken, by reason.",
                              ["reason"], registry=REGISTRY)  # fmt: skip
ROTATIONS = Counter("opsentrix_credential_rotations", "Credentials that agents renewed, by result.", ["result"],
                    registry=REGISTRY)  # fmt: skip
ADMISSIONS = Counter("opsentrix_admissions", "Agents approved, refused or revoked, by what they are now.",
                     ["admission"], registry=REGISTRY)  # fmt: skip
CLONES = Gauge("opsentrix_clones", "Agents whose identity two hosts use.", registry=REGISTRY)
CLONES_NOTICED = Counter("opsentrix_clones_noticed", "Times that two hosts with one identity were noticed.",
                         registry=REGISTRY)  # fmt: skip
ALERT_RULES = Gauge("opsentrix_alert_rules", "Alert rules, those that are switched off included.", registry=REGISTRY)
ALERTING_PASS = Histogram("opsentrix_alerting_pass_seconds", "Time of one evaluation of all rules.",
                          registry=REGISTRY)  # fmt: skip
ALERTING_SERIES = Gauge("opsentrix_alerting_series", "Series that rules are about.", registry=REGISTRY)
ALERT_TRANSITIONS = Counter("opsentrix_alert_transitions", "Alerts that began, ended, or lost or found their data.",
                            registry=REGISTRY)  # fmt: skip
ALERTING_UNWRITTEN = Gauge("opsentrix_alerting_unwritten_transitions", "Transitions that wait for the database.",
                           registry=REGISTRY)  # fmt: skip
ALERTING_LEFT_OUT = Gauge("opsentrix_alerting_left_out_series", "Series that rules are about and that there is no"
                          " memory for.", registry=REGISTRY)  # fmt: skip
NOTIFICATION_TRIES = Counter("opsentrix_notification_tries", "Tries to send a message, by kind of channel.",
                             ["kind", "result"], registry=REGISTRY)  # fmt: skip
NOTIFICATION_SECONDS = Histogram("opsentrix_notification_seconds", "From a notice's plan to the provider's receipt.",
                                 buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86_400), registry=REGISTRY)  # fmt: skip
NOTIFICATIONS_LOST = Counter("opsentrix_notifications_given_up", "Notices that a provider refused, or did not take"
                             " within a day.", ["kind"], registry=REGISTRY)  # fmt: skip
NOTIFICATIONS_BUNDLED = Counter("opsentrix_notifications_bundled", "Notices told as part of a digest or summary.",
                                registry=REGISTRY)  # fmt: skip
NOTIFICATIONS_UNROUTED = Counter("opsentrix_notifications_unrouted", "Notices that nobody was to be told of.",
                                 registry=REGISTRY)  # fmt: skip
CANARIES = Counter("opsentrix_canaries", "Alerts that the hub made to test itself, by how they ended.", ["end"],
                   registry=REGISTRY)  # fmt: skip
CANARY_SECONDS = Histogram("opsentrix_canary_seconds", "From a canary's sample until it came through a stage.",
                           ["stage"], buckets=(0.5, 1, 2, 3, 5, 7.5, 10, 15, 30, 60, 300),
                           registry=REGISTRY)  # fmt: skip
CANARY_WAITING = Gauge("opsentrix_canary_waiting_seconds", "For how long no canary was received that is under way.",
                       registry=REGISTRY)  # fmt: skip
DEADMAN_PINGS = Counter("opsentrix_deadman_pings", "Pings of the dead man's switch: arrived, failed, or held back.",
                        ["result"], registry=REGISTRY)  # fmt: skip
DEADMAN_ARRIVED = Gauge("opsentrix_deadman_arrived_timestamp_seconds", "When the last ping arrived, Unix time.",
                        registry=REGISTRY)  # fmt: skip


@functools.cache
def frames_of(link: str) -> Counter:
    """Return the counter of accepted frames of a link: looking it up each time costs as much as checking a frame."""
    return FRAMES.labels(link)


def render() -> bytes:
    """Return all metrics in the Prometheus text format."""
    return generate_latest(REGISTRY)
