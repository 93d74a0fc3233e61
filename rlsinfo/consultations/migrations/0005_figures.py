"""Indexes that hold all that figures ask of attempts and of tests."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consultations", "0004_roles")]

    operations = [
        migrations.AlterField(
            model_name="contactattempt",
            name="at",
            field=models.DateTimeField(),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(condition=models.Q(("is_test", True)), fields=["id"], name="request_is_test"),
        ),
        migrations.AddIndex(
            model_name="contactattempt",
            index=models.Index(
                fields=["at", "outcome", "number", "undone_at", "request"],
                name="attempt_in_figures",
            ),
        ),
    ]
