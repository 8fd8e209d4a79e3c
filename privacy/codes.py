"""Registration numbers: eight Crockford base-32 symbols and a check that finds every wrong symbol and every swap of neighbours.

The check is one Reed-Solomon symbol over GF(32).
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS = 8
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
SPACES = "\t\n\r \xa0\u2007\u2009\u202f"  # mails, word processors and PDFs put these into what is copied out of them
FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", **dict.fromkeys(DASHES + SPACES)})
POLYNOMIAL = 0b100101  # x⁵ + x² + 1, primitive over GF(2)


class Mistyped(Exception):
    """The text is not a registration's number."""


def _powers() -> tuple[int, ...]:
    powers, value = [], 1
    for _ in range(31):
        powers.append(value)
        value <<= 1
        if value & 32:
            value ^= POLYNOMIAL
    return tuple(powers)


POWERS = _powers()
LOGARITHM = {value: exponent for exponent, value in enumerate(POWERS)}


def _check(symbols: list[int]) -> int:
    total = 0
    for place, symbol in enumerate(symbols, 1):
        if symbol:
            total ^= POWERS[(LOGARITHM[symbol] + place) % 31]
    return total


def number(five: bytes) -> str:
    """Five bytes as XXXX-XXXX-X."""
    value = int.from_bytes(five)
    symbols = [value >> shift & 31 for shift in range(35, -1, -5)]
    text = "".join(ALPHABET[symbol] for symbol in [*symbols, _check(symbols)])
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def parse(text: str) -> bytes:
    """The five bytes of a number; case, dashes, spaces and the letters O, I and L are forgiven.

    Raises:
        Mistyped: Wrong length, a foreign symbol, or the check does not fit.
    """
    plain = text[:40].upper().translate(FORGIVEN)
    if len(plain) != SYMBOLS + 1 or any(symbol not in ALPHABET for symbol in plain):
        raise Mistyped
    symbols = [ALPHABET.index(symbol) for symbol in plain]
    if _check(symbols[:-1]) != symbols[-1]:
        raise Mistyped
    value = 0
    for symbol in symbols[:-1]:
        value = value << 5 | symbol
    return value.to_bytes(5)
