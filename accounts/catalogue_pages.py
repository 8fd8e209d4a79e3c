"""The pages of products and manufacturers: they call the catalogue's services."""

from typing import Any, ClassVar

from django.http import HttpRequest
from django.utils import timezone

from accounts.model_pages import AnyForm, ModelPage
from catalogue import documents, publishing
from catalogue.models import Manufacturer, Product
from privacy import audit


class EntryForm(AnyForm):
    """An entry of the catalogue, checked by the rules of the catalogue's own documents."""

    section: ClassVar[str]

    def entry(self) -> dict[str, Any]:
        """The entry as it would stand in a document."""
        return {name: self.cleaned_data.get(name, getattr(self.instance, name)) for name in ("code", "name")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                documents.read({self.section: [self.entry()]}, today=timezone.now().date())
            except documents.BadCatalogue as error:
                for fault in error.faults:
                    self._show(fault)
        return cleaned

    def _show(self, fault: documents.Fault) -> None:
        field = fault.pointer.rpartition("/")[2]
        self.add_error(field if field in self.fields else None, documents.MEANINGS[fault.code])


class ProductForm(EntryForm):
    """A product."""

    section = "products"

    def entry(self) -> dict[str, Any]:
        return super().entry() | {"active": self.cleaned_data["active"]}


class ManufacturerForm(EntryForm):
    """A manufacturer."""

    section = "manufacturers"


class EntryPage(ModelPage):
    """A kind of entry, for administrators."""

    permission = "catalogue.edit"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001 (Django's signature)
        entry = form.entry()
        audit.record(
            actor=request.user.get_username(), act="catalogue-edit", subject=f"{form.section}/{obj.pk}"[:80], at=timezone.now()
        )
        publishing.load({form.section: [entry]}, at=timezone.now())


class ProductPage(EntryPage):
    """Products."""

    page, form = "products", ProductForm
    list_display = ("code", "name", "active")
    ordering = ("code",)

    def get_readonly_fields(self, _request: HttpRequest, obj: Product | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()


class ManufacturerPage(EntryPage):
    """Manufacturers."""

    page, form = "manufacturers", ManufacturerForm
    list_display = ("code", "name")
    ordering = ("code",)

    def get_readonly_fields(self, _request: HttpRequest, obj: Manufacturer | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()
