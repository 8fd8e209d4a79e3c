"""Which language to answer in: the lookup of RFC 4647, section 3.4."""

from collections.abc import Iterable, Iterator

DEFAULT = "en"
LONGEST = 1000  # characters of a header that are looked at
MOST = 20  # ranges of a header that are looked at


def negotiate(wanted: str | None, accept: str | None, offered: Iterable[str]) -> str:
    """The offered language that suits best, spelled as offered.

    Args:
        wanted: What was asked for by name; it comes first. Anything malformed is passed over.
        accept: An `Accept-Language` header.
        offered: The languages that there are.

    Source: RFC 4647, section 3.4 (lookup), and RFC 9110, section 12.5.4 (the header).
    """
    spelled = {language.lower(): language for language in offered}
    for wish in (*([wanted[:LONGEST]] if wanted else []), *_ranges(accept or "")):
        for shorter in _lookup(wish.strip().lower()):
            if shorter in spelled:
                return spelled[shorter]
    return spelled.get(DEFAULT) or next(iter(spelled.values()), DEFAULT)


def _lookup(wish: str) -> Iterator[str]:
    """The wish, then without its last subtag, and so on. A single letter goes together with what follows it."""
    parts = wish.split("-")[:MOST]
    while parts:
        yield "-".join(parts)
        parts.pop()
        if parts and len(parts[-1]) == 1:
            parts.pop()


def _ranges(header: str) -> list[str]:
    """The header's ranges, best first, without those of weight 0."""
    weighed = [_weighed(part) for part in header[:LONGEST].split(",")[:MOST]]
    return [name for name, weight in sorted(weighed, key=lambda pair: -pair[1]) if weight > 0]


def _weighed(part: str) -> tuple[str, float]:
    """A range and its weight. A weight that is none counts as 0."""
    name, _, rest = part.partition(";")
    key, _, value = rest.strip().partition("=")
    if not rest.strip():
        return name, 1.0
    try:
        weight = float(value)
    except ValueError:
        weight = 0.0
    return name, weight if key.strip().lower() == "q" and 0 <= weight <= 1 else 0.0
