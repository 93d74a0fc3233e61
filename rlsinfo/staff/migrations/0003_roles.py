"""The five groups, with what they may do with accounts and with the access log."""

from django.db import migrations

ACCOUNTS = (
    "auth",
    "user",
    {"add_user": "Can add user", "change_user": "Can change user", "view_user": "Can view user"},
)
LOG = ("staff", "accessentry", {"view_accessentry": "Can view access entry"})
ROLES = {"Front desk": (), "Lead": (LOG,), "Figures only": (), "Editor": (), "Administrator": (ACCOUNTS, LOG)}


def make_groups(apps, schema_editor):
    for role, parts in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=role)
        for app_label, model, names in parts:
            # Permissions are normally made after the last migration, which is too late for this one.
            content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
                app_label=app_label, model=model
            )
            for codename, name in names.items():
                permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
                    content_type=content_type, codename=codename, defaults={"name": name}
                )
                group.permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0002_sign_in"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
