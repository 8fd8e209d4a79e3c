"""Who is let in to a public address: what comes too often, unprotected, too large or in a foreign form is turned away unread.

A caller's address is believed from a known proxy only.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from web import rate_limit
from web.rate_limit import Prefixes, RateLimit
from web.strict_json import LONGEST, TooLarge

READ = ("GET", "HEAD")


class HttpsRequired(Exception):
    """What is secret or personal would go over plain HTTP. It is refused: a redirect would come when it has leaked already."""


class WrongMethod(Exception):
    """The address does not take that method.

    Args:
        allowed: Those that it takes.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("a method that the address does not take")
        self.allowed = allowed


class WrongContentType(Exception):
    """The body is not in the form that this address takes."""


class EncodedBody(Exception):
    """The body is compressed. It is not unpacked: a small one could become a huge one."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a caller.

    Args:
        limit: Counts the posts.
        most: Posts of one caller in a window of *limit*.
        prefixes: The networks that count as one caller.
        proxies: Addresses whose forwarded headers are believed.
        trust_loopback: Whether plain HTTP from this machine is good enough (`REGSVC_TRUST_CLEARTEXT=loopback`).
    """

    limit: RateLimit
    most: int
    prefixes: Prefixes
    proxies: Collection[str]
    trust_loopback: bool


def require_method(method: str | None, allowed: Sequence[str]) -> None:
    """Refuse what the address does not take.

    Raises:
        WrongMethod: It takes *allowed* only.
    """
    if method not in allowed:
        raise WrongMethod(allowed)


def require_https(environ: Mapping[str, Any], rules: Rules) -> None:
    """Required of everything that shows, takes or asks for what is personal or secret, whatever the method.

    Raises:
        HttpsRequired: The caller's connection can be read by others.
    """
    if not protected(environ, rules.proxies, trust_loopback=rules.trust_loopback):
        raise HttpsRequired


def admit(environ: Mapping[str, Any], rules: Rules, *, takes: Collection[str] = (), longest: int = LONGEST) -> None:
    """Let a post in.

    Args:
        environ: WSGI's.
        rules: What is asked of the caller.
        takes: The types of body that the address takes; any, if there are none.
        longest: Bytes of a body.

    Raises:
        rate_limit.TooOften, HttpsRequired, TooLarge, EncodedBody, WrongContentType: It is turned away, unread.
    """
    for share in rate_limit.shares(str(environ.get("REMOTE_ADDR", "")), address(environ, rules.proxies), prefixes=rules.prefixes):
        rules.limit.take(share.caller, most=rules.most * share.times, now=time.monotonic())
    require_https(environ, rules)
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or int(length[:12]) > longest:
        raise TooLarge
    require_plain(environ)
    if takes and content_type(environ) not in takes:
        raise WrongContentType


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
