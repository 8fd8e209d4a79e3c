"""What stopped a letter: an error's type and place, for letters that stand aside or that a mistake of ours holds up."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column, empty for all letters that are there."""

    dependencies = [("intake", "0003_shape_of_a_letter")]
    operations = [
        migrations.AddField(
            model_name="letter",
            name="fault",
            field=models.CharField(help_text="Type and place of the error that stopped it.", max_length=120, null=True),
        ),
    ]
