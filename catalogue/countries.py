"""Countries: the 249 codes of ISO 3166-1 alpha-2, written out because locale data also knows codes that are none."""

import unicodedata
from functools import lru_cache

from babel import Locale, UnknownLocaleError

DEFAULT = "en"
CODES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
    CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
    GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
    SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
    VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905 (249 pairs of quotation marks would hide the codes)
)


def known(code: str) -> bool:
    """Whether this is a country's code, in capital letters."""
    return code in CODES


@lru_cache(maxsize=64)
def names(language: str) -> tuple[tuple[str, str], ...]:
    """Every code with its name in this language, by name. A language without names gets English ones."""
    english, wanted = Locale.parse(DEFAULT).territories, _locale(language).territories
    named = ((code, wanted.get(code) or english[code]) for code in CODES)
    return tuple(sorted(named, key=lambda pair: _place(pair[1])))


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT)


def _place(name: str) -> tuple[str, str]:
    """Where a name stands in the list: with its letter, whatever mark the letter bears."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return plain.casefold(), name
