"""Certificates and whom to trust: nothing but the right key, the right computer and the right days is believed."""

import base64
import json
from datetime import UTC, date, datetime, timedelta

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activation import certificates, hardware, trust
from activation.certificates import CertificateBroken, Claims, Installed
from activation.hardware import Hardware
from activation.keychain import Signer
from activation.policies import POLICIES
from activation.trust import Holder, Keyset, NotTrusted

TODAY = date(2026, 11, 24)
HOME = Hardware(hardware.PLAIN, (1, 1, 1, 1, 1, 1, 1, 1))
OTHER = Hardware(hardware.PLAIN, (2, 2, 2, 2, 1, 1, 1, 1))
LOCATOR = b"locat1"
SIGNER = Signer("certificate@1", Ed25519PrivateKey.generate())
NEXT = Signer("certificate@2", Ed25519PrivateKey.generate())
ENTRY = trust.in_use(SIGNER.kid, SIGNER.private, since=TODAY)
KEYS = Keyset(1, (ENTRY,))
ROOTS = [Holder(f"root-{number}", Ed25519PrivateKey.generate()) for number in range(1, 5)]
ROOT = trust.root_of(ROOTS[:3], version=1)
CLAIMS = Claims(
    v=2,
    iss="activate.example.com",
    pid="srv-std/retail/42",
    aid="6e1cb9fb8f0c4b1a9a4e0f3f1d9b7a55",
    loc=LOCATOR.hex(),
    hwv=1,
    hw=HOME.text,
    pol=certificates.rule_of(POLICIES["retail-1"]),
    ch="retail",
    via="net",
    iat=certificates.midnight_of(certificates.number_of(TODAY)),
)
GOOD = certificates.issue(CLAIMS, signer=SIGNER)
DAY, EPOCH = certificates.DAY, certificates.EPOCH


def midnight(day: date) -> int:
    return certificates.midnight_of(certificates.number_of(day))


def read(certificate=GOOD, keys=KEYS, **more) -> Claims:
    installed = Installed(HOME, LOCATOR, "srv-std", TODAY)._replace(**more)
    return certificates.read(certificate, key_of=keys.key_of, installed=installed)


def refused(certificate=GOOD, keys=KEYS, **more) -> bool:
    try:
        read(certificate, keys, **more)
    except CertificateBroken:
        return True
    return False


def forged(header: dict[str, object], key: object, algorithm: str, claims=CLAIMS) -> str:
    return jwt.encode(msgspec.to_builtins(claims), key, algorithm=algorithm, headers=header)


def test_a_certificate_reads_back_for_decades_without_a_network():
    assert read() == CLAIMS
    assert read(today=TODAY + timedelta(days=20_000)) == CLAIMS
    assert read(hardware=Hardware(hardware.PLAIN, (1, 1, 1, 9, 1, 1, 1, 1))) == CLAIMS
    assert len(GOOD) < 700


def test_it_names_no_time_of_day_and_no_more_than_it_must():
    header, payload, _ = (base64.urlsafe_b64decode(part + "==") for part in GOOD.split("."))

    assert json.loads(header) == {"alg": "EdDSA", "typ": "act+jwt", "kid": "certificate@1"}
    assert set(json.loads(payload)) == {"v", "iss", "pid", "aid", "loc", "hwv", "hw", "pol", "ch", "via", "iat"}
    assert json.loads(payload)["iat"] == datetime(2026, 11, 24, tzinfo=UTC).timestamp()
    assert json.loads(payload)["iat"] % DAY == 0


@pytest.mark.parametrize("last", [None, TODAY + timedelta(days=36_500)])
def test_any_library_reads_it_as_a_jwt(last):
    ends = {"exp": midnight(last) + DAY} if last else {}
    certificate = certificates.issue(msgspec.structs.replace(CLAIMS, iat=midnight(EPOCH), **ends), signer=SIGNER)

    assert jwt.decode(certificate, SIGNER.private.public_key(), algorithms=["EdDSA"])["iss"] == "activate.example.com"


@pytest.mark.parametrize(("last", "today", "good"), [(None, 20_000, True), (180, 180, True), (180, 181, False)])
def test_certificates_that_were_issued_with_days_stay_good(last, today, good):
    iat = certificates.number_of(TODAY)
    old = msgspec.to_builtins(CLAIMS) | {"v": 1, "iat": iat, "exp": last and iat + last}
    certificate = jwt.encode(old, SIGNER.private, algorithm="EdDSA", headers={"kid": SIGNER.kid, "typ": "act+jwt"})

    assert refused(certificate, today=TODAY + timedelta(days=today)) is not good
    if good:
        assert read(certificate).iat == CLAIMS.iat


