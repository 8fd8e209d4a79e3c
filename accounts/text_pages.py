"""The pages of notices and wordings. A draft can be changed; what is published can be read and retired, and never changes."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.catalogue_pages import EntryForm, EntryPage
from catalogue import digests, publishing
from catalogue.models import VENDOR, Manufacturer, Text
from privacy import audit

SHOWN = 90
LAST = _(
    "Nothing was retired. Customers who read %(language)s would see %(about)s in another language. Publish a new "
    "text instead: it replaces this one. To end a choice, retire its texts in all languages together."
)
SAME: dict[str, str | Promise] = {
    "draft": _("There is already a draft with this text here. Publish that draft, or change the text."),
    "published": _("This text is already published here. To replace it, change the text."),
    "retired": _(
        "This text was published here before and has since been replaced or retired. You can't reuse a retired text: "
        "change it, even if only slightly."
    ),
}
STATES: dict[str, str | Promise] = {"draft": _("draft"), "published": _("published"), "retired": _("retired")}


def language_name(code: str) -> str:
    """What the pages call a language; its code where they have no name for it."""
    return str(dict(settings.LANGUAGES).get(code, code))


class TextForm(EntryForm):
    """A draft."""

    scope: ClassVar[tuple[str, ...]]
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and (digest := self.digest_of(self.entry())) != self.instance.pk:
            there = self._meta.model.objects.filter(pk=digest).first()
            if there:
                self.add_error("text", str(SAME[there.state]))
        return cleaned

    def entry(self) -> dict[str, Any]:
        text = self.cleaned_data["text"].replace("\r\n", "\n").strip()
        place = {name: getattr(value, "pk", value) for name in self.scope if (value := self.cleaned_data[name])}
        return place | {"language": self.cleaned_data["language"], "text": text, "status": "draft"}

    @staticmethod
    def digest_of(entry: dict[str, Any]) -> str:
        """What the entry will be called."""
        raise NotImplementedError


class NoticeForm(TextForm):
    """A draft of a notice."""

    section, scope = "notices", ("product",)

    @staticmethod
    def digest_of(entry: dict[str, Any]) -> str:
        return digests.of_notice(product=entry.get("product"), language=entry["language"], text=entry["text"])


class WordingForm(TextForm):
    """A draft of a wording."""

    section, scope = "wordings", ("topic", "sender")
    sender = forms.ChoiceField(label=_("Sender"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(field := self.fields.get("sender"), forms.ChoiceField):
            field.choices = [(VENDOR, _("vendor")), *Manufacturer.objects.order_by("code").values_list("code", "name")]

    @staticmethod
    def digest_of(entry: dict[str, Any]) -> str:
        return digests.of_wording(topic=entry["topic"], sender=entry["sender"], language=entry["language"], text=entry["text"])


class TextPage(EntryPage):
    """Drafts, published and retired texts."""

    actions = ("publish", "retire")
    readonly_fields = ("state_shown",)

    def has_change_permission(self, request: HttpRequest, obj: Text | None = None) -> bool:  # type: ignore[override]
        return super().has_change_permission(request, obj) and (obj is None or not obj.published_on)

    def has_delete_permission(self, request: HttpRequest, obj: Text | None = None) -> bool:  # type: ignore[override]
        """A draft can be deleted: nobody has seen it."""
        return self._allowed(request) and obj is not None and not obj.published_on

    def delete_model(self, request: HttpRequest, obj: Text) -> None:
        audit.record(actor=request.user.get_username(), act="catalogue-discard", subject=obj.pk, at=timezone.now())
        publishing.discard(digest=obj.pk)

    @admin.display(description=_("state"))
    def state_shown(self, text: Text) -> str:
        """The state, in the reader's language."""
        return str(STATES[text.state])

    @admin.display(description=_("text"))
    def beginning(self, text: Text) -> str:
        """Enough of the text to know it by."""
        return text.text if len(text.text) <= SHOWN else f"{text.text[:SHOWN]}…"

    def save_model(self, request: HttpRequest, obj: Text, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        """A text's name is its digest: a changed draft is another draft, and takes the old one's place."""
        before, obj.digest = obj.digest, form.digest_of(form.entry())
        super().save_model(request, obj, form, change)
        if change and before != obj.digest:
            self.get_queryset(request).filter(pk=before, published_on=None).delete()

    @admin.action(description=_("Publish"))
    def publish(self, request: HttpRequest, chosen: QuerySet[Text]) -> None:
        """Publish drafts; each retires the text before it in its place."""
        drafts = self._recorded(request, chosen.filter(published_on=None), "catalogue-publish")
        for digest in drafts:
            publishing.publish(digest=digest, at=timezone.now())
        self._say(request, drafts)

    @admin.action(description=_("Retire"))
    def retire(self, request: HttpRequest, chosen: QuerySet[Text]) -> None:
        """Retire published texts: all that were chosen, or none of them."""
        published = chosen.filter(published_on__isnull=False, retired_on=None)
        try:
            with transaction.atomic():
                retired = self._recorded(request, published, "catalogue-retire")
                publishing.retire_all(digests=retired, at=timezone.now())
        except publishing.LastOfItsLanguage as last:
            named = {"language": language_name(last.place.language), "about": "/".join(last.place.about)}
            self.message_user(request, str(LAST) % named, messages.ERROR)
        else:
            self._say(request, retired)

    def _recorded(self, request: HttpRequest, chosen: QuerySet[Text], act: str) -> list[str]:
        """The digests of what was chosen, each on record."""
        digests_chosen = list(chosen.values_list("pk", flat=True))
        for digest in digests_chosen:
            audit.record(actor=request.user.get_username(), act=act, subject=digest, at=timezone.now())
        return digests_chosen

    def _say(self, request: HttpRequest, changed: list[str]) -> None:
        if not changed:
            self.message_user(
                request,
                gettext("Nothing was changed. You can publish only drafts, and retire only published texts."),
                messages.WARNING,
            )
            return
        done = ngettext("%(count)d text changed.", "%(count)d texts changed.", len(changed))
        self.message_user(request, done % {"count": len(changed)})


class NoticePage(TextPage):
    """Notices."""

    page, form = "notices", NoticeForm
    list_display = ("beginning", "product", "language", "state_shown")
    list_filter = ("language",)
    list_select_related = ("product",)
    fields = ("product", "language", "text", "state_shown")
    ordering = ("product", "language", "published_on")


class WordingPage(TextPage):
    """Wordings."""

    page, form = "wordings", WordingForm
    list_display = ("beginning", "topic", "sender", "language", "state_shown")
    list_filter = ("topic", "language")
    fields = ("topic", "sender", "language", "text", "state_shown")
    ordering = ("topic", "sender", "language", "published_on")
