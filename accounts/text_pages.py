"""The pages of notices and wordings. A draft can be changed; what is published can be read and retired, and never changes."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
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
STATES: dict[str, str | Promise] = {"draft": _("draft"), "published": _("published"), "retired": _("retired")}


class TextForm(EntryForm):
    """A draft."""

    scope: ClassVar[tuple[str, ...]]

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
        self._each(request, chosen.filter(published_on=None), "catalogue-publish", publishing.publish)

    @admin.action(description=_("Retire"))
    def retire(self, request: HttpRequest, chosen: QuerySet[Text]) -> None:
        """Retire published texts."""
        self._each(request, chosen.filter(published_on__isnull=False, retired_on=None), "catalogue-retire", publishing.retire)

    def _each(self, request: HttpRequest, chosen: QuerySet[Text], act: str, step: Callable[..., None]) -> None:
        digests_chosen = list(chosen.values_list("pk", flat=True))
        for digest in digests_chosen:
            audit.record(actor=request.user.get_username(), act=act, subject=digest, at=timezone.now())
            step(digest=digest, at=timezone.now())
        if not digests_chosen:
            self.message_user(request, gettext("None of these texts is in the right state for that."), messages.WARNING)
            return
        done = ngettext("%(count)d text changed.", "%(count)d texts changed.", len(digests_chosen))
        self.message_user(request, done % {"count": len(digests_chosen)})


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