def test_claims_that_a_reader_does_not_know_are_passed_over():
    later = msgspec.to_builtins(CLAIMS) | {"new": {"a": 1}}

    assert read(jwt.encode(later, SIGNER.private, algorithm="EdDSA", headers={"kid": SIGNER.kid, "typ": "act+jwt"})) == CLAIMS


def test_every_flipped_bit_is_refused():
    raw = GOOD.encode()
    for place in range(len(raw)):
        for bit in range(7):
            changed = raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :]
            assert refused(changed.decode())


@pytest.mark.parametrize(
    "text", ["", ".", "..", "...", "a.b.c", GOOD + ".", GOOD + "=", GOOD + " ", GOOD[:-1], GOOD * 4, "é.é.é"], ids=len
)
def test_what_is_no_certificate_is_refused(text):
    assert refused(text)


def test_another_algorithm_or_type_or_header_is_refused():
    right = {"kid": SIGNER.kid, "typ": "act+jwt"}

    assert not refused(forged(right, SIGNER.private, "EdDSA"))
    assert refused(forged(right, None, "none"))
    assert refused(forged(right, trust.public(SIGNER.private).encode(), "HS256"))
    assert refused(forged(right | {"typ": "JWT"}, SIGNER.private, "EdDSA"))
    assert refused(forged(right | {"jku": "https://example.org"}, SIGNER.private, "EdDSA"))
    assert refused(forged({"typ": "act+jwt"}, SIGNER.private, "EdDSA"))


def test_another_computer_key_product_or_day_is_refused():
    leased = certificates.issue(msgspec.structs.replace(CLAIMS, exp=midnight(TODAY + timedelta(days=181))), signer=SIGNER)

    assert refused(hardware=OTHER)
    assert refused(locator=b"locat2")
    assert refused(product="desk-pro")
    assert not refused(leased, today=TODAY + timedelta(days=180))
    assert refused(leased, today=TODAY + timedelta(days=181))
    assert refused(certificates.issue(msgspec.structs.replace(CLAIMS, v=3), signer=SIGNER))


def test_an_unknown_or_revoked_key_is_refused_and_a_retired_one_signs_nothing_new():
    retired = msgspec.structs.replace(ENTRY, last=certificates.number_of(TODAY) + 10)
    later = certificates.issue(msgspec.structs.replace(CLAIMS, iat=CLAIMS.iat + 11 * DAY), signer=SIGNER)
    earlier = certificates.issue(msgspec.structs.replace(CLAIMS, iat=CLAIMS.iat - DAY), signer=SIGNER)

    assert refused(certificates.issue(CLAIMS, signer=NEXT))
    assert refused(certificates.issue(CLAIMS, signer=NEXT._replace(kid=SIGNER.kid)))
    assert refused(keys=Keyset(2, (msgspec.structs.replace(ENTRY, revoked=True),)))
    assert not refused(keys=Keyset(2, (retired,)))
    assert refused(later, keys=Keyset(2, (retired,)))
    assert refused(earlier)


def test_a_rotated_key_works_with_the_next_keyset_and_old_certificates_stay_good():
    both = Keyset(2, (ENTRY, trust.in_use(NEXT.kid, NEXT.private, since=TODAY)))
    known = trust.keyset(ROOT, trust.sign(both, holders=ROOTS[1:3]))

    assert not refused(keys=known)
    assert not refused(certificates.issue(CLAIMS, signer=NEXT), keys=known)


def test_two_of_three_roots_are_needed_and_one_that_signs_twice_is_one():
    assert trust.keyset(ROOT, trust.sign(KEYS, holders=ROOTS[:2])) == KEYS
    for holders in ([], ROOTS[:1], [ROOTS[0], ROOTS[0]], [ROOTS[0], ROOTS[3]], [ROOTS[0], Holder("root-2", SIGNER.private)]):
        with pytest.raises(NotTrusted):
            trust.keyset(ROOT, trust.sign(KEYS, holders=holders))


def test_an_old_keyset_or_a_root_in_its_place_is_refused():
    with pytest.raises(NotTrusted):
        trust.keyset(ROOT, trust.sign(KEYS, holders=ROOTS[:2]), least_version=2)
    with pytest.raises(NotTrusted):
        trust.keyset(ROOT, trust.sign(ROOT, holders=ROOTS[:2]))


