"""That somebody erased a person is an action of its own in the log."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0003_roles"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accessentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("list", "Saw a list"),
                    ("view", "Opened"),
                    ("find", "Searched"),
                    ("change", "Changed"),
                    ("export", "Exported"),
                    ("erase", "Erased"),
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
    ]
