"""When a person was removed from a request, and who may erase one: a lead."""

from django.conf import settings
from django.db import migrations, models


def let_leads_erase(apps, schema_editor):
    # Permissions are normally made after the last migration, which is too late for this one.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="consultations", model="consultationrequest"
    )
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename="erase_consultationrequest",
        defaults={"name": "Can copy and erase everything about one person"},
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Lead")
    group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0008_stops"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
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
                ),
                "verbose_name": "request",
            },
        ),
        migrations.RemoveConstraint(
            model_name="consultationrequest",
            name="request_can_be_answered",
        ),
        migrations.AddField(
            model_name="consultationrequest",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="consultationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("phone", ""), _negated=True),
                    models.Q(("email", ""), _negated=True),
                    ("removed_at__isnull", False),
                    _connector="OR",
                ),
                name="request_can_be_answered",
            ),
        ),
        migrations.AddConstraint(
            model_name="consultationrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_at__isnull", True),
                    models.Q(
                        ("corrected_email", ""),
                        ("corrected_name", ""),
                        ("corrected_phone", ""),
                        ("email", ""),
                        ("help_needed", ""),
                        ("name", ""),
                        ("next_due_at__isnull", True),
                        ("note", ""),
                        ("phone", ""),
                    ),
                    _connector="OR",
                ),
                name="what_was_removed_holds_nobody",
            ),
        ),
        migrations.RunPython(let_leads_erase, migrations.RunPython.noop),
    ]
