"""Consent to text messages beside that to be called, and the page on which both were given."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0006_sealed"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="contactattempt",
            name="outcome_is_known",
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="consent_page",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="text_consent_ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="text_consent_version",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AlterField(
            model_name="contactattempt",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("no_answer", "No answer"),
                    ("left_message", "Left a message"),
                    ("wrote", "Wrote an e-mail"),
                    ("texted", "Sent a text"),
                    ("reached", "Reached"),
                    ("call_back", "Call back later"),
                    ("wrong_number", "Wrong number"),
                    ("booked", "Visit booked"),
                    ("closed", "Closed"),
                ],
                max_length=12,
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
                            "texted",
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
    ]
