"""A text's name is the SHA-256 of what it says and what it is for. The database computes it again and refuses another."""

import hashlib


def of_notice(*, product: str | None, language: str, text: str) -> str:
    """The digest of a notice. No product stands for every product."""
    return _digest("notice", product or "", language, text)


def of_wording(*, topic: str, sender: str, language: str, text: str) -> str:
    """The digest of a wording."""
    return _digest("wording", topic, sender, language, text)


def _digest(*parts: str) -> str:
    """Each part with its length in front, so that no two lists look the same."""
    raw = [part.encode() for part in parts]
    return hashlib.sha256(b"".join(len(part).to_bytes(8) + part for part in raw)).hexdigest()
