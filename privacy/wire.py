"""What is known of a caller's connection, and what came over it: its address, believed from a known proxy only; its body."""

from collections.abc import Collection, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from privacy.strict import TooLarge


def address(environ: Mapping[str, Any], proxies: Collection[str]) -> IPv4Address | IPv6Address | None:
    """The caller's address, or None if there is none that can be read. An IPv4 address in IPv6's clothes is one of IPv4."""
    peer = str(environ.get("REMOTE_ADDR", ""))
    if peer in proxies:
        return _parsed(_forwarded(environ) or peer)
    return _parsed(peer)


def protected(environ: Mapping[str, Any], proxies: Collection[str], *, trust_loopback: bool) -> bool:
    """Whether the caller's connection is encrypted, or does not leave this machine.

    Args:
        environ: WSGI's.
        proxies: Addresses whose forwarded headers are believed.
        trust_loopback: Whether plain HTTP from this machine is good enough (`REGSVC_TRUST_CLEARTEXT=loopback`).
    """
    if environ.get("wsgi.url_scheme") == "https":
        return True
    peer = str(environ.get("REMOTE_ADDR", ""))
    proxied = peer in proxies
    if proxied and environ.get("HTTP_X_FORWARDED_PROTO") == "https":
        return True
    caller = _parsed(_forwarded(environ) if proxied else peer)
    return trust_loopback and caller is not None and caller.is_loopback


def _forwarded(environ: Mapping[str, Any]) -> str:
    """Where a proxy says that the request came from: its own entry is the last."""
    return str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(text)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed


def body(environ: Mapping[str, Any], *, longest: int) -> bytes:
    """The body, whether its length was told before it or not (`Transfer-Encoding: chunked`, HTTP/2).

    Nothing is read after its end: the server stops there and says so (`wsgi.input_terminated`), or the told length is the limit.

    Raises:
        TooLarge: It is longer than *longest*; the rest is not read.
    """
    told = longest + 1 if environ.get("wsgi.input_terminated") else int(environ.get("CONTENT_LENGTH") or 0)
    read = bytes(environ["wsgi.input"].read(min(told, longest + 1)))
    if len(read) > longest:
        raise TooLarge
    return read
