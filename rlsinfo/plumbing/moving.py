"""Makes what a SQLite database holds what PostgreSQL holds, for a site that outgrows one machine: row by row, compared."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import DatabaseError, connections, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Cast
from psycopg import sql

from rlsinfo.model_fields import EncryptedText
from rlsinfo.plumbing import commands
from rlsinfo.plumbing.files import first_line
from rlsinfo.plumbing.jobs import Failure
from rlsinfo.plumbing.postgres import Postgres
from rlsinfo.plumbing.sqlite import SQLite
from rlsinfo.plumbing.stores import Contents, Snapshot

Model = type[models.Model]
AT_ONCE = 2_000
"""Rows in memory."""


@contextmanager
def from_sqlite(parts: Iterable[bytes], contents: Contents) -> Iterator[Snapshot]:
    """A snapshot of SQLite as one of PostgreSQL, made in a database of its own beside the live one.

    Raises Failure where the two do not hold the same afterwards; what is sealed is taken over as it is, unread.
    """
    with SQLite().beside(parts, contents) as old, Postgres().empty_beside() as new:
        for copy in (old, new):
            commands.run("migrate", "--noinput", "--verbosity", "0", DATABASE_URL=copy.address)
        with old.connected("old"), new.connected("new"):
            _fill()
        with Postgres().snapshot(new.name) as snapshot:
            yield snapshot


def _fill() -> None:
    tables = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    # Each database has its own list of what was done to it.
    known = {MigrationRecorder.Migration._meta.db_table, *(model._meta.db_table for model in tables)}
    if lost := set(connections["old"].introspection.table_names()) - known:
        raise Failure(f"this version of the site does not know {min(lost)}")
    new = connections["new"]
    with transaction.atomic("new"), new.cursor() as cursor:
        for model in tables:  # what the migrations have put there
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(model._meta.db_table)))
        for model in tables:
            try:
                with new.wrap_database_errors:
                    _copy(model, cursor)
            except DatabaseError as error:
                raise Failure(f"{model._meta.db_table} cannot be taken over ({first_line(error)})") from error
        for statement in new.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(statement)
    for model in tables:
        if _digest(model, "old") != _digest(model, "new"):
            raise Failure(f"{model._meta.db_table} is not the same in both databases")


def _copy(model: Model, cursor: Any) -> None:
    fields = model._meta.concrete_fields
    names = sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in fields)
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table), names)
    with cursor.copy(into) as copy:
        for row in _rows(model, "old"):
            # What is sealed stays sealed: its field would seal it once more.
            copy.write_row(
                value if isinstance(field, EncryptedText) else field.get_db_prep_save(value, connections["new"])
                for field, value in zip(fields, row, strict=True)
            )


def _rows(model: Model, alias: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a model in the order of their keys, as values of Python; what is sealed as it is stored."""
    fields = model._meta.concrete_fields
    columns = [
        Cast(field.attname, models.TextField()) if isinstance(field, EncryptedText) else models.F(field.attname)
        for field in fields
    ]
    rows = model._base_manager.using(alias).order_by("pk")
    return rows.values_list(*columns).iterator(chunk_size=AT_ONCE)


def _digest(model: Model, alias: str) -> str:
    digest = hashlib.sha256()
    for row in _rows(model, alias):
        # PostgreSQL keeps what is in JSON in an order of its own.
        digest.update(json.dumps(row, default=str, sort_keys=True).encode())
    return digest.hexdigest()
