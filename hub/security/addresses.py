"""Which IP addresses a request may go to when a stranger chose where.

The networks are those that the IANA registries of special-purpose addresses (RFC 6890) do not
call globally reachable, the multicast and reserved blocks, and addresses that cloud providers
give to their own services although they look public.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED_V4 = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a provider (carrier-grade NAT)"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "reserved"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("168.63.129.16/32", "a cloud provider's own service"),
    )
)

# Everything that is not 2000::/3 is local, multicast or not assigned; within it:
_GLOBAL_V6 = IPv6Network("2000::/3")
_REFUSED_V6 = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "for documentation"),
        ("3fff::/20", "for documentation"),
    )
)
_LOCAL_V6 = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("::1/128", "loopback"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
        ("::/0", "reserved"),
    )
)

# Where an IPv4 address stands inside an IPv6 one: the prefix, and how far right its 32 bits are.
_CARRIES_V4 = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped, RFC 4291
    (IPv6Network("64:ff9b::/96"), 0),  # translated, RFC 6052
    (IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
)


def why_refused(address: Address | str, allow: Sequence[Network] = ()) -> str | None:
    """What kind of address it is that may not be reached, or None when it may.

    `allow` are networks that may be reached all the same, such as the installation's own. An IPv6
    address that carries an IPv4 address is judged as that one, also against `allow`.
    """
    if isinstance(address, str):
        try:
            address = ip_address(address.partition("%")[0])
        except ValueError:
            return "not an address"
    if any(address in network for network in allow):
        return None
    if isinstance(address, IPv4Address):
        return _first(address, _REFUSED_V4)
    for network, right in _CARRIES_V4:
        if address in network:
            return why_refused(IPv4Address(int(address) >> right & 0xFFFF_FFFF), allow)
    if address in _GLOBAL_V6:
        return _first(address, _REFUSED_V6)
    return _first(address, _LOCAL_V6)


def _first(
    address: Address, named: Sequence[tuple[IPv4Network, str]] | Sequence[tuple[IPv6Network, str]]
) -> str | None:
    return next((name for network, name in named if address in network), None)
