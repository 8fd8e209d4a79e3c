"""A grant is a key, and the vault is the only way to use it: audited before anything is opened."""

import pytest
from django.db import connections

from intake.letters import Contact, Details
from keystore import grants, mailboxes, vault
from keystore.grants import NoGrant
from keystore.models import Grant
from privacy import audit, keyring, sealing
from privacy.fields import SealedField
from privacy.keyring import FileProvider, KeyRefused
from privacy.models import AuditEntry
from privacy.sealing import SealBroken
from registration.models import ConsentRecord, Registration
from tests.scenario import superuser

UPDATES, OFFERS = "updates/vendor", "offers/acme"
DETAILS = {"serial": "SN-1042", "purchased_from": "Shop"}


@pytest.fixture
def people(life):
    """Three registrations; all want updates, and one wants offers as well."""
    made = [life.confirmed(UPDATES, email=f"p{number}@example.org", details=DETAILS) for number in range(2)]
    return [*made, life.confirmed(UPDATES, OFFERS, email="p2@example.org", details=DETAILS)]


def looking(life, purpose="support", actor="staff:ines"):
    return vault.opening(purpose=purpose, actor=actor, reason="customer-called", at=life.at)


def looks() -> list[tuple[str, str, str, str, str]]:
    return list(AuditEntry.objects.order_by("number").values_list("act", "actor", "subject", "purpose", "reason"))


def rows(life, people) -> list[Registration]:
    return [life.row(receipt) for receipt in people]


def test_support_opens_everything_and_is_audited_once(life, people):
    row = life.row(people[0])
    consents = list(ConsentRecord.objects.filter(registration=row))

    with looking(life) as opened:
        assert opened.open(row, "contact").email == "p0@example.org"
        assert opened.open(row, "details").serial == "SN-1042"
        assert len(opened.open_many(consents, "consent")) == len(consents) == 2

    assert looks() == [("reveal", "staff:ines", str(row.id), "support", "customer-called")]
    assert audit.verify() == (1, [])


def test_a_process_is_not_audited(life, people):
    with looking(life, actor="mailer", purpose=UPDATES) as opened:
        assert opened.open(life.row(people[0]), "contact").email == "p0@example.org"

    assert looks() == []


def test_marketing_opens_the_contact_of_its_own_and_no_more(life, people):
    found = rows(life, people)

    with looking(life, purpose=OFFERS) as opened:
        assert opened.open(found[2], "contact").email == "p2@example.org"
        for row, column in ((found[2], "details"), (found[0], "contact"), (found[1], "details")):
            with pytest.raises(NoGrant):
                opened.open(row, column)
        assert set(opened.open_many(found, "contact")) == {people[2].registration}


def test_the_entry_stands_even_where_nothing_opened(life, people, settings):
    found = rows(life, people)

    with looking(life, purpose=OFFERS) as opened, pytest.raises(NoGrant):
        opened.open(found[0], "contact")
    found[0].contact = found[1].contact
    with looking(life) as opened, pytest.raises(SealBroken):
        opened.open(found[0], "contact")
    settings.ROLE_KEYS = (UPDATES,)
    with looking(life) as opened, pytest.raises(KeyRefused):
        opened.open(found[1], "contact")

    subjects = [subject for _, _, subject, _, _ in looks()]
    assert subjects == [str(people[0].registration), str(people[0].registration), str(people[1].registration)]


def test_the_entry_is_written_before_the_keystore_is_asked(life, people, monkeypatch):
    row, seen = life.row(people[0]), []
    ask = grants.open_many
    monkeypatch.setattr(grants, "open_many", lambda *args, **rest: [seen.append(len(looks())), ask(*args, **rest)][1])

    with looking(life) as opened:
        opened.open(row, "contact")

    assert seen == [1]


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_asks_the_keystore_once(life, people, django_assert_num_queries, count):
    found = rows(life, people)[:count]

    with (
        looking(life, actor="mailer", purpose=UPDATES) as opened,
        django_assert_num_queries(1, connection=connections["keystore"]),
        django_assert_num_queries(0, connection=connections["default"]),
    ):
        assert len(opened.open_many(found, "contact")) == count
        assert len(opened.open_many(found, "contact")) == count


@pytest.mark.parametrize(("count", "queries"), [(1, 5), (3, 15)])
def test_staff_pays_for_each_entry_of_a_batch(life, people, django_assert_num_queries, count, queries):
    found = rows(life, people)[:count]

    with looking(life) as opened, django_assert_num_queries(queries, connection=connections["default"]):
        opened.open_many(found, "contact")


def test_keys_live_no_longer_than_their_block(life, people):
    row = life.row(people[0])
    with looking(life) as opened:
        opened.open(row, "contact")

    with pytest.raises(NoGrant):
        opened.open(row, "contact")


