"""While a release comes in, the one before still runs on its database: migrations only add, and old code still writes."""

from collections.abc import Sequence

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, migrations, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Value

from rlsinfo.consultations import work
from rlsinfo.consultations.models import ConsultationRequest, Event, Outcome
from rlsinfo.staff import rates
from tests.consultations.desk.front_desk import Desk
from tests.factories import MONDAY_MORNING, make_mail, make_request, make_staff

SERVED = {"consultations": "0006_sealed", "staff": "0003_roles"}
"""The newest migration of each app in the first release that was served; before it, nobody ran."""
OURS = [config.label for config in apps.get_app_configs() if config.name.startswith("rlsinfo.")]
ALWAYS_SAFE = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.RenameIndex,
    migrations.RemoveConstraint,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
)


def newer_than_served() -> list[tuple[str, str]]:
    """Every migration of ours since then, by app and name."""
    names = [key for key in sorted(MigrationLoader(None).disk_migrations) if key[0] in OURS]
    return [(app, name) for app, name in names if name > SERVED.get(app, "")]


def trouble(operation, app, before: ProjectState, earlier: Sequence[Operation] = ()) -> str:
    """What an operation would do to code that knows nothing of it; empty if nothing.

    `earlier` is what the same migration did before it.
    """
    created = {each.name_lower for each in earlier if isinstance(each, migrations.CreateModel)}
    if isinstance(operation, ALWAYS_SAFE) or getattr(operation, "model_name_lower", "") in created:
        return ""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        known = field.null or field.has_db_default() or field.many_to_many
        return "" if known else "code of the release before does not fill it: make it nullable, or give it a db_default"
    if isinstance(operation, migrations.AlterField):
        old = before.models[app, operation.model_name_lower].get_field(operation.name)
        return _narrowed(old, operation.field)
    if isinstance(operation, migrations.AddConstraint):
        widened = any(
            isinstance(each, migrations.RemoveConstraint) and each.name == operation.constraint.name for each in earlier
        )
        if widened or _asks_nothing_of_old_code(operation.constraint, earlier):
            return ""
        return (
            "it may refuse what code of the release before writes; widen one that is there, or ask only of new columns"
        )
    if isinstance(operation, migrations.RunPython | migrations.RunSQL):
        return "" if operation.reversible else "it cannot be taken back: give it a way back, or a noop"
    return "code of the release before still uses what it takes away"


def _asks_nothing_of_old_code(constraint: models.BaseConstraint, earlier: Sequence[Operation]) -> bool:
    """Whether a rule holds for every row in which the new columns are empty."""
    new = {each.name for each in earlier if isinstance(each, migrations.AddField) and each.field.null}
    if isinstance(constraint, models.UniqueConstraint):
        return bool(new & set(constraint.fields)) and constraint.nulls_distinct is not False
    if isinstance(constraint, models.CheckConstraint) and isinstance(constraint.condition, models.Q):
        ways = constraint.condition.children if constraint.condition.connector == models.Q.OR else []
        return any((f"{name}__isnull", True) in ways for name in new)
    return False


def _narrowed(old: models.Field, new: models.Field) -> str:
    if old.null and not new.null:
        return "code of the release before may write nothing there"
    if new.unique and not old.unique:
        return "code of the release before may write the same twice"
    if old.get_internal_type() == new.get_internal_type() and (new.max_length or 0) < (old.max_length or 0):
        return "code of the release before may write something longer"
    same_kind = {type(field).db_type(field, connection).partition("(")[0] for field in (old, new)}
    return "" if len(same_kind) == 1 or "text" in type(new).db_type(new, connection) else "another kind of column"


def test_every_migration_only_adds():
    loader = MigrationLoader(None)
    problems = []
    for app, name in newer_than_served():
        state = loader.project_state((app, name), at_end=False)
        operations = loader.disk_migrations[app, name].operations
        for number, operation in enumerate(operations):
            if why := trouble(operation, app, state, operations[:number]):
                problems.append(f"{app} {name}: {operation.describe()}: {why}.")
            operation.state_forwards(app, state)

    assert not problems, "\n".join(problems)


