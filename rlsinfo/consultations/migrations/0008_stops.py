"""Wishes to be left alone, and the state in which they leave a request."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0007_consents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Stop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("everything", "No contact at all"),
                            ("address", "The e-mail address is somebody else's"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.RemoveConstraint(
            model_name="consultationrequest",
            name="request_state_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="consultationrequest",
            name="request_is_due_or_closed",
        ),
        migrations.AlterField(
            model_name="consultationrequest",
            name="close_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("own_doctor", "Not for us: their own doctor or another clinic"),
                    ("out_of_area", "Not for us: too far away"),
                    ("insurance", "Not for us: insurance"),
                    ("declined", "They decided against it"),
                    ("no_contact", "Could not be reached"),
                    ("stopped", "They asked us not to contact them again"),
                    ("duplicate", "The same as another request"),
                    ("spam", "Spam or advertising"),
                    ("test", "It was a test"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="consultationrequest",
            name="state",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("trying", "Trying to reach them"),
                    ("talking", "Talking with them"),
                    ("call_back", "Call-back promised"),
                    ("scheduled", "Visit booked"),
                    ("not_for_us", "Not for us"),
                    ("declined", "Declined"),
                    ("no_contact", "Could not be reached"),
                    ("stopped", "Asked us to stop"),
                    ("spam", "Spam"),
                    ("duplicate", "Duplicate"),
                    ("test", "Test"),
                ],
                db_index=True,
                default="new",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="contactattempt",
            name="from_state",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("trying", "Trying to reach them"),
                    ("talking", "Talking with them"),
                    ("call_back", "Call-back promised"),
                    ("scheduled", "Visit booked"),
                    ("not_for_us", "Not for us"),
                    ("declined", "Declined"),
                    ("no_contact", "Could not be reached"),
                    ("stopped", "Asked us to stop"),
                    ("spam", "Spam"),
                    ("duplicate", "Duplicate"),
                    ("test", "Test"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="contactattempt",
            name="to_state",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("trying", "Trying to reach them"),
                    ("talking", "Talking with them"),
                    ("call_back", "Call-back promised"),
                    ("scheduled", "Visit booked"),
                    ("not_for_us", "Not for us"),
                    ("declined", "Declined"),
                    ("no_contact", "Could not be reached"),
                    ("stopped", "Asked us to stop"),
                    ("spam", "Spam"),
                    ("duplicate", "Duplicate"),
                    ("test", "Test"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="from_state",
            field=models.CharField(
                blank=True,
                choices=[
                    ("new", "New"),
                    ("trying", "Trying to reach them"),
                    ("talking", "Talking with them"),
                    ("call_back", "Call-back promised"),
                    ("scheduled", "Visit booked"),
                    ("not_for_us", "Not for us"),
                    ("declined", "Declined"),
                    ("no_contact", "Could not be reached"),
                    ("stopped", "Asked us to stop"),
                    ("spam", "Spam"),
                    ("duplicate", "Duplicate"),
                    ("test", "Test"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Request received"),
                    ("taken", "Taken"),
                    ("given_back", "Given back"),
                    ("moved", "Moved"),
                    ("rescheduled", "Given another time"),
                    ("undone", "Undone"),
                    ("corrected", "Corrected"),
                    ("noted", "Noted"),
                    ("stopped", "Asked us to stop"),
                    ("asked_again", "Asked to hear from us again"),
                    ("mail_sent", "E-mail sent"),
                    ("mail_uncertain", "E-mail may not have arrived"),
                    ("mail_failed", "E-mail failed"),
                    ("mail_stopped", "E-mail not sent: they asked us to stop"),
                    ("mail_again", "E-mail to be sent again"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="to_state",
            field=models.CharField(
                blank=True,
                choices=[
                    ("new", "New"),
                    ("trying", "Trying to reach them"),
                    ("talking", "Talking with them"),
                    ("call_back", "Call-back promised"),
                    ("scheduled", "Visit booked"),
                    ("not_for_us", "Not for us"),
                    ("declined", "Declined"),
                    ("no_contact", "Could not be reached"),
                    ("stopped", "Asked us to stop"),
                    ("spam", "Spam"),
                    ("duplicate", "Duplicate"),
                    ("test", "Test"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "waiting to be sent"),
                    ("sent", "sent"),
                    ("uncertain", "may not have arrived"),
                    ("failed", "not sent"),
                    ("stopped", "not sent: they asked us to stop"),
                ],
                db_index=True,
                default="queued",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "new",
                            "trying",
                            "talking",
                            "call_back",
                            "scheduled",
                            "not_for_us",
                            "declined",
                            "no_contact",
                            "stopped",
                            "spam",
                            "duplicate",
                            "test",
                        ],
                    )
                ),
                name="request_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", True),
                        ("next_due_at__isnull", False),
                        ("overdue_at__isnull", False),
                        ("state__in", ("new", "trying", "talking", "call_back")),
                    ),
                    models.Q(
                        ("closed_at__isnull", False),
                        ("next_due_at__isnull", True),
                        ("overdue_at__isnull", True),
                        (
                            "state__in",
                            (
                                "scheduled",
                                "not_for_us",
                                "declined",
                                "no_contact",
                                "stopped",
                                "spam",
                                "duplicate",
                                "test",
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="request_is_due_or_closed",
            ),
        ),
        migrations.AddField(
            model_name="stop",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stops",
                to="consultations.consultationrequest",
            ),
        ),
        migrations.AddIndex(
            model_name="stop",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["request"], name="stop_in_force"
            ),
        ),
    ]
