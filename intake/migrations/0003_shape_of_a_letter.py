"""What a login may post: letters of a letter's size, in its own name, that wait, and that arrived about now.

A letter's body has 16 KiB at most before it is sealed. A time that is not finite, or years away, would stop or reorder a sweep.
"""

from django.db import migrations

SHAPES = {
    "letter_digest_shape": "octet_length(digest) = 32",
    "letter_idempotency_shape": "octet_length(idempotency) = 32",
    "letter_body_shape": "octet_length(body) = 32",
    "letter_sealed_size": "octet_length(sealed) BETWEEN 256 AND 24576",
    "letter_origin_shape": "origin IN ('public', 'console', 'registrar')",
    "letter_epoch_shape": "epoch ~ '^[0-9]{4}-W[0-9]{2}$'",
    "letter_arrived_finite": "isfinite(arrived_at)",
}
POLICY = """
DROP POLICY letter_origin ON intake_letter;
CREATE POLICY letter_origin ON intake_letter FOR INSERT WITH CHECK (
    current_user = 'regsvc_' || origin
    AND status = 'waiting' AND sealed IS NOT NULL AND reason IS NULL AND statement IS NULL
    AND arrived_at BETWEEN now() - interval '1 day' AND now() + interval '1 day'
);
"""
UNDO = """
DROP POLICY letter_origin ON intake_letter;
CREATE POLICY letter_origin ON intake_letter FOR INSERT WITH CHECK (current_user = 'regsvc_' || origin);
"""


class Migration(migrations.Migration):
    """Checks, and a stricter policy."""

    dependencies = [("intake", "0002_origin")]
    operations = [
        *(
            migrations.RunSQL(
                f"ALTER TABLE intake_letter ADD CONSTRAINT {name} CHECK ({rule})",
                f"ALTER TABLE intake_letter DROP CONSTRAINT {name}",
            )
            for name, rule in SHAPES.items()
        ),
        migrations.RunSQL(POLICY, UNDO),
    ]