NEW_COLUMN = migrations.AddField("leaf", "seen_at", models.DateTimeField(null=True))
BREAKS = {
    "a column that must be filled": migrations.AddField("leaf", "size", models.IntegerField()),
    "a column that only new code fills": migrations.AddField("leaf", "size", models.IntegerField(default=0)),
    "a column taken away": migrations.RemoveField("leaf", "name"),
    "a column renamed": migrations.RenameField("leaf", "name", "title"),
    "a table renamed": migrations.RenameModel("Leaf", "Page"),
    "a table taken away": migrations.DeleteModel("Leaf"),
    "a column that may be empty no more": migrations.AlterField("leaf", "note", models.CharField(max_length=20)),
    "a column made shorter": migrations.AlterField("leaf", "name", models.CharField(max_length=10)),
    "a column made unique": migrations.AlterField("leaf", "name", models.CharField(max_length=20, unique=True)),
    "a column of another kind": migrations.AlterField("leaf", "name", models.IntegerField()),
    "a new rule": migrations.AddConstraint("leaf", models.UniqueConstraint(fields=["name"], name="named_once")),
    "a new rule about an old column too": migrations.AddConstraint(
        "leaf", models.CheckConstraint(condition=~models.Q(name="") & models.Q(seen_at=None), name="seen_by_name")
    ),
    "a new rule of the old kind": migrations.AlterUniqueTogether("leaf", {("name", "note")}),
    "code with no way back": migrations.RunPython(lambda apps, editor: None),
    "SQL with no way back": migrations.RunSQL("SELECT 1"),
}
ADDS = {
    "a column that may be empty": migrations.AddField("leaf", "size", models.IntegerField(null=True)),
    "a column the database fills": migrations.AddField("leaf", "size", models.IntegerField(db_default=Value(0))),
    "more choices": migrations.AlterField("leaf", "name", models.CharField(max_length=20, choices=[("a", "A")])),
    "a column made longer": migrations.AlterField("leaf", "name", models.CharField(max_length=30)),
    "a column with no limit": migrations.AlterField("leaf", "name", models.TextField()),
    "a rule made wider": migrations.AddConstraint(
        "leaf", models.UniqueConstraint(fields=["name"], name="removed_before")
    ),
    "a rule for new columns alone": migrations.AddConstraint(
        "leaf", models.CheckConstraint(condition=models.Q(seen_at__isnull=True) | models.Q(name=""), name="seen_once")
    ),
    "a rule that empty columns pass": migrations.AddConstraint(
        "leaf", models.UniqueConstraint(fields=["seen_at", "name"], name="seen_then")
    ),
    "anything about a new table": migrations.AddField("tree", "size", models.IntegerField()),
    "code with a way back": migrations.RunPython(lambda apps, editor: None, migrations.RunPython.noop),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_would_break_the_release_before_is_found(what):
    assert trouble(BREAKS[what], "wood", _wood(), [NEW_COLUMN])


@pytest.mark.parametrize("what", ADDS)
def test_what_only_adds_is_let_through(what):
    earlier = [
        NEW_COLUMN,
        migrations.RemoveConstraint("leaf", "removed_before"),
        migrations.CreateModel("Tree", [("id", models.AutoField(primary_key=True))]),
    ]

    assert not trouble(ADDS[what], "wood", _wood(), earlier)


def _wood() -> ProjectState:
    fields = [("name", models.CharField(max_length=20)), ("note", models.CharField(max_length=20, null=True))]
    state = ProjectState()
    state.add_model(ModelState("wood", "Leaf", fields))
    return state


def use_everything(staff: User) -> None:
    """Leave a row of every kind that serving, calling back and looking at a request leaves."""
    request = make_request(email="ana@example.com")
    make_mail(request=request)
    request.record(Event.Kind.RECEIVED, at=MONDAY_MORNING)
    work.keep_draft(request, "She is away until noon.", by=staff, now=MONDAY_MORNING)
    work.press(
        request, work.Press(Outcome.NO_ANSWER, token="a" * 20, version=request.version), by=staff, now=MONDAY_MORNING
    )
    work.keep_draft(request, "Her daughter answers.", by=staff, now=MONDAY_MORNING)
    Desk(staff).open(request)
    rates.spend(rates.Rate("request", 5), "192.0.2.1")


def releases_before() -> list[tuple[str, str]]:
    """Since the first release that was served, every state of the database that one of them knew."""
    known = [*SERVED.items(), *newer_than_served()]
    newest = dict(sorted(known))
    return sorted(set(known) - set(newest.items()))


@pytest.mark.parametrize("release", releases_before(), ids="-".join)
def test_what_a_release_before_writes_is_stored_and_shown(release, db):
    app, name = release
    staff = make_staff()
    with transaction.atomic():
        use_everything(staff)
        left = {model: list(model.objects.values()) for model in apps.get_app_config(app).get_models()}
        transaction.set_rollback(True)
    then = MigrationLoader(connection).project_state((app, name)).apps

    for model, rows in left.items():
        if model._meta.model_name in then.all_models[app]:
            old = then.get_model(app, model._meta.model_name)
            columns = {field.attname for field in old._meta.concrete_fields}
            for row in rows:
                old(**{column: value for column, value in row.items() if column in columns}).save(force_insert=True)

    for model, rows in left.items():
        assert len(list(model.objects.all())) == len(rows) or model._meta.model_name not in then.all_models[app]
    if app == "consultations":
        assert "Her daughter answers." in Desk(staff).open(ConsultationRequest.objects.get()).source
