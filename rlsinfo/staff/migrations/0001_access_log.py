"""Tables of the access log."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LogHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("count", models.PositiveBigIntegerField(default=0)),
                ("seal", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="AccessEntry",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
                ("by_id", models.BigIntegerField(null=True)),
                ("by_name", models.CharField(blank=True, max_length=301)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("list", "Saw a list"),
                            ("view", "Opened"),
                            ("find", "Searched"),
                            ("change", "Changed"),
                            ("export", "Exported"),
                            ("figures", "Saw the figures"),
                            ("log", "Looked at this log"),
                            ("sign_in", "Signed in"),
                            ("sign_out", "Signed out"),
                            ("locked", "Session locked"),
                            ("unlocked", "Session unlocked"),
                            ("invited", "Invited somebody"),
                            ("account", "Changed an account"),
                        ],
                        max_length=16,
                    ),
                ),
                ("detail", models.CharField(blank=True, max_length=500)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("done", "Done"), ("refused", "Refused"), ("failed", "Failed")],
                        default="done",
                        max_length=8,
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name_plural": "access entries",
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["by_id", "number"], name="access_by_person"),
                    models.Index(fields=["action", "number"], name="access_by_action"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AccessSubject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="about", to="staff.accessentry"
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
                "indexes": [models.Index(fields=["name", "entry"], name="access_by_subject")],
            },
        ),
    ]
