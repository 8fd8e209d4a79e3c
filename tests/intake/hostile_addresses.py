"""Addresses on which two readers may differ: IDNA 2003 and 2008, scripts, lengths, quoting, routes, what nobody sees."""

import itertools
from collections.abc import Iterator

LOCALS = (
    "ada", "ADA", "a.d.a", "ada+tag", "ada-da", "_ada", "a" * 64, "a" * 65, "ü" * 20, "ü" * 60, "ada\u0301", "straße", "ſtrasse",
    "\u212aada", "İda", "ıda", "ada\u200b", "ada\u00ad", "\ufeffada", "\U000e0061da", '"ada"', '"a da"', '"a@b"', "a\\@b",
    "ada%example.com", "example.com!ada", "(note)ada", "ada(note)", " ada", "a,da", "a;da", "a:da", "<ada", "a=da", "a/da", "'ada'",
    ".ada", "ada.", "a..da", "ада", "阿达", "adа",
)  # fmt: skip
DOMAINS = (
    "example.org", "EXAMPLE.ORG", "straße.example", "strasse.example", "xn--strae-oqa.example", "XN--STRAE-OQA.example",
    "βόλος.example", "βόλοσ.example", "faß.example", "ﬁsh.example", "ⓔxample.org", "１２３.example", "a。example", "a．example",
    "אב1.example", "1אב.example", "ދިވެހި.example", "a\u200db.example", "نامه\u200cای.example", "ſ.example", "İ.example", "\u212a.example",
    "ß" * 40 + ".example", "ü" * 60 + ".example", "a" * 63 + ".example", "a" * 64 + ".example", ".".join(["a" * 50] * 6),
    "xn--a.example", "xn--strasse-.example", "xn--.example", "xn--ls8h.example", "☃.example", "💩.example", "exa_mple.org",
    "-example.org", "example-.org", "ex--ample.org", "example..org", ".example.org", "example.org.", "[127.0.0.1]", "[IPv6:::1]",
    "127.0.0.1", "localhost", "example", "exam ple.org", "exam\tple.org", "example.org\n", "example.org\r\nRCPT TO:<eve@example.com>",
    "example.org\0", "example.org,example.com", "example.org>", "example.org (note)", "exаmple.org", "\u202eexample.org", "example\u0301.org",
)  # fmt: skip


def addresses() -> Iterator[str]:
    """Every odd local part at a plain domain, the other way round, and odd ones together."""
    yield from (f"{local}@example.org" for local in LOCALS)
    yield from (f"ada@{domain}" for domain in DOMAINS)
    yield from (f"{local}@{domain}" for local, domain in itertools.product(LOCALS[1:13:2], DOMAINS[2:35]))
    yield from (
        "ada@example.com@example.org",
        "@example.org",
        "ada@",
        "ada",
        "@",
        "a" * 320 + "@example.org",
        "Ada <ada@example.org>",
    )
