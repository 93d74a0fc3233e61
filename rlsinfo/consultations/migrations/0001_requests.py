"""Tables for requests, what happened to them, and the mail they owe."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

import rlsinfo.consultations.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ConsultationRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reference",
                    models.CharField(default=rlsinfo.consultations.models.new_reference, max_length=8, unique=True),
                ),
                ("submission_key", models.CharField(max_length=64)),
                ("content_hash", models.CharField(max_length=64)),
                ("received_at", models.DateTimeField(db_index=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("working", "Taken"),
                            ("trying", "Trying to reach them"),
                            ("talking", "Talking with them"),
                            ("thinking", "Thinking it over"),
                            ("scheduled", "Visit booked"),
                            ("not_for_us", "Not for us"),
                            ("declined", "Declined"),
                            ("no_contact", "Could not be reached"),
                            ("spam", "Spam"),
                            ("duplicate", "Duplicate"),
                        ],
                        db_index=True,
                        default="new",
                        max_length=12,
                    ),
                ),
                ("state_changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("name", models.CharField(max_length=150)),
                ("name_folded", models.TextField(editable=False)),
                ("phone", models.CharField(blank=True, max_length=60)),
                ("phone_digits", models.CharField(blank=True, db_index=True, editable=False, max_length=60)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("email_normalised", models.TextField(blank=True, db_index=True, editable=False)),
                ("best_times", models.JSONField(blank=True, default=list)),
                ("may_leave_message", models.BooleanField()),
                (
                    "topic",
                    models.CharField(
                        choices=[
                            ("rls_or_veins", "Restless legs or veins, I am not sure which"),
                            ("veins", "Bulging or aching veins"),
                            ("rls", "Restless legs"),
                            ("tests", "Which tests or which doctor I need"),
                            ("other", "Something else"),
                        ],
                        max_length=12,
                    ),
                ),
                ("note", models.TextField(blank=True, max_length=1000)),
                ("help_needed", models.CharField(blank=True, max_length=200)),
                ("consent_version", models.CharField(max_length=20)),
                ("consent_at", models.DateTimeField()),
                ("source", models.CharField(blank=True, max_length=200)),
                ("spam_reasons", models.JSONField(blank=True, default=list)),
                (
                    "related_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="related_from",
                        to="consultations.consultationrequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "request",
                "permissions": (("move_consultationrequest", "Can move a request between states"),),
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("received", "Request received"),
                            ("viewed", "Opened"),
                            ("moved", "Moved"),
                            ("mail_sent", "E-mail sent"),
                            ("mail_uncertain", "E-mail may not have arrived"),
                            ("mail_failed", "E-mail failed"),
                            ("mail_again", "E-mail to be sent again"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "from_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "New"),
                            ("working", "Taken"),
                            ("trying", "Trying to reach them"),
                            ("talking", "Talking with them"),
                            ("thinking", "Thinking it over"),
                            ("scheduled", "Visit booked"),
                            ("not_for_us", "Not for us"),
                            ("declined", "Declined"),
                            ("no_contact", "Could not be reached"),
                            ("spam", "Spam"),
                            ("duplicate", "Duplicate"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "New"),
                            ("working", "Taken"),
                            ("trying", "Trying to reach them"),
                            ("talking", "Talking with them"),
                            ("thinking", "Thinking it over"),
                            ("scheduled", "Visit booked"),
                            ("not_for_us", "Not for us"),
                            ("declined", "Declined"),
                            ("no_contact", "Could not be reached"),
                            ("spam", "Spam"),
                            ("duplicate", "Duplicate"),
                        ],
                        max_length=12,
                    ),
                ),
                ("by_id", models.BigIntegerField(blank=True, null=True)),
                ("by_name", models.CharField(blank=True, max_length=301)),
                ("at", models.DateTimeField()),
                ("why", models.CharField(blank=True, max_length=500)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="consultations.consultationrequest",
                    ),
                ),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="OutboxMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("alert", "Alert to the front desk"), ("receipt", "Receipt to the patient")],
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "waiting to be sent"),
                            ("sent", "sent"),
                            ("uncertain", "may not have arrived"),
                            ("failed", "not sent"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.CharField(blank=True, max_length=100)),
                ("message_id", models.CharField(max_length=200, unique=True)),
                ("created_at", models.DateTimeField()),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mails",
                        to="consultations.consultationrequest",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="consultationrequest",
            constraint=models.UniqueConstraint(
                fields=("submission_key", "content_hash"), name="one_row_per_submission"
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("phone", ""), _negated=True), models.Q(("email", ""), _negated=True), _connector="OR"
                ),
                name="request_can_be_answered",
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
                            "working",
                            "trying",
                            "talking",
                            "thinking",
                            "scheduled",
                            "not_for_us",
                            "declined",
                            "no_contact",
                            "spam",
                            "duplicate",
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
                    django.db.models.lookups.Exact(django.db.models.functions.text.Length("reference"), 8),
                    django.db.models.lookups.Exact(
                        models.Func(models.F("reference"), models.Value("CDFGHJKMNPRTWXY34679"), function="TRIM"),
                        models.Value(""),
                    ),
                ),
                name="request_reference_is_readable",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmail",
            constraint=models.UniqueConstraint(fields=("request", "kind"), name="one_mail_of_a_kind"),
        ),
        migrations.AddConstraint(
            model_name="outboxmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "queued"), _negated=True), ("due_at__isnull", False), _connector="OR"
                ),
                name="queued_mail_is_due",
            ),
        ),
    ]
