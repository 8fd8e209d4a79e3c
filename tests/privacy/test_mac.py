"""The service's MAC is HMAC-SHA-256, as everybody else computes it."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from privacy.mac import hmac_sha256

# RFC 4231, test cases 1, 2 and 6
VECTORS = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]


def test_it_gives_the_published_values():
    assert [hmac_sha256(key, message).hex() for key, message, _ in VECTORS] == [expected for _, _, expected in VECTORS]


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_it_is_the_standard_librarys(key, message):
    assert hmac_sha256(key, message) == hmac.digest(key, message, "sha256")