def test_erased_opens_for_nobody(life, people):
    row = life.row(people[2])
    life.erase(people[2])

    for purpose in ("support", "custody", "service", UPDATES, OFFERS):
        with looking(life, purpose=purpose) as opened, pytest.raises(NoGrant):
            opened.open(row, "contact")


def test_what_is_not_kept_is_none(life, people):
    receipt = life.register(email=None)
    life.sweep()

    with looking(life) as opened:
        assert opened.open(life.row(receipt), "details") is None


@pytest.mark.parametrize(
    "change",
    [
        "scope = 'all'",
        "purpose = 'updates/acme'",
        "key = 'updates/vendor'",
        "registration_id = gen_random_uuid()",
        r"wrapped = wrapped || '\x00'",
        r"wrapped = '\x'",
    ],
)
def test_a_grant_that_was_changed_opens_nothing(life, people, change):
    superuser("keystore", f"UPDATE keystore_grant SET {change} WHERE purpose = %s RETURNING 1", [OFFERS])
    changed = Grant.objects.using("keystore").exclude(purpose__in=("support", "custody", "service", UPDATES)).get()

    with pytest.raises(SealBroken):
        grants.opened(changed)


def test_a_grant_of_another_registration_opens_nothing(life, people):
    other = Grant.objects.using("keystore").get(registration_id=people[1].registration, purpose=UPDATES)
    other.registration_id = people[0].registration

    with pytest.raises(SealBroken):
        grants.opened(other)


def test_reach_is_what_the_purpose_says(life, people):
    reach = dict(Grant.objects.using("keystore").filter(registration_id=people[2].registration).values_list("purpose", "scope"))

    assert reach == {"support": "all", "custody": "all", "service": "service", UPDATES: "contact", OFFERS: "contact"}
    opened = grants.open_many([people[2].registration], purpose=OFFERS)[people[2].registration]
    assert len(opened.unsubscribe) == 32
    with pytest.raises(NoGrant):
        opened.compartment("consent")


def test_a_marketing_grant_holds_no_data_key(life, people):
    whole = grants.open_many([people[2].registration], purpose="custody")[people[2].registration]
    part = grants.open_many([people[2].registration], purpose=OFFERS)[people[2].registration]

    assert part.key == sealing.compartment_key(whole.key, "contact")
    assert whole.key not in part.key + part.unsubscribe


def test_a_receipt_opens_its_own_wrap_only(life, people):
    own = "SELECT wrapped FROM keystore_token WHERE hash = %s"
    ((wrapped,),) = superuser("keystore", own, [people[0].token_hash])
    mine = people[0].registration

    opened = vault.own(people[0], registration=mine, wrapped=bytes(wrapped))

    assert vault.unsealed(life.row(people[0]), "contact", opened).email == "p0@example.org"
    for receipt, registration in ((people[1], mine), (people[0], people[1].registration)):
        with pytest.raises(SealBroken):
            vault.own(receipt, registration=registration, wrapped=bytes(wrapped))


def test_only_the_right_kind_is_sealed_into_a_column(life, people):
    row = life.row(people[0])
    opened = grants.open_many([row.id], purpose="custody")[row.id]

    vault.seal(row, "contact", Contact(name="New Example"), opened)
    assert vault.unsealed(row, "contact", opened).name == "New Example"
    with pytest.raises(TypeError):
        vault.seal(row, "contact", Details(serial="SN-1"), opened)
    with pytest.raises(TypeError):
        vault.unsealed(row, "month", opened)


def test_a_column_without_a_kind_opens_to_nothing(life, people, monkeypatch):
    row = life.row(people[0])
    monkeypatch.setattr(type(row)._meta, "get_field", lambda _: SealedField(compartment="contact"))
    vault._column.cache_clear()

    with looking(life) as opened, pytest.raises(TypeError):
        opened.open(row, "contact")


def test_an_address_has_one_mac_for_each_key(tmp_path, settings):
    provider = FileProvider(tmp_path)
    provider.create("index", "1", bytes(32))
    settings.KEY_DIRECTORY, settings.ROLE_KEYS = tmp_path, ("index",)

    mac, epoch = mailboxes.of("ada@example.org")[1:3]
    assert (mac.hex(), epoch) == ("928220c04456578709671bdb1063697b2790c10ba681e1f6dfe820e0c40400f0", "1")
    assert mailboxes.of("ada@example.com").mac != mac

    provider.create("index", "2", bytes(31) + b"\1")
    keyring._ring.cache_clear()
    assert mailboxes.of("ada@example.org")[1:3] != (mac, "1")
