"""Mail about incidents, and who may see how the plumbing is."""

import django.db.models.deletion
from django.db import migrations, models


def give_permission(apps, schema_editor):
    # Permissions are normally made after the last migration, which is too late for this one.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="consultations", model="consultationrequest"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="view_plumbing",
        defaults={"name": "Can see whether backups, mail and tests are well"},
    )
    for role in ("Lead", "Administrator"):
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=role)
        group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0010_left_lying"),
        ("plumbing", "0001_jobs"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="consultationrequest",
            options={
                "default_permissions": ("view",),
                "permissions": (
                    ("move_consultationrequest", "Can move a request between states"),
                    ("export_consultationrequest", "Can export requests"),
                    ("view_figures", "Can see figures, which hold no names"),
                    ("erase_consultationrequest", "Can copy and erase everything about one person"),
                    ("view_plumbing", "Can see whether backups, mail and tests are well"),
                ),
                "verbose_name": "request",
            },
        ),
        migrations.RemoveConstraint(
            model_name="outboxmail",
            name="mail_is_about_something",
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="incident",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to="plumbing.incident",
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
                    ("trouble", "Alarm: the site is not well"),
                    ("well_again", "The site is well again"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="outboxmail",
            constraint=models.UniqueConstraint(fields=("incident", "kind"), name="one_mail_of_a_kind_an_incident"),
        ),
        migrations.AddConstraint(
            model_name="outboxmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ("alert", "receipt")), ("request__isnull", False)),
                    models.Q(("kind", "invitation"), ("user__isnull", False)),
                    models.Q(("day__isnull", False), ("kind__in", ("digest", "untouched"))),
                    models.Q(("incident__isnull", False), ("kind__in", ("trouble", "well_again"))),
                    _connector="OR",
                ),
                name="mail_is_about_something",
            ),
        ),
        migrations.RunPython(give_permission, migrations.RunPython.noop),
    ]
