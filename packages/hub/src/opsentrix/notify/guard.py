"""Which addresses channels may reach. Names are looked up once, and what was found is what is connected to.

A channel's address is given by a person, so it could point into the hub's own network (server-side request forgery):
at services that trust whoever reaches them, or at a cloud's metadata with its credentials.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from opsentrix.notify.receipts import DeliveryError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Returns the addresses of a name, as text; raises OSError when it has none."""

_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_PRIVATE = tuple(
    ipaddress.ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""RFC 1918, RFC 6598 and RFC 4193: what an admin can open to a channel."""
_METADATA = tuple(ipaddress.ip_address(one) for one in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254"))
"""Metadata services of clouds; the second and third lie in networks that can be opened."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached beyond public addresses.

    Attributes:
        private: private networks, which an admin may open to a channel.
        everything: loopback and link-local addresses too, which only a setting of the hub opens.
    """

    private: bool = False
    everything: bool = False


async def look_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the system finds them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def refusal(text: str, reach: Reach) -> str:
    """Return why an address may not be reached; empty when it may."""
    try:
        address = _inner(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return "it is not an address"
    if reach.everything:
        return ""
    if address in _METADATA:
        return "it is a cloud's metadata service"
    if any(address in network for network in _PRIVATE):
        return "" if reach.private else "it is in a private network, which an admin has to allow for this channel"
    if not address.is_global or address.is_multicast or address.is_reserved:
        return "it is not public (only OPSENTRIX_NOTIFY_ALLOW_PRIVATE allows that)"
    return ""


async def addresses(host: str, port: int, reach: Reach, resolve: Resolver = look_up) -> list[str]:
    """Return the addresses at which a host may be reached, after one look-up.

    Where one of several addresses is refused, all are: such a name is made to get past checks.

    Raises:
        DeliveryError: the name has no address, or one that may not be reached.
    """
    try:
        found = await resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise DeliveryError(f"The name {host} could not be looked up: {error}.") from None
    if not found:
        raise DeliveryError(f"The name {host} has no address.")
    for one in found:
        why = refusal(one, reach)
        if why:
            raise DeliveryError(f"{host} is refused: {why}. Its address is {one}.")
    return found


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for (mapped, 6to4, Teredo, NAT64), else the address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or (int(address) >> 32 == 0 and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
