"""The group whose members answer requests: they may read one and move it on, and nothing else."""

from django.db import migrations

PERMISSIONS = {
    "view_consultationrequest": "Can view request",
    "move_consultationrequest": "Can move a request between states",
}


def make_group(apps, schema_editor):
    # Permissions are normally made after the last migration, which is too late for this one.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="consultations", model="consultationrequest"
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Front desk")
    for codename, name in PERMISSIONS.items():
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )
        group.permissions.add(permission)


def remove_group(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name="Front desk").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("consultations", "0001_requests"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_group, remove_group)]
