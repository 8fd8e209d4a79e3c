"""What is known of a caller's connection: its address, believed from a known proxy only, and whether it is protected."""

from collections.abc import Collection, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any


def address(environ: Mapping[str, Any], proxies: Collection[str]) -> IPv4Address | IPv6Address | None:
    """The caller's address, or None if there is none that can be read. An IPv4 address in IPv6's clothes is one of IPv4."""
    found = str(environ.get("REMOTE_ADDR", ""))
    if found in proxies:
        found = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip() or found
    try:
        parsed = ip_address(found)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def protected(environ: Mapping[str, Any], proxies: Collection[str], *, trust_loopback: bool) -> bool:
    """Whether the caller's connection is encrypted, or does not leave this machine.

    Args:
        environ: WSGI's.
        proxies: Addresses whose forwarded headers are believed.
        trust_loopback: Whether plain HTTP from this machine is good enough (`REGSVC_TRUST_CLEARTEXT=loopback`).
    """
    peer = str(environ.get("REMOTE_ADDR", ""))
    if environ.get("wsgi.url_scheme") == "https":
        return True
    if peer in proxies:
        return environ.get("HTTP_X_FORWARDED_PROTO") == "https"
    try:
        return trust_loopback and ip_address(peer).is_loopback
    except ValueError:
        return False
