"""Texts go from draft to published to retired, and whatever was published stays as it was."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from catalogue import digests, publishing, seeding
from catalogue.documents import BadCatalogue
from catalogue.models import Manufacturer, Notice, Product, Wording
from tests.catalogue.samples import NOON, document, notice, wording

Stocked = dict[str, Any]
TOLD = digests.of_wording(topic="updates", sender="vendor", language="en", text="Tell me.")
SAID = digests.of_wording(topic="updates", sender="vendor", language="de", text="Sagt es mir.")
OFFERED = digests.of_wording(topic="offers", sender="vendor", language="en", text="Offer me.")
NOTICE = {
    "en": digests.of_notice(product=None, language="en", text="Optional."),
    "de": digests.of_notice(product=None, language="de", text="Freiwillig."),
    "desk": digests.of_notice(product="desk", language="en", text="Optional for desks."),
}


def loaded(*texts: dict[str, Any], days: int = 0) -> publishing.Summary:
    name = "wordings" if "topic" in texts[0] else "notices"
    return publishing.load({name: list(texts)}, at=NOON + timedelta(days=days))


def refused(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadCatalogue) as caught:
        publishing.load(document, at=NOON)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_a_first_import_adds_and_publishes_everything(db: None) -> None:
    assert publishing.load(document(), at=NOON) == publishing.Summary(added=13, published=8)


def test_importing_twice_changes_nothing(stocked: Stocked) -> None:
    before = publishing.dump()

    assert publishing.load(stocked, at=NOON + timedelta(days=3)) == publishing.Summary()
    assert publishing.dump() == before


def test_an_export_can_be_imported_elsewhere_and_is_the_same_there(stocked: Stocked) -> None:
    loaded(wording("Tell me more."), days=5)
    loaded(wording("Not yet.", status="draft"), days=6)
    exported = publishing.dump()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE;"
            "TRUNCATE catalogue_notice, catalogue_wording, catalogue_product, catalogue_manufacturer CASCADE"
        )

    publishing.load(exported, at=NOON + timedelta(days=40))

    assert publishing.dump() == exported


def test_a_new_wording_retires_the_one_before_and_keeps_it(stocked: Stocked) -> None:
    assert loaded(wording("Tell me more."), days=5) == publishing.Summary(added=1, published=1, retired=1)

    old = Wording.objects.get(pk=TOLD)
    assert (old.text, old.published_on, old.retired_on) == ("Tell me.", date(2026, 11, 24), date(2026, 11, 29))


@pytest.mark.django_db(transaction=True)
def test_imports_at_the_same_time_leave_one_current_text() -> None:
    def load(number: int) -> publishing.Summary:
        try:
            return loaded(wording(f"Tell me, {number}."))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(load, range(8)))

    assert [sum(each.published for each in done), sum(each.retired for each in done)] == [8, 7]
    assert Wording.objects.filter(retired_on=None).count() == 1


def test_a_draft_retires_nothing_until_it_is_published(stocked: Stocked) -> None:
    loaded(wording("Tell me more.", status="draft"))
    assert Wording.objects.get(pk=TOLD).state == "published"

    draft = Wording.objects.get(text="Tell me more.")
    publishing.publish(digest=draft.digest, at=NOON)
    publishing.publish(digest=draft.digest, at=NOON + timedelta(days=9))

    assert Wording.objects.get(pk=TOLD).state == "retired"
    assert Wording.objects.get(pk=draft.digest).published_on == NOON.date()


def test_retiring_leaves_nothing_current_and_is_done_once(stocked: Stocked) -> None:
    publishing.retire(digest=OFFERED, at=NOON)
    publishing.retire(digest=OFFERED, at=NOON + timedelta(days=9))

    assert Wording.objects.get(pk=OFFERED).retired_on == NOON.date()


@pytest.mark.parametrize(
    ("digest", "place"),
    [
        (TOLD, (("updates", "vendor"), "en")),
        (SAID, (("updates", "vendor"), "de")),
        (NOTICE["de"], (("desk",), "de")),
        (NOTICE["en"], (("srv-std",), "en")),
    ],
)
def test_the_last_text_of_a_language_is_not_retired(stocked: Stocked, digest: str, place: tuple[object, str]) -> None:
    before = publishing.dump()

    with pytest.raises(publishing.LastOfItsLanguage) as caught:
        publishing.retire(digest=digest, at=NOON)

    assert caught.value.place == place
    assert publishing.dump() == before


def test_a_products_own_notice_is_retired_where_another_takes_its_place(stocked: Stocked) -> None:
    publishing.retire(digest=NOTICE["desk"], at=NOON)

    assert Notice.objects.get(pk=NOTICE["desk"]).state == "retired"


def test_a_choice_ends_in_all_languages_together(stocked: Stocked) -> None:
    publishing.retire_all(digests=[TOLD, SAID], at=NOON)

    assert not Wording.objects.filter(topic="updates", sender="vendor", retired_on=None).exists()


def test_an_import_does_not_retire_the_last_text_of_a_language(stocked: Stocked) -> None:
    gone = notice("Freiwillig.", language="de", status="retired")

    assert refused({"notices": [gone]}) == [("/notices/0/status", "last")]
    assert publishing.load({"notices": [gone, notice("Ganz freiwillig.", language="de")]}, at=NOON).retired == 1


def test_the_notice_of_a_product_that_is_registered_no_more_can_be_retired(stocked: Stocked) -> None:
    own = notice("Alt.", product="old", language="de")
    loaded(own)

    assert loaded(own | {"status": "retired"}).retired == 1


def test_what_people_made_of_the_catalogue_outlives_a_seed(stocked: Stocked) -> None:
    loaded(wording("Sagt mir mehr.", language="de"))
    loaded(wording("Later.", sender="globex", status="draft"))
    publishing.retire(digest=OFFERED, at=NOON)
    publishing.load({"products": [{"code": "desk", "name": "Desk Two", "active": False}]}, at=NOON)
    before = publishing.dump()

    assert seeding.seed(stocked, at=NOON + timedelta(days=1)) == publishing.Summary()
    assert publishing.dump() == before


def test_a_seed_brings_what_is_missing(stocked: Stocked) -> None:
    more = {"products": [{"code": "new", "name": "New"}], "manufacturers": [], "wordings": []}

    done = seeding.seed(more | {"notices": [notice("Neu.", product="new", language="de")]}, at=NOON)

    assert done == publishing.Summary(added=2, published=1)
    assert seeding.seed(document(), at=NOON) == publishing.Summary()


def test_a_retired_text_does_not_come_back(stocked: Stocked) -> None:
    publishing.retire(digest=OFFERED, at=NOON)

    with pytest.raises(publishing.AlreadyRetired):
        publishing.publish(digest=OFFERED, at=NOON)
    assert refused({"wordings": [wording("Offer me.", topic="offers")]}) == [("/wordings/0/status", "backwards")]


def test_a_draft_cannot_be_retired_and_an_unknown_text_neither(stocked: Stocked) -> None:
    loaded(wording("Later.", status="draft"))

    with pytest.raises(publishing.NotPublished):
        publishing.retire(digest=Wording.objects.get(text="Later.").digest, at=NOON)
    with pytest.raises(publishing.UnknownText):
        publishing.retire(digest="0" * 64, at=NOON)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE catalogue_wording SET text = 'Sell me.' WHERE digest = %s",
        "UPDATE catalogue_wording SET topic = 'offers' WHERE digest = %s",
        "UPDATE catalogue_wording SET sender = 'acme' WHERE digest = %s",
        "UPDATE catalogue_wording SET language = 'fr' WHERE digest = %s",
        "UPDATE catalogue_wording SET digest = repeat('0', 64) WHERE digest = %s",
        "UPDATE catalogue_wording SET published_on = NULL WHERE digest = %s",
        "UPDATE catalogue_wording SET published_on = published_on - 1 WHERE digest = %s",
        "UPDATE catalogue_wording SET published_on = published_on + 1 WHERE digest = %s",
        "DELETE FROM catalogue_wording WHERE digest = %s",
    ],
)
def test_a_published_text_cannot_change_even_by_sql(stocked: Stocked, change: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change, [TOLD])

    assert Wording.objects.get(pk=TOLD).state == "published"


@pytest.mark.parametrize("day", ["NULL", "retired_on + 1", "retired_on - 1"])
def test_a_retired_text_cannot_be_given_another_day_even_by_sql(stocked: Stocked, day: str) -> None:
    publishing.retire(digest=OFFERED, at=NOON)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE catalogue_wording SET retired_on = {day} WHERE digest = %s", [OFFERED])


def test_a_notice_is_held_by_the_same_rule(stocked: Stocked) -> None:
    for change in (
        "UPDATE catalogue_notice SET product_id = 'srv-std'",
        "UPDATE catalogue_notice SET text = 'x'",
        "DELETE FROM catalogue_notice",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_a_draft_can_be_deleted(stocked: Stocked) -> None:
    loaded(wording("Later.", status="draft"))

    publishing.discard(digest=Wording.objects.get(text="Later.").digest)

    assert not Wording.objects.filter(text="Later.").exists()
    with pytest.raises(publishing.NotADraft):
        publishing.discard(digest=TOLD)
    with pytest.raises(publishing.UnknownText):
        publishing.discard(digest="0" * 64)


def test_a_text_under_a_wrong_digest_is_refused_by_the_database(stocked: Stocked) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Wording.objects.create(digest="0" * 64, topic="updates", sender="vendor", language="en", text="Anything.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(digest="0" * 64, language="en", text="Anything.")


@pytest.mark.parametrize("product", [None, "desk"])
def test_two_current_texts_in_one_place_are_refused_by_the_database(stocked: Stocked, product: str | None) -> None:
    digest = digests.of_notice(product=product, language="en", text="Another.")

    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(digest=digest, product_id=product, language="en", text="Another.", published_on=NOON.date())


def test_digests_of_shifted_parts_differ() -> None:
    assert digests.of_notice(product="ab", language="c", text="d") != digests.of_notice(product="a", language="bc", text="d")
    assert (
        digests.of_notice(product=None, language="en", text="é")
        == "601dbaa47115c404ae3be8d9b2a7fc51e2cf32ae505b6c113728a5ab1b90c0af"
    )


def test_a_product_can_be_renamed_and_set_inactive(stocked: Stocked) -> None:
    done = publishing.load({"products": [{"code": "desk", "name": "Desk Two", "active": False}]}, at=NOON)

    assert done == publishing.Summary(changed=1)
    assert Product.objects.values_list("name", "active").get(pk="desk") == ("Desk Two", False)


def rename_vendor(document: Stocked) -> None:
    document["manufacturers"][0]["code"] = "vendor"


BAD: list[tuple[Callable[[Stocked], Any], tuple[str, str]]] = [
    (lambda d: d.update(surprise=1), ("", "unknown-field")),
    (lambda d: d.update(products={}), ("/products", "invalid")),
    (lambda d: d["products"].append(3), ("/products/3", "invalid")),
    (lambda d: d["products"][0].update(code="Srv"), ("/products/0/code", "invalid")),
    (lambda d: d["products"][0].update(code="srv-std\n"), ("/products/0/code", "invalid")),
    (lambda d: d["products"][1].update(code="srv-std"), ("/products/1/code", "twice")),
    (lambda d: d["products"][1].update(name="two\nlines"), ("/products/1/name", "invalid")),
    (rename_vendor, ("/manufacturers/0/code", "reserved")),
    (lambda d: d["notices"][1].pop("text"), ("/notices/1/text", "required")),
    (lambda d: d["notices"][1].update(surprise="x"), ("/notices/1", "unknown-field")),
    (lambda d: d["notices"][1].update(text=" \n"), ("/notices/1/text", "invalid")),
    (lambda d: d["notices"][1].update(text="\ud800"), ("/notices/1/text", "invalid")),
    (lambda d: d["notices"][1].update(text="a\x00b"), ("/notices/1/text", "invalid")),
    (lambda d: d["notices"][1].update(language="Deutsch"), ("/notices/1/language", "invalid")),
    (lambda d: d["notices"][2].update(product="nothing"), ("/notices/2/product", "unknown-product")),
    (lambda d: d["notices"].append(notice("Another.")), ("/notices/3/status", "two-published")),
    (lambda d: d["notices"].append(notice("Optional.")), ("/notices/3/text", "twice")),
    (lambda d: d["wordings"][4].update(sender="nobody"), ("/wordings/4/sender", "unknown-manufacturer")),
    (lambda d: d["wordings"][4].update(topic="gossip"), ("/wordings/4/topic", "invalid")),
    (lambda d: d["wordings"][4].update(status="live"), ("/wordings/4/status", "invalid")),
    (lambda d: d["wordings"][4].update(published_on="2026-11-25"), ("/wordings/4", "dates")),
    (lambda d: d["wordings"][4].update(retired_on="2026-11-20"), ("/wordings/4", "dates")),
    (lambda d: d["wordings"][4].update(status="draft", published_on="2026-11-20"), ("/wordings/4", "dates")),
    (lambda d: d["wordings"][4].update(status="retired", published_on="2026-11-20"), ("/wordings/4", "dates")),
]


@pytest.mark.parametrize("spoil, fault", BAD)
def test_a_bad_import_names_the_place_and_stores_nothing(
    db: None, spoil: Callable[[Stocked], Any], fault: tuple[str, str]
) -> None:
    bad = document()
    spoil(bad)

    assert refused(bad) == [fault]
    assert not any(model.objects.exists() for model in (Product, Manufacturer, Notice, Wording))


def test_every_fault_is_told_and_no_value_is_repeated(db: None) -> None:
    bad = {
        "products": [{"code": "S3CRET", "name": "x", "s3cret": 1}, {"name": "s3cret\x00"}],
        "wordings": [wording("s3cret", topic="s3cret")],
    }

    with pytest.raises(BadCatalogue) as caught:
        publishing.load(bad, at=NOON)

    assert len(caught.value.faults) == 3
    assert "s3cret" not in str(caught.value).lower()


def test_a_document_that_is_no_object_is_refused(db: None) -> None:
    assert refused([]) == [("", "invalid")]
