"""Products, manufacturers and texts. Nothing in here is about a person."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

CODE = r"^[a-z0-9-]{2,40}$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$"
VENDOR = "vendor"
TOPICS = ("updates", "offers")
CURRENT = Q(published_on__isnull=False, retired_on__isnull=True)
IN_ORDER = Q(retired_on__isnull=True) | Q(published_on__isnull=False, retired_on__gte=F("published_on"))


class Manufacturer(models.Model):
    """Somebody who makes computers with our products on them."""

    code = models.CharField(primary_key=True, max_length=40)
    name = models.CharField(max_length=200)

    personal: ClassVar[dict[str, object]] = {}
    not_personal = ("code", "name")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=CODE) & ~Q(code=VENDOR), name="manufacturer_code_well_formed"),
        )

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something that can be registered, while it is active."""

    code = models.CharField(primary_key=True, max_length=40)
    name = models.CharField(max_length=200)
    active = models.BooleanField(default=True, help_text="New registrations are accepted.")

    personal: ClassVar[dict[str, object]] = {}
    not_personal = ("code", "name", "active")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(code__regex=CODE) & ~Q(code=VENDOR), name="product_code_well_formed"),)

    def __str__(self) -> str:
        return self.name


class Text(models.Model):
    """What people are shown: a draft, then published, then retired. A trigger refuses every other change."""

    digest = models.CharField(primary_key=True, max_length=64, editable=False)
    language = models.CharField(max_length=12)
    text = models.TextField()
    published_on = models.DateField(null=True, blank=True, editable=False)
    retired_on = models.DateField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.digest[:12]

    @property
    def scope(self) -> dict[str, str | None]:
        """The columns within which only one text is published at a time."""
        raise NotImplementedError

    @property
    def state(self) -> str:
        """`draft`, `published` or `retired`."""
        if self.retired_on:
            return "retired"
        return "published" if self.published_on else "draft"


class Notice(Text):
    """What registering is about: shown before anything is asked. Without a product it is for every product."""

    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    personal: ClassVar[dict[str, object]] = {}
    not_personal = ("digest", "product", "language", "text", "published_on", "retired_on")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("product", "language"), condition=CURRENT, nulls_distinct=False, name="one_current_notice"
            ),
            models.CheckConstraint(condition=IN_ORDER, name="notice_dates_in_order"),
            models.CheckConstraint(condition=Q(language__regex=LANGUAGE), name="notice_language_well_formed"),
        )

    @property
    def scope(self) -> dict[str, str | None]:
        """One published notice for each product and language."""
        return {"product_id": self.product_id, "language": self.language}


class Wording(Text):
    """What a person says yes or no to: one topic from one sender."""

    topic = models.CharField(max_length=10, choices=[(topic, topic) for topic in TOPICS])
    sender = models.CharField(max_length=40, help_text="`vendor` or a manufacturer's code.")

    personal: ClassVar[dict[str, object]] = {}
    not_personal = ("digest", "topic", "sender", "language", "text", "published_on", "retired_on")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("topic", "sender", "language"), condition=CURRENT, name="one_current_wording"),
            models.CheckConstraint(condition=IN_ORDER, name="wording_dates_in_order"),
            models.CheckConstraint(condition=Q(topic__in=TOPICS), name="wording_topic_known"),
            models.CheckConstraint(condition=Q(sender__regex=CODE), name="wording_sender_well_formed"),
            models.CheckConstraint(condition=Q(language__regex=LANGUAGE), name="wording_language_well_formed"),
        )

    @property
    def scope(self) -> dict[str, str | None]:
        """One published wording for each topic, sender and language."""
        return {"topic": self.topic, "sender": self.sender, "language": self.language}
