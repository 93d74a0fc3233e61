"""In which language the form was filled in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consultations", "0011_alarms")]

    operations = [
        migrations.AddField(
            model_name="consultationrequest",
            name="language",
            field=models.CharField(
                choices=[("en-us", "English"), ("es", "Spanish")], db_default="en-us", default="en-us", max_length=5
            ),
        ),
    ]
