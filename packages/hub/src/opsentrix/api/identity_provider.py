"""What the owner of the hub set about the identity provider; people who look for why a login fails need it."""

from fastapi import APIRouter
from pydantic import BaseModel

from opsentrix.api.auth import Admin
from opsentrix.api.oidc import CALLBACK
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub

router = APIRouter(prefix="/api/v1/identity-provider", tags=["auth"])


class IdentityProviderView(BaseModel):
    """The provider as the hub's environment sets it, without its secret.

    Attributes:
        redirect_uri: where the provider must let people come back to.
        scopes: what is asked of it.
        role_claim: what decides on roles.
        roles: roles by values of that claim.
        default_role: of who has no value that is mapped; null where those are refused.
        email_domains: only who has a verified address there; empty: anybody.
        creates_accounts: whether who comes for the first time gets an account.
    """

    name: str
    issuer: str
    client_id: str
    redirect_uri: str
    scopes: list[str]
    role_claim: str
    roles: dict[str, str]
    default_role: str | None
    email_domains: list[str]
    creates_accounts: bool


class IdentityProviderSetting(BaseModel):
    """The provider; null where there is none."""

    provider: IdentityProviderView | None


@router.get("", responses=responses(401, 403))
async def read_identity_provider(user: Admin, services: Hub) -> IdentityProviderSetting:
    """Tell what is set about the identity provider."""
    settings = services.settings
    if not settings.oidc_issuer:
        return IdentityProviderSetting(provider=None)
    return IdentityProviderSetting(
        provider=IdentityProviderView(
            name=settings.oidc_name,
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            redirect_uri=f"{settings.url}{CALLBACK}",
            scopes=settings.oidc_scopes.split(),
            role_claim=settings.oidc_role_claim,
            roles=dict(settings.oidc_role_map),
            default_role=settings.oidc_default_role or None,
            email_domains=sorted(settings.oidc_domains),
            creates_accounts=settings.oidc_create_users,
        )
    )
