"""Settings of the hub, read from `OPSENTRIX_*` environment variables and validated before anything starts."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from opsentrix.errors import StartupError
from opsentrix.web import INSTALL

LOOPBACK = ("127.0.0.1", "localhost", "::1")
RoleName = Literal["viewer", "operator", "admin"]


def default_data_dir() -> Path:
    """Return where the hub keeps its data unless told otherwise: /var/lib for root, else the user's data home."""
    if os.geteuid() == 0:
        return Path("/var/lib/opsentrix")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "opsentrix"


class Mtls(StrEnum):
    """Whether agents show a certificate when they connect.

    With `optional` those that have one must show a good one; with `required` there is no other way in.
    """

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Settings(BaseSettings):
    """Everything that can be set. Each field is an environment variable with the prefix `OPSENTRIX_`."""

    model_config = SettingsConfigDict(env_prefix="OPSENTRIX_", extra="ignore", frozen=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    worker_metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Port at which the worker tells about itself, as /metrics does; 0: none."
    )
    grpc_port: int = Field(
        default=8001, ge=0, le=65535, description="Port for agents that come over gRPC, at the same address; 0: none."
    )
    max_agent_sessions: int = Field(default=20_000, ge=1, description="Agents that may be connected at once.")
    data_dir: Path = Field(default_factory=default_data_dir, description="Folder of the embedded PostgreSQL and locks.")
    secret_key_file: Path | None = Field(
        default=None,
        description="File with the key that seals secrets in the database; empty: secrets.key in data_dir.",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""), description="PostgreSQL URL; empty starts the embedded PostgreSQL."
    )
    admin_password: SecretStr = Field(default=SecretStr(""), description="Password of `admin` at the very first start.")
    public_url: str = Field(
        default="", description="URL under which agents and browsers reach the hub, if not host and port."
    )
    tls: Literal["off", "self-signed"] = Field(
        default="off", description="`self-signed`: serve HTTPS with a certificate of the hub's own CA."
    )
    tls_cert: Path | None = Field(
        default=None, description="PEM file with the certificate to serve HTTPS with, and those between it and its CA."
    )
    tls_key: Path | None = Field(default=None, description="PEM file with the key of tls_cert.")
    tls_names: str = Field(
        default="", description="Host names and addresses, with commas, that the self-signed certificate is for too."
    )
    mtls: Mtls = Field(
        default=Mtls.OFF, description="Whether agents show a certificate: `off`, `optional` or `required`."
    )
    certificate_hours: int = Field(default=168, ge=1, le=8760, description="How long an agent's certificate is valid.")
    client_ca: Path | None = Field(
        default=None, description="PEM file with CAs of your own whose certificates agents may show."
    )
    client_cert_name: Literal["cn", "dns"] = Field(
        default="cn", description="What of such a certificate is the agent's name: subject CN, or a DNS name."
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, with commas, whose X-Forwarded headers count; empty: none.",
    )
    rate_limits: bool = Field(default=True, description="Answer 429 to who sends too many requests.")
    install_dir: Path = Field(
        default=INSTALL, description="Folder with the agent and its installer, as `make agent` builds them."
    )
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"
    log_format: Annotated[str, Field(pattern="^(auto|console|json)$")] = "auto"
    max_series_per_agent: int = Field(default=5000, ge=1, le=100_000)
    max_body_bytes: int = Field(default=2_000_000, ge=10_000, description="Largest HTTP body and WebSocket message.")
    retention_days: int = Field(default=30, ge=1, le=3650, description="How long 1-second data is kept.")
    retention_1m_days: int = Field(
        default=365, ge=1, description="How long minimum, maximum and mean of minutes are kept."
    )
    retention_1h_days: int = Field(
        default=1825, ge=1, description="How long minimum, maximum and mean of hours are kept."
    )
    audit_retention_days: int = Field(default=400, ge=1, le=36_500, description="How long the audit log is kept.")
    incident_days: int = Field(
        default=400,
        ge=7,
        le=3650,
        description="How long incidents that are resolved, and transitions of alerts, are kept.",
    )
    command_days: int = Field(
        default=400, ge=7, le=3650, description="How long commands that ended, and annotations, are kept."
    )
    command_output_days: int = Field(default=30, ge=1, le=3650, description="How long what they wrote is kept.")
    command_approval: str = Field(
        default="", description="Environments, with commas, whose commands need a second person's approval; * for all."
    )
    disk_guard: bool = Field(
        default=True, description="Let the oldest history go, and take no frames, before the disk is full."
    )
    disk_reserve_bytes: int = Field(
        default=0, ge=0, description="Bytes that stay free beside the embedded PostgreSQL; 0: 5 %, from 1 to 10 GiB."
    )
    max_database_bytes: int = Field(
        default=0, ge=0, description="Size of the database over which the oldest history goes; 0: no limit."
    )
    recording_days: int = Field(default=30, ge=1, le=3650, description="How long recordings of agents are kept.")
    recording_bytes: int = Field(
        default=1 << 30, ge=1 << 20, description="What all recordings together may hold; beyond, the oldest go."
    )
    session_hours: int = Field(default=168, ge=1, description="How long a login lasts without use.")
    require_totp: Annotated[str, Field(pattern=r"^(|all|(viewer|operator|admin)(,(viewer|operator|admin))*)$")] = Field(
        default="", description="Who must have a second factor: all, or roles with commas; empty: nobody has to."
    )
    credential_days: int = Field(
        default=30,
        ge=0,
        le=3650,
        description="Agents renew their credentials within this time; 0: never by themselves.",
    )
    approve_agents: bool = Field(
        default=False, description="Let new agents wait until a person approves them, whatever their token says."
    )
    approval_days: int = Field(
        default=7, ge=1, le=365,
        description="New agents that nobody approved in this time are refused, and refused ones forgotten.",
    )  # fmt: skip
    oidc_issuer: str = Field(
        default="", description="Issuer of an OpenID Connect provider, exactly as it names itself; empty: none."
    )
    oidc_client_id: str = Field(
        default="", validate_default=True, max_length=256, description="What the provider calls this hub."
    )
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Empty for a public client.")
    oidc_client_secret_file: Path | None = Field(
        default=None, description="File with the client secret, in place of oidc_client_secret."
    )
    oidc_name: str = Field(
        default="single sign-on", min_length=1, max_length=40, description="What people call the provider."
    )
    oidc_scopes: Annotated[str, Field(pattern=r"^([!#-\[\]-~]+ )*openid( [!#-\[\]-~]+)*$")] = Field(
        default="openid profile email", description="What is asked of the provider, with spaces; openid is a must."
    )
    oidc_role_claim: str = Field(
        default="groups", max_length=256, description="Claim that decides on roles; with dots for one in another."
    )
    oidc_role_map: dict[str, RoleName] = Field(
        default_factory=dict, description="Roles by values of that claim, as JSON; of several the highest counts."
    )
    oidc_default_role: Literal["", "viewer", "operator", "admin"] = Field(
        default="", validate_default=True, description="Role of who has no value that is mapped; empty: refused."
    )
    oidc_email_domains: str = Field(
        default="", description="Domains with commas: only who has a verified address there; empty: anybody."
    )
    oidc_create_users: bool = Field(default=True, description="Make an account for who comes for the first time.")
    notify_allow_private: bool = Field(
        default=False, description="Let channels reach loopback, link-local and private addresses, all of them."
    )
    notify_proxy: Annotated[str, Field(pattern=r"^(|https?://\S+)$")] = Field(
        default="", description="HTTP proxy through which notifications leave; it decides what they reach."
    )
    push_services: str = Field(
        default="fcm.googleapis.com,updates.push.services.mozilla.com,push.apple.com,notify.windows.com",
        description="Hosts with commas, and all below them, to which browsers may have pushes sent; empty: any.",
    )
    push_contact: Annotated[str, Field(pattern=r"^(|(mailto:|https://)[!-~]+)$")] = Field(
        default="", description="mailto: or https: URL that push services see; empty: the hub's own, if it is https."
    )
    notification_days: int = Field(default=90, ge=7, le=3650, description="How long sent notifications are kept.")
    canary_interval: float = Field(
        default=300,
        ge=0,
        le=86_400,
        description="Seconds from one alert that tests the hub itself to the next; 0: none.",
    )
    deadman_url: SecretStr = Field(
        default=SecretStr(""),
        description="URL that is asked while the hub works; whoever misses that raises the alarm.",
    )
    deadman_interval: float = Field(default=60, ge=10, le=86_400, description="Seconds from one such ping to the next.")
    database_connections: int = Field(default=10, ge=3, le=200)
    secure_cookies: bool = Field(
        default=False, description="Send the session cookie over HTTPS only; on with TLS or an https public_url."
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _check_issuer(cls, issuer: str) -> str:
        if issuer and ("?" in issuer or not trustworthy(issuer, issuer)):
            raise ValueError("must be an https URL without query, or http on this machine itself")
        return issuer

    @field_validator("deadman_url")
    @classmethod
    def _check_deadman(cls, url: SecretStr) -> SecretStr:
        parts = urlsplit(url.get_secret_value())
        if url.get_secret_value() and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be an http or https URL")
        return url

    @field_validator("oidc_client_id")
    @classmethod
    def _check_client_id(cls, client_id: str, info: ValidationInfo) -> str:
        if info.data.get("oidc_issuer") and not client_id:
            raise ValueError("is needed beside OPSENTRIX_OIDC_ISSUER")
        return client_id

    @field_validator("oidc_default_role")
    @classmethod
    def _check_roles(cls, role: str, info: ValidationInfo) -> str:
        if info.data.get("oidc_issuer") and not role and not info.data.get("oidc_role_map"):
            raise ValueError("or OPSENTRIX_OIDC_ROLE_MAP must let somebody in")
        return role

    @property
    def oidc_domains(self) -> frozenset[str]:
        """The domains of which an address must be."""
        return frozenset(filter(None, (one.strip().casefold() for one in self.oidc_email_domains.split(","))))

    @property
    def approved_environments(self) -> frozenset[str]:
        """Return the environments whose commands a second person has to approve; `*` stands for all."""
        return frozenset(filter(None, (one.strip() for one in self.command_approval.split(","))))

    @property
    def push_sender(self) -> str:
        """What push services are told of whoever runs the hub: a `mailto:` or `https:` URL, or nothing."""
        return self.push_contact or (self.url if self.url.startswith("https:") else "")

    @property
    def push_hosts(self) -> frozenset[str]:
        """The push services that may be reached; any where it is empty."""
        return frozenset(filter(None, (one.strip().lower() for one in self.push_services.split(","))))

    def oidc_secret(self) -> str:
        """Return the secret that the provider knows this hub by; empty for a public client.

        Raises:
            StartupError: its file cannot be read, or holds nothing.
        """
        if self.oidc_client_secret_file is None:
            return self.oidc_client_secret.get_secret_value()
        try:
            secret = self.oidc_client_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StartupError(f"OPSENTRIX_OIDC_CLIENT_SECRET_FILE cannot be read: {error}.") from None
        if not secret:
            raise StartupError("OPSENTRIX_OIDC_CLIENT_SECRET_FILE is empty.")
        return secret

    @property
    def key_file(self) -> Path:
        """Where the key lies that seals secrets in the database."""
        return self.secret_key_file or self.data_dir / "secrets.key"

    def told(self) -> dict[str, str]:
        """Return what was set and is no secret, by the name of its setting."""
        return {
            name: str(getattr(self, name))
            for name in sorted(self.model_fields_set)
            if not isinstance(getattr(self, name), SecretStr)
        }

    @property
    def audit_memory(self) -> Path:
        """Where the hub remembers, outside the database, up to where it signed the audit log."""
        return self.data_dir / "audit.head"

    @property
    def url(self) -> str:
        """The hub's URL for people and agents, without a trailing slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host  # noqa: S104 - compared, not bound
        scheme = "https" if self.serves_tls else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def serves_tls(self) -> bool:
        """Whether the hub itself speaks TLS."""
        return self.tls != "off" or self.tls_cert is not None

    @property
    def more_tls_names(self) -> tuple[str, ...]:
        """The names in tls_names, one by one."""
        return tuple(name.strip() for name in self.tls_names.split(",") if name.strip())

    @property
    def tls_dir(self) -> Path:
        """The folder with the certificates that the hub makes or hands on."""
        return self.data_dir / "tls"

    @property
    def anchor_file(self) -> Path:
        """The certificate by which to trust the hub, where it is not signed by an authority that everybody knows."""
        return self.tls_dir / "anchor.pem"

    @property
    def totp_roles(self) -> frozenset[str]:
        """The roles that must have a second factor."""
        named = "viewer,operator,admin" if self.require_totp == "all" else self.require_totp
        return frozenset(filter(None, named.split(",")))

    @property
    def cookies_over_https_only(self) -> bool:
        """Whether browsers may send the session cookie over HTTPS alone."""
        return self.secure_cookies or self.serves_tls or self.public_url.startswith("https://")


def trustworthy(url: str, issuer: str) -> bool:
    """Return whether a provider may be asked at a URL: by HTTPS, or by HTTP where it runs on this machine.

    Args:
        url: one of the provider's.
        issuer: the provider; where it is elsewhere, nothing of it may be on this machine's own unencrypted ports.
    """
    try:
        parts, origin = urlsplit(url), urlsplit(issuer)
        local = parts.scheme == "http" and parts.hostname in LOOPBACK
        local = local and origin.scheme == "http" and origin.hostname in LOOPBACK
        valid = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or address that is none
        return False
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    whole = parts.username is None and "#" not in url
    return valid and plain and whole and (parts.scheme == "https" or local)


def load() -> Settings:
    """Return the settings of this process.

    Raises:
        StartupError: a variable is not valid; the text names each one.
    """
    try:
        loaded = Settings()
    except ValidationError as error:
        problems = "; ".join(f"OPSENTRIX_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
        raise StartupError(f"Settings are not valid: {problems}.") from None
    loaded.oidc_secret()  # what is wrong with its file is told before anything starts
    return loaded
