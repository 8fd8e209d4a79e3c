"""Looking for words in bytes, however they are written: in clear, encoded, compressed, or inside one another."""

import base64
import binascii
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote

BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}")
HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){10,}")
STREAMS = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
URL_SAFE = bytes.maketrans(b"-_", b"+/")
DEEP = 4
LARGE = 4 * 1024 * 1024


def forms(word: str) -> set[bytes]:
    """A word as files and messages may hold it, when it is part of something longer."""
    plain = word.encode()
    written = {plain, word.encode("utf-16-le"), word.encode("utf-16-be"), json.dumps(word)[1:-1].encode(), quote(word).encode()}
    written |= {binascii.hexlify(plain), binascii.hexlify(plain).upper(), plain[::-1]}
    for shift in range(3):
        code = base64.b64encode(bytes(shift) + plain)
        inner = code[(0, 2, 3)[shift] : len(code) - (4 if (len(plain) + shift) % 3 else 0)]
        written |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return written


class Hunt:
    """The words that must be nowhere."""

    def __init__(self, words: Iterable[str], secrets: Iterable[bytes] = ()) -> None:
        self.caseless = {form.lower(): word for word in words for form in forms(word) if len(form) > 7}
        self.secrets = list(secrets)

    def found(self, blob: bytes, *, deep: int = DEEP) -> set[str]:
        """The words that the bytes hold, directly or inside what they encode."""
        lowered = blob.lower()
        words = {word for needle, word in self.caseless.items() if needle in lowered}
        words |= {"a secret" for secret in self.secrets if secret in blob}
        if deep and len(blob) <= LARGE:
            for inner in unpacked(blob):
                words |= self.found(inner, deep=deep - 1)
        return words


def unpacked(blob: bytes) -> Iterator[bytes]:
    """Everything that is encoded or compressed somewhere in the bytes."""
    for match in BASE64.finditer(blob):
        code = match[0][: len(match[0]) - (len(match[0]) % 4 == 1)]
        with suppress(ValueError):
            yield base64.b64decode(code.translate(URL_SAFE) + b"=" * (-len(code) % 4))
    for match in HEX.finditer(blob):
        yield binascii.unhexlify(match[0])
    for match in STREAMS.finditer(blob):
        rest = blob[match.start() :]
        with suppress(zlib.error, OSError, EOFError):
            yield zlib.decompressobj(47).decompress(rest, LARGE)
    if b"\\u" in blob:
        with suppress(ValueError):
            yield json.dumps(json.loads(blob), ensure_ascii=False).encode()


def packed(word: str) -> dict[str, bytes]:
    """The positive control: a word in every dress that the hunt must see through."""
    text = f"before {word} after".encode()
    return {
        "plain": text,
        "base64": base64.b64encode(text),
        "base64url": base64.urlsafe_b64encode(b"x" + text),
        "hex": binascii.hexlify(text),
        "json": json.dumps({"value": f"é{word}"}).encode(),
        "utf-16": text.decode().encode("utf-16"),
        "zlib": zlib.compress(text * 3),
        "gzip": gzip.compress(text * 3),
        "base64 of zlib": b"body=" + base64.b64encode(zlib.compress(text * 3)),
        "json of base64 of json": json.dumps({"body": base64.b64encode(json.dumps([word]).encode()).decode()}).encode(),
        "upper case": text.upper(),
    }
