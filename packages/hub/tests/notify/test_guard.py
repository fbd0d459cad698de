"""Which addresses channels may reach."""

import socket

import pytest
from opsentrix.notify.guard import Reach, addresses, refusal
from opsentrix.notify.receipts import DeliveryError

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"]
PRIVATE = [
    "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd12::1", "::ffff:10.0.0.1",
    "64:ff9b::a00:1", "2002:a00:1::1", "::10.0.0.1",
]  # fmt: skip
NEVER = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0",  # noqa: S104 - refused, not bound
    "::1", "::", "169.254.1.1", "fe80::1", "fe80::1%eth0", "224.0.0.1", "ff02::1",
    "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1",
    "64:ff9b:1::7f00:1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
]  # fmt: skip
METADATA = ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_reached(address: str) -> None:
    assert refusal(address, Reach()) == ""


@pytest.mark.parametrize("address", PRIVATE)
def test_private_ones_where_an_admin_allows_it(address: str) -> None:
    assert "private" in refusal(address, Reach())
    assert refusal(address, Reach(private=True)) == ""


@pytest.mark.parametrize("address", NEVER + METADATA)
def test_what_only_the_setting_opens(address: str) -> None:
    assert refusal(address, Reach())
    assert refusal(address, Reach(private=True))
    assert refusal(address, Reach(everything=True)) == ""


@pytest.mark.parametrize("address", ["", "localhost", "1.2.3", "0x7f.1", "127.1", "nonsense::1::2"])
def test_what_is_no_address_is_refused_whatever_is_allowed(address: str) -> None:
    assert refusal(address, Reach(everything=True))


async def test_one_bad_address_of_several_refuses_the_name() -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "127.0.0.1"]

    with pytest.raises(DeliveryError, match=r"example\.com is refused"):
        await addresses("example.com", 443, Reach(), both)


async def test_a_name_that_does_not_exist_is_tried_again_later() -> None:
    async def nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(DeliveryError, match="could not be looked up") as caught:
        await addresses("nowhere.example", 443, Reach(), nothing)
    assert not caught.value.permanent
