"""Certificates: how clients know the hub, and how agents get, renew and lose theirs."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from opsentrix.api.auth import CredentialedAgent, Operator, Viewer, visible
from opsentrix.api.peers import certificate_of
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.errors import NotFoundError
from opsentrix.fleet.certificates import newest, owner
from opsentrix.model.certificates import AgentCertificate
from opsentrix.pki.requests import MAX_REQUEST_CHARS
from opsentrix.settings import Mtls

router = APIRouter(tags=["certificates"])
Serial = Annotated[str, Path(pattern="^[0-9a-f]{1,40}$")]


class TlsView(BaseModel):
    """How the hub speaks TLS, and by what it is known.

    Attributes:
        pin: fingerprint of the certificate that `--pin` takes; empty where a public authority vouches for the hub.
        key_pin: of the server's key, as curl's `--pinnedpubkey` takes it; empty without TLS.
        mtls: whether agents show certificates.
    """

    tls: bool
    pin: str
    key_pin: str
    expires_at: datetime | None
    mtls: Mtls


class CertificateRequest(BaseModel):
    """What an agent asks to be signed: PKCS#10 in PEM."""

    csr: str = Field(min_length=1, max_length=MAX_REQUEST_CHARS)


class IssuedCertificate(BaseModel):
    """A new certificate in PEM, with its CA's behind it; `lifetime_s` seconds of it are left."""

    serial: str
    certificate: str
    not_before: datetime
    not_after: datetime
    lifetime_s: float


class CertificateView(BaseModel):
    """A certificate of an agent."""

    serial: str
    agent: int
    state: Literal["valid", "expired", "revoked"]
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, one: AgentCertificate, now: float) -> "CertificateView":
        """Return what people may see of a certificate."""
        return cls.model_validate(
            {
                "serial": one.serial,
                "agent": one.agent_id,
                "state": one.state(datetime.fromtimestamp(now, one.not_after.tzinfo)),
                "not_before": one.not_before,
                "not_after": one.not_after,
                "revoked_at": one.revoked_at,
            }
        )


class CertificateList(BaseModel):
    """Certificates, newest first."""

    items: list[CertificateView]


@router.get("/install/ca.pem", response_class=PlainTextResponse, tags=["install"], responses=responses(404))
def anchor(services: Hub) -> Response:
    """Return the certificate by which to trust this hub; who fetches it must know its fingerprint from elsewhere."""
    if not services.tls.anchor:
        raise NotFoundError("This hub has no certificate authority of its own.")
    return Response(services.tls.anchor, media_type="application/x-pem-file", headers={"Cache-Control": "no-cache"})


@router.get("/api/v1/tls", responses=responses(401))
async def tls(services: Hub, _user: Viewer) -> TlsView:
    """Tell how the hub speaks TLS, and the fingerprints by which to know it."""
    pins, mtls = services.tls.pins(), services.settings.mtls
    if pins is None:
        return TlsView(tls=False, pin="", key_pin="", expires_at=None, mtls=mtls)
    return TlsView(tls=True, pin=pins.anchor, key_pin=pins.key, expires_at=pins.expires_at, mtls=mtls)


@router.post(
    "/api/v1/agents/{agent_id}/certificate",
    status_code=201,
    tags=["agent link"],
    responses=responses(400, 401, 403, 404, 409, 413, 422, 429),
)
async def issue(
    agent: CredentialedAgent, body: CertificateRequest, services: Hub, request: Request
) -> IssuedCertificate:
    """Sign an agent's certificate request; the agent bears its credential, and shows its certificate if it has one."""
    issued, pem = await services.certificates.issue(agent, body.csr, certificate_of(request), address_of(request))
    return IssuedCertificate(
        serial=issued.serial,
        certificate=pem.decode(),
        not_before=issued.not_before,
        not_after=issued.not_after,
        lifetime_s=issued.not_after.timestamp() - services.clock(),
    )


@router.get("/api/v1/certificates", responses=responses(401, 403, 404, 422))
async def list_certificates(
    services: Hub,
    user: Operator,
    agent: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> CertificateList:
    """List the certificates that the hub issued to agents, newest first."""
    if agent is not None:
        visible(services, user, agent)
    agents = services.visibility.only(user.scopes) if agent is None else {agent}
    found = await newest(services.database, agents, limit)
    return CertificateList(items=[CertificateView.of(one, services.clock()) for one in found])


@router.delete("/api/v1/certificates/{serial}", status_code=204, responses=responses(401, 403, 404, 422))
async def revoke(serial: Serial, services: Hub, user: Operator, request: Request) -> None:
    """Revoke a certificate; the session of its agent ends within a second."""
    agent_id = await owner(services.database, serial)
    if agent_id is None or services.visibility.find(user.scopes, agent_id) is None:
        raise NotFoundError(f"There is no certificate {serial} that could be revoked.")
    await services.certificates.revoke(serial, user.actor, address_of(request))
