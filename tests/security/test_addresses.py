"""Which addresses a stranger may make us reach."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.security.addresses import why_refused


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("0.0.0.0", "this network"),
        ("10.0.0.1", "private"),
        ("100.64.0.1", "shared by a provider (carrier-grade NAT)"),
        ("100.100.100.200", "shared by a provider (carrier-grade NAT)"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "a cloud provider's own service"),
        ("169.254.169.254", "link-local"),
        ("172.31.255.255", "private"),
        ("192.0.0.192", "reserved"),
        ("192.0.2.1", "for documentation"),
        ("192.168.1.1", "private"),
        ("198.19.0.1", "for benchmarks"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "reserved"),
        ("::1", "loopback"),
        ("::127.0.0.1", "reserved"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:169.254.169.254", "link-local"),
        ("64:ff9b::10.0.0.1", "private"),
        ("64:ff9b:1::1", "reserved"),
        ("2002:7f00:1::", "loopback"),
        ("2002:c0a8:101::1", "private"),
        ("2001::1", "reserved"),
        ("2001:db8::1", "for documentation"),
        ("fc00::1", "private"),
        ("fd12:3456::1", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("4000::1", "reserved"),
        ("localhost", "not an address"),
        ("", "not an address"),
    ],
)
def test_what_is_not_public_is_refused(address: str, why: str) -> None:
    assert why_refused(address) == why


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::1.1.1.1",
     "::ffff:1.1.1.1", "2002:101:101::1"],
)  # fmt: skip
def test_what_is_public_is_not(address: str) -> None:
    assert why_refused(address) is None


def test_own_networks_can_be_allowed() -> None:
    allow = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]
    assert why_refused("10.1.2.3", allow) is None
    assert why_refused("::ffff:10.1.2.3", allow) is None
    assert why_refused("fd00::1", allow) is None
    assert why_refused("10.2.0.1", allow) == "private"


@given(st.ip_addresses(v=4))
def test_no_address_passes_that_python_knows_to_be_local(address: IPv4Address) -> None:
    if not address.is_global or address.is_multicast:
        assert why_refused(address) is not None


@given(st.ip_addresses(v=6))
def test_no_address_of_ipv6_passes_either(address: IPv6Address) -> None:
    if address.ipv4_mapped or address in ip_network("64:ff9b::/96"):
        return
    if address.is_private or address.is_multicast or address.is_reserved or address.is_site_local:
        assert why_refused(address) is not None


@given(st.ip_addresses(v=4))
def test_an_address_of_ipv4_inside_one_of_ipv6_is_judged_as_itself(address: IPv4Address) -> None:
    for prefix in (0xFFFF << 32, 0x0064_FF9B << 96):
        assert why_refused(IPv6Address(prefix | int(address))) == why_refused(address)
