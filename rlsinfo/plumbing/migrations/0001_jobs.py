"""How each recurring job stands, and the times in which one was not well."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "name",
                    models.CharField(
                        choices=[
                            ("backup", "Backup"),
                            ("drill", "Restore drill"),
                            ("test_request", "Test request"),
                            ("mail_worker", "Mail worker"),
                            ("retention", "Deleting old requests"),
                            ("count", "Nightly count"),
                            ("disk", "Disk space"),
                        ],
                        max_length=20,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("known_since", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("ok", models.BooleanField(null=True)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("good_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("failed", "failed"), ("silent", "was not heard of")], max_length=6),
                ),
                ("since", models.DateTimeField()),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="incidents", to="plumbing.job"
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)), fields=("job",), name="one_incident_at_a_time"
                    )
                ],
            },
        ),
    ]