@pytest.mark.parametrize(
    "document", [b"", b"{}", b"[]", b'{"payload":"!","signatures":[]}', b'{"payload":"e30","signatures":[{}]}']
)
def test_what_is_no_document_is_not_trusted(document):
    with pytest.raises(NotTrusted):
        trust.keyset(ROOT, document)
    with pytest.raises(NotTrusted):
        trust.climb(ROOT, document)


def test_a_changed_document_is_not_trusted():
    document = json.loads(trust.sign(KEYS, holders=ROOTS[:2]))
    other = json.loads(trust.sign(Keyset(9, ()), holders=ROOTS[3:]))

    with pytest.raises(NotTrusted):
        trust.keyset(ROOT, json.dumps(document | {"payload": other["payload"]}).encode())


def test_a_root_is_replaced_while_old_clients_follow():
    second = trust.root_of(ROOTS[1:4], version=2)
    third = trust.root_of(ROOTS[1:4], version=3)

    climbed = trust.climb(ROOT, trust.sign(second, holders=ROOTS[1:4]))
    assert climbed == second
    assert trust.keyset(climbed, trust.sign(KEYS, holders=ROOTS[2:4])) == KEYS
    with pytest.raises(NotTrusted):
        trust.keyset(climbed, trust.sign(KEYS, holders=ROOTS[:2]))
    with pytest.raises(NotTrusted):
        trust.climb(ROOT, trust.sign(third, holders=ROOTS))
    with pytest.raises(NotTrusted):
        trust.climb(ROOT, trust.sign(second, holders=[ROOTS[0], ROOTS[3]]))
    with pytest.raises(NotTrusted):
        trust.climb(ROOT, trust.sign(second, holders=ROOTS[:2]))


def test_roots_of_two_keys_or_a_lower_bar_are_not_taken():
    two = trust.root_of(ROOTS[:2], version=2)
    repeated = trust.root_of([*ROOTS[:2], ROOTS[1]], version=2)
    renamed = trust.root_of([*ROOTS[:2], Holder("root-3", ROOTS[1].private)], version=2)
    lower = msgspec.structs.replace(trust.root_of(ROOTS[:3], version=2), threshold=1)
    for weak in (two, repeated, renamed, lower):
        with pytest.raises(NotTrusted):
            trust.climb(ROOT, trust.sign(weak, holders=ROOTS[:3]))


def test_one_key_under_two_names_is_one_root():
    twice = [ROOTS[0], Holder("root-2", ROOTS[0].private), ROOTS[2]]
    root = trust.root_of(twice, version=1)

    assert trust.keyset(root, trust.sign(KEYS, holders=twice[1:])) == KEYS
    with pytest.raises(NotTrusted):
        trust.keyset(root, trust.sign(KEYS, holders=twice[:2]))


def test_roots_ask_for_as_many_signatures_as_they_say_and_never_for_fewer_than_two():
    higher, lower = (msgspec.structs.replace(ROOT, threshold=threshold) for threshold in (3, 1))

    assert trust.keyset(higher, trust.sign(KEYS, holders=ROOTS[:3])) == KEYS
    assert trust.keyset(lower, trust.sign(KEYS, holders=ROOTS[:2])) == KEYS
    for root, holders in ((higher, ROOTS[:2]), (lower, ROOTS[:1])):
        with pytest.raises(NotTrusted):
            trust.keyset(root, trust.sign(KEYS, holders=holders))


@pytest.mark.parametrize(("kind", "good"), [(trust.KEYSET_TYPE, True), (trust.ROOT_TYPE, False), ("JWT", False)])
def test_a_signature_counts_only_for_the_kind_of_document_that_it_was_made_for(kind, good):
    signatures = []
    for holder in ROOTS[:2]:
        header = {"kid": holder.kid, "typ": kind}
        jws = jwt.PyJWS().encode(msgspec.json.encode(KEYS), holder.private, algorithm="EdDSA", headers=header)
        protected, payload, signature = jws.split(".")
        signatures.append({"protected": protected, "signature": signature})
    document = json.dumps({"payload": payload, "signatures": signatures}).encode()

    if good:
        assert trust.keyset(ROOT, document) == KEYS
        return
    with pytest.raises(NotTrusted):
        trust.keyset(ROOT, document)
