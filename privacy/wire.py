"""What is known of a caller's connection, and what came over it: its address, believed from a known proxy only; its body."""

from collections.abc import Collection, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from privacy.strict import TooLarge


class EncodedBody(Exception):
    """The body is compressed. It is not unpacked: a small one could become a huge one."""


def address(environ: Mapping[str, Any], proxies: Collection[str]) -> IPv4Address | IPv6Address | None:
    """The caller's address, or None if there is none that can be read. An IPv4 address in IPv6's clothes is one of IPv4."""
    peer = str(environ.get("REMOTE_ADDR", ""))
    if peer in proxies:
        return _parsed(_forwarded(environ) or peer)
    return _parsed(peer)


def _without_port(text: str) -> str:
    """An address that a proxy may have written with its port: `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def content_type(environ: Mapping[str, Any]) -> str:
    """The type of the body in small letters, without its parameters."""
    return str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()


def require_plain(environ: Mapping[str, Any]) -> None:
    """Refuse a compressed body.

    Raises:
        EncodedBody: `Content-Encoding` names anything but `identity`.
    """
    if str(environ.get("HTTP_CONTENT_ENCODING", "")).strip().lower() not in {"", "identity"}:
        raise EncodedBody


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
        parsed = ip_address(_without_port(text))
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
