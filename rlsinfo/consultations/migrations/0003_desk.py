"""The work of the front desk: due times, claims, tries, corrections, keys to find by, and mail about other things."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

from rlsinfo.consultations.screening import looks_urgent


def bring_requests_to_the_desk(apps, schema_editor):
    requests = apps.get_model("consultations", "ConsultationRequest").objects
    requests.filter(state="working").update(state="new")
    requests.filter(state="thinking").update(state="call_back")
    requests.update(clock_started_at=F("received_at"))
    is_open = requests.filter(state__in=("new", "trying", "talking", "call_back"))
    # Everything open is due at once: a person looks at each and says when it comes back.
    is_open.update(next_due_at=F("received_at"), overdue_at=F("received_at"))
    requests.filter(next_due_at=None).update(closed_at=F("state_changed_at"))
    for request in requests.iterator():
        if looks_urgent(request.note):
            requests.filter(pk=request.pk).update(urgent=True)


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0002_front_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=64, unique=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("no_answer", "No answer"),
                            ("left_message", "Left a message"),
                            ("wrote", "Wrote an e-mail"),
                            ("reached", "Reached"),
                            ("call_back", "Call back later"),
                            ("wrong_number", "Wrong number"),
                            ("booked", "Visit booked"),
                            ("closed", "Closed"),
                        ],
                        max_length=12,
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("at", models.DateTimeField(db_index=True)),
                ("by_id", models.BigIntegerField()),
                ("by_name", models.CharField(max_length=301)),
                ("why", models.CharField(blank=True, max_length=500)),
                ("next_due_at", models.DateTimeField(blank=True, null=True)),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("trying", "Trying to reach them"),
                            ("talking", "Talking with them"),
                            ("call_back", "Call-back promised"),
                            ("scheduled", "Visit booked"),
                            ("not_for_us", "Not for us"),
                            ("declined", "Declined"),
                            ("no_contact", "Could not be reached"),
                            ("spam", "Spam"),
                            ("duplicate", "Duplicate"),
                            ("test", "Test"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("trying", "Trying to reach them"),
                            ("talking", "Talking with them"),
                            ("call_back", "Call-back promised"),
                            ("scheduled", "Visit booked"),
                            ("not_for_us", "Not for us"),
                            ("declined", "Declined"),
                            ("no_contact", "Could not be reached"),
                            ("spam", "Spam"),
                            ("duplicate", "Duplicate"),
                            ("test", "Test"),
                        ],
                        max_length=12,
                    ),
                ),
                ("before", models.JSONField()),
                ("version_after", models.PositiveIntegerField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("-at", "-pk"),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.CharField(max_length=500)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SearchKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "key", "request_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.BigIntegerField()),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_keys",
                        to="consultations.consultationrequest",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="consultationrequest",
            options={
                "default_permissions": ("view",),
                "permissions": (
                    ("move_consultationrequest", "Can move a request between states"),
                    ("export_consultationrequest", "Can export requests"),
                    ("view_figures", "Can see figures, which hold no names"),
                ),
                "verbose_name": "request",
            },
        ),
        migrations.RemoveConstraint(
            model_name="consultationrequest",
            name="request_state_is_known",
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="claimed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="claimed_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="clock_started_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
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
                    ("duplicate", "The same as another request"),
                    ("spam", "Spam or advertising"),
                    ("test", "It was a test"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="corrected_email",
            field=models.EmailField(blank=True, max_length=254),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="corrected_name",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="corrected_phone",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="first_contact_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="first_try_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="is_test",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="next_due_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="overdue_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="restored_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="skim_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="urgent",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="visit_date",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="day",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
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
                    ("mail_sent", "E-mail sent"),
                    ("mail_uncertain", "E-mail may not have arrived"),
                    ("mail_failed", "E-mail failed"),
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
                    ("spam", "Spam"),
                    ("duplicate", "Duplicate"),
                    ("test", "Test"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("alert", "Alert to the front desk"),
                    ("receipt", "Receipt to the patient"),
                    ("invitation", "Invitation to a member of staff"),
                    ("digest", "Figures of the day"),
                    ("untouched", "Alarm: nobody has tried a request"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="request",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="consultations.consultationrequest",
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
                ],
                db_index=True,
                default="queued",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="contactattempt",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attempts",
                to="consultations.consultationrequest",
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="drafts",
                to="consultations.consultationrequest",
            ),
        ),
        migrations.RunPython(bring_requests_to_the_desk, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="consultationrequest",
            name="clock_started_at",
            field=models.DateTimeField(),
        ),
        migrations.RemoveField(
            model_name="consultationrequest",
            name="email_normalised",
        ),
        migrations.RemoveField(
            model_name="consultationrequest",
            name="name_folded",
        ),
        migrations.RemoveField(
            model_name="consultationrequest",
            name="phone_digits",
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(
                condition=models.Q(("next_due_at__isnull", False)), fields=["next_due_at"], name="request_due"
            ),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(
                condition=models.Q(("skim_since__isnull", False)), fields=["skim_since"], name="request_to_skim"
            ),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)), fields=["closed_at", "id"], name="request_closed"
            ),
        ),
        migrations.AddIndex(
            model_name="consultationrequest",
            index=models.Index(fields=["clock_started_at"], name="request_clock"),
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
                            ("scheduled", "not_for_us", "declined", "no_contact", "spam", "duplicate", "test"),
                        ),
                    ),
                    _connector="OR",
                ),
                name="request_is_due_or_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("skim_since__isnull", True), ("state", "spam"), _connector="OR"),
                name="only_spam_is_skimmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmail",
            constraint=models.UniqueConstraint(fields=("day", "kind"), name="one_mail_of_a_kind_a_day"),
        ),
        migrations.AddConstraint(
            model_name="outboxmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("alert", "receipt")), ("request__isnull", False)),
                    models.Q(("kind", "invitation"), ("user__isnull", False)),
                    models.Q(("day__isnull", False), ("kind__in", ("digest", "untouched"))),
                    _connector="OR",
                ),
                name="mail_is_about_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "outcome__in",
                        [
                            "no_answer",
                            "left_message",
                            "wrote",
                            "reached",
                            "call_back",
                            "wrong_number",
                            "booked",
                            "closed",
                        ],
                    )
                ),
                name="outcome_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(fields=("request", "by"), name="one_draft_each"),
        ),
    ]
