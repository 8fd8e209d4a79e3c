"""How texts come into the catalogue: as drafts, then published, then retired, and never back."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, transaction

from catalogue import coverage, documents, snapshot
from catalogue.documents import BadCatalogue, Fault, NoticeEntry, TextEntry, WordingEntry
from catalogue.models import CURRENT, VENDOR, Manufacturer, Notice, Product, Wording

ORDER = ("draft", "published", "retired")
FIRST = ("retired", "draft", "published")  # what goes makes room before what comes


class UnknownText(Exception):
    """No text has this digest."""


class NotPublished(Exception):
    """Only a published text can be retired."""


class NotADraft(Exception):
    """Only a draft can be deleted: people have seen the text."""


class AlreadyRetired(Exception):
    """A retired text does not come back: the people who saw another one since could not tell. Change its words."""


class LastOfItsLanguage(Exception):
    """Without this text people would be shown one in another language. Publish its successor instead: that retires it.

    A choice can end in all languages at once.
    """

    def __init__(self, place: coverage.Place) -> None:
        super().__init__(f"the last text in {place.language} for {'/'.join(place.about)}")
        self.place = place


@dataclass(slots=True)
class Summary:
    """What an import changed."""

    added: int = 0
    changed: int = 0
    published: int = 0
    retired: int = 0


def load(document: dict[str, Any], *, at: datetime) -> Summary:
    """Take in a document: everything or nothing. Taking it in again changes nothing.

    What the document does not name stays as it is, but a text that it publishes retires the one before it.

    Raises:
        BadCatalogue: The document is wrong, by itself or beside what is published. Nothing was stored.
    """
    today = _day(at)
    catalogue = documents.read(document, today=today)
    summary = Summary()
    with transaction.atomic():
        _take_turns()
        _load_named(Product, catalogue.products, summary)
        _load_named(Manufacturer, catalogue.manufacturers, summary)
        if faults := [*_unknown_places(catalogue), *_backwards(catalogue)]:
            raise BadCatalogue(faults)
        texts: tuple[NoticeEntry | WordingEntry, ...] = (*catalogue.notices, *catalogue.wordings)
        before = coverage.now()
        for entry in sorted(texts, key=lambda entry: FIRST.index(entry.status)):
            _load_text(entry, today, summary)
        if coverage.lost(before):
            raise BadCatalogue(list(_retired(catalogue)))
    snapshot.forget()
    return summary


def dump() -> dict[str, Any]:
    """The whole catalogue, retired texts too, as a document that `load` takes."""
    return {
        "products": list(Product.objects.order_by("code").values("code", "name", "active")),
        "manufacturers": list(Manufacturer.objects.order_by("code").values("code", "name")),
        "notices": [
            {"product": notice.product_id} | _dumped(notice)
            for notice in Notice.objects.order_by("product", "language", "published_on", "digest")
        ],
        "wordings": [
            {"topic": wording.topic, "sender": wording.sender} | _dumped(wording)
            for wording in Wording.objects.order_by("topic", "sender", "language", "published_on", "digest")
        ],
    }


def publish(*, digest: str, at: datetime) -> None:
    """Publish a draft; the text before it in the same place is retired. Publishing again changes nothing.

    Raises:
        UnknownText: No text has this digest.
        AlreadyRetired: It was retired.
    """
    with transaction.atomic():
        _take_turns()
        text = _find(digest)
        if text.retired_on:
            raise AlreadyRetired
        if not text.published_on:
            _make_current(text, _day(at), _day(at))
    snapshot.forget()


def retire(*, digest: str, at: datetime) -> None:
    """Take a published text back. Retiring again changes nothing; raises what `retire_all` raises."""
    retire_all(digests=[digest], at=at)


def retire_all(*, digests: Collection[str], at: datetime) -> None:
    """Take published texts back, all or none: a choice ends when its wordings in all languages end together.

    Raises:
        UnknownText: No text has one of these digests.
        NotPublished: One of them is a draft.
        LastOfItsLanguage: People would be shown a text in another language.
    """
    with transaction.atomic():
        _take_turns()
        before = coverage.now()
        for text in map(_find, digests):
            if not text.published_on:
                raise NotPublished
            if not text.retired_on:
                _retire(text, _day(at))
        if lost := coverage.lost(before):
            raise LastOfItsLanguage(lost[0])
    snapshot.forget()


def discard(*, digest: str) -> None:
    """Delete a draft. Nobody has seen it.

    Raises:
        UnknownText: No text has this digest.
        NotADraft: It was published.
    """
    with transaction.atomic():
        _take_turns()
        text = _find(digest)
        if text.published_on:
            raise NotADraft
        text.delete()


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _take_turns() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock_publishing()")


def _find(digest: str) -> Notice | Wording:
    found = Notice.objects.filter(pk=digest).first() or Wording.objects.filter(pk=digest).first()
    if not found:
        raise UnknownText
    return found


def _dumped(text: Notice | Wording) -> dict[str, Any]:
    dates = {"published_on": text.published_on, "retired_on": text.retired_on}
    known = {name: day.isoformat() for name, day in dates.items() if day}
    return {"language": text.language, "text": text.text, "status": text.state} | known


def _load_named(
    model: type[Product | Manufacturer],
    entries: Iterable[documents.NamedEntry],
    summary: Summary,
) -> None:
    there = model._default_manager.in_bulk()  # noqa: SLF001 (the public name is not on a union of models)
    for entry in entries:
        columns = {name: getattr(entry, name) for name in entry.__struct_fields__}
        row = there.get(entry.code)
        if row is None:
            model(**columns).save(force_insert=True)
            summary.added += 1
        elif any(getattr(row, name) != value for name, value in columns.items()):
            model(**columns).save(force_update=True)
            summary.changed += 1


def _unknown_places(catalogue: documents.Catalogue) -> Iterator[Fault]:
    products = {None, *Product.objects.values_list("code", flat=True)}
    senders = {VENDOR, *Manufacturer.objects.values_list("code", flat=True)}
    for number, notice in enumerate(catalogue.notices):
        if notice.product not in products:
            yield Fault(f"/notices/{number}/product", "unknown-product")
    for number, wording in enumerate(catalogue.wordings):
        if wording.sender not in senders:
            yield Fault(f"/wordings/{number}/sender", "unknown-manufacturer")


def _backwards(catalogue: documents.Catalogue) -> Iterator[Fault]:
    states = {text.digest: text.state for text in (*Notice.objects.all(), *Wording.objects.all())}
    sections: dict[str, tuple[TextEntry, ...]] = {"notices": catalogue.notices, "wordings": catalogue.wordings}
    for name, entries in sections.items():
        for number, entry in enumerate(entries):
            if ORDER.index(entry.status) < ORDER.index(states.get(entry.digest, entry.status)):
                yield Fault(f"/{name}/{number}/status", "backwards")


def _retired(catalogue: documents.Catalogue) -> Iterator[Fault]:
    sections: dict[str, tuple[TextEntry, ...]] = {"notices": catalogue.notices, "wordings": catalogue.wordings}
    for name, entries in sections.items():
        for number, entry in enumerate(entries):
            if entry.status == "retired":
                yield Fault(f"/{name}/{number}/status", "last")


def _load_text(entry: NoticeEntry | WordingEntry, today: date, summary: Summary) -> None:
    model = Notice if isinstance(entry, NoticeEntry) else Wording
    text = model.objects.filter(pk=entry.digest).first()
    if text is None:
        text = model.objects.create(digest=entry.digest, text=entry.text, **entry.scope)
        summary.added += 1
    if text.state == entry.status:
        return
    if entry.status == "published":
        summary.retired += _make_current(text, entry.published_on or today, today)
        summary.published += 1
    else:
        _retire(text, today, entry)
        summary.retired += 1


def _make_current(text: Notice | Wording, published_on: date, today: date) -> int:
    """Publish a draft. Answers how many texts it replaced: one or none."""
    before = type(text).objects.filter(CURRENT, **text.scope).first()
    if before:
        _retire(before, today)
    text.published_on = published_on
    text.save(update_fields=["published_on"])
    return 1 if before else 0


def _retire(text: Notice | Wording, today: date, entry: TextEntry | None = None) -> None:
    """Retire a text, on the days that its entry names where it does."""
    published = text.published_on or (entry and entry.published_on) or today
    text.published_on = published
    text.retired_on = max((entry and entry.retired_on) or today, published)
    text.save(update_fields=["published_on", "retired_on"])
