"""The tables."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Manufacturer",
            fields=[
                ("code", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[a-z0-9-]{2,40}$"), models.Q(("code", "vendor"), _negated=True)),
                        name="manufacturer_code_well_formed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("code", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("active", models.BooleanField(default=True, help_text="New registrations are accepted.")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[a-z0-9-]{2,40}$"), models.Q(("code", "vendor"), _negated=True)),
                        name="product_code_well_formed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Wording",
            fields=[
                ("digest", models.CharField(editable=False, max_length=64, primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=12)),
                ("text", models.TextField()),
                ("published_on", models.DateField(blank=True, editable=False, null=True)),
                ("retired_on", models.DateField(blank=True, editable=False, null=True)),
                ("topic", models.CharField(choices=[("updates", "updates"), ("offers", "offers")], max_length=10)),
                ("sender", models.CharField(help_text="`vendor` or a manufacturer's code.", max_length=40)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("published_on__isnull", False), ("retired_on__isnull", True)),
                        fields=("topic", "sender", "language"),
                        name="one_current_wording",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("retired_on__isnull", True),
                            models.Q(("published_on__isnull", False), ("retired_on__gte", models.F("published_on"))),
                            _connector="OR",
                        ),
                        name="wording_dates_in_order",
                    ),
                    models.CheckConstraint(condition=models.Q(("topic__in", ("updates", "offers"))), name="wording_topic_known"),
                    models.CheckConstraint(
                        condition=models.Q(("sender__regex", "^[a-z0-9-]{2,40}$")), name="wording_sender_well_formed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__regex", "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")),
                        name="wording_language_well_formed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("digest", models.CharField(editable=False, max_length=64, primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=12)),
                ("text", models.TextField()),
                ("published_on", models.DateField(blank=True, editable=False, null=True)),
                ("retired_on", models.DateField(blank=True, editable=False, null=True)),
                (
                    "product",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalogue.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("published_on__isnull", False), ("retired_on__isnull", True)),
                        fields=("product", "language"),
                        name="one_current_notice",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("retired_on__isnull", True),
                            models.Q(("published_on__isnull", False), ("retired_on__gte", models.F("published_on"))),
                            _connector="OR",
                        ),
                        name="notice_dates_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__regex", "^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")),
                        name="notice_language_well_formed",
                    ),
                ],
            },
        ),
    ]
