"""What people and staff typed is sealed in the database, and found by keyed fingerprints."""

from collections.abc import Callable

from django.db import migrations, models

from rlsinfo import model_fields
from rlsinfo.consultations.finding import keys_of

SEALED = {
    "consultationrequest": {
        "name": {"max_length": 150},
        "phone": {"max_length": 60, "blank": True},
        "email": {"max_length": 254, "blank": True},
        "note": {"max_length": 1000, "blank": True},
        "help_needed": {"max_length": 200, "blank": True},
        "corrected_name": {"max_length": 150, "blank": True},
        "corrected_phone": {"max_length": 60, "blank": True},
        "corrected_email": {"max_length": 254, "blank": True},
    },
    "contactattempt": {"why": {"max_length": 500, "blank": True}},
    "draft": {"words": {"max_length": 500}},
    "event": {"why": {"max_length": 500, "blank": True}},
}


def alter(field: type[models.Field]) -> list[migrations.AlterField]:
    return [
        migrations.AlterField(model, name, field(**options))
        for model, fields in SEALED.items()
        for name, options in fields.items()
    ]


def each_text(apps, change: Callable[[str, str], str]) -> None:
    """Change every text, given where it stands."""
    for model_name, fields in SEALED.items():
        model = apps.get_model("consultations", model_name)
        for row in model._base_manager.iterator():
            places = {name: f"{model._meta.db_table}.{model._meta.get_field(name).column}" for name in fields}
            texts = {name: change(text, places[name]) for name in fields if (text := getattr(row, name))}
            model._base_manager.filter(pk=row.pk).update(**texts)


def seal(apps, schema_editor):
    requests = apps.get_model("consultations", "ConsultationRequest").objects
    keys = apps.get_model("consultations", "SearchKey").objects
    keys.all().delete()
    ring = model_fields.ring()
    for request in requests.iterator():
        texts = keys_of(request.name, request.phone, request.email)
        texts |= keys_of(request.corrected_name, request.corrected_phone, request.corrected_email)
        fingerprints = {ring.fingerprint(text) for text in texts}
        keys.bulk_create(keys.model(request=request, key=fingerprint) for fingerprint in fingerprints)
    each_text(apps, ring.seal)


def unseal(apps, schema_editor):
    each_text(apps, model_fields.ring().unseal)


class Migration(migrations.Migration):
    dependencies = [("consultations", "0005_figures")]

    operations = [
        migrations.CreateModel(
            name="SealingKey",
            fields=[
                ("name", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("noted_at", models.DateTimeField()),
            ],
            options={"default_permissions": ()},
        ),
        # A sealed text is longer than any of these columns; while they are plain, what is sealed can be written.
        *alter(models.TextField),
        migrations.RunPython(seal, unseal),
        *alter(model_fields.EncryptedText),
    ]
