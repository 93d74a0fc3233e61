"""What each role may do with requests; Front desk has had its part since the beginning."""

from django.db import migrations

NAMES = {
    "view_consultationrequest": "Can view request",
    "move_consultationrequest": "Can move a request between states",
    "export_consultationrequest": "Can export requests",
    "view_figures": "Can see figures, which hold no names",
}
ROLES = {
    "Front desk": ["view_consultationrequest", "move_consultationrequest"],
    "Lead": list(NAMES),
    "Figures only": ["view_figures"],
    "Administrator": ["view_figures"],
}


def give_permissions(apps, schema_editor):
    # Permissions are normally made after the last migration, which is too late for this one.
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="consultations", model="consultationrequest"
    )
    permissions = {
        codename: apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=codename, defaults={"name": name}
        )[0]
        for codename, name in NAMES.items()
    }
    for role, codenames in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=role)
        group.permissions.add(*(permissions[codename] for codename in codenames))


class Migration(migrations.Migration):
    dependencies = [("consultations", "0003_desk")]
    operations = [migrations.RunPython(give_permissions, migrations.RunPython.noop)]
