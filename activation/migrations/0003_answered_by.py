from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activation", "0002_phone_cases"),
    ]

    operations = [
        migrations.AddField(
            model_name="phonecase",
            name="answered_by",
            field=models.BinaryField(help_text="A keyed digest of case and account: it names nobody without the key.", null=True),
        ),
    ]
