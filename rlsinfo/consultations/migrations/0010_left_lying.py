"""What was taken and then left is written down and counted; closed requests of one outcome are found in their order."""

from django.db import migrations, models

KINDS = [
    ("received", "Request received"),
    ("taken", "Taken"),
    ("given_back", "Given back"),
    ("left_lying", "Taken, then left for 15 minutes"),
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
]


class Migration(migrations.Migration):
    dependencies = [("consultations", "0009_removal")]

    operations = [
        migrations.AlterField("event", "kind", models.CharField(choices=KINDS, max_length=16)),
        migrations.AddIndex(
            "consultationrequest",
            models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["state", "closed_at", "id"],
                name="request_closed_as",
            ),
        ),
        migrations.AddIndex(
            "event",
            models.Index(condition=models.Q(("kind", "left_lying")), fields=["at", "request"], name="event_left_lying"),
        ),
    ]
