"""The restore drill: the newest backup laid beside the live database, compared with it, and one page served from it."""

from django.db.models import Model

from rlsinfo.consultations.models import ConsultationRequest, Event
from rlsinfo.plumbing import backups, commands
from rlsinfo.plumbing.jobs import Failure
from rlsinfo.plumbing.stores import Copy, store
from rlsinfo.staff.models import AccessEntry

ALIAS = "copy"
NEVER_CHANGES: dict[type[Model], tuple[str, ...]] = {
    ConsultationRequest: ("reference", "received_at", "consent_version", "consent_at"),
    Event: ("request_id", "kind", "at", "from_state", "to_state"),
    AccessEntry: ("at", "digest"),
}
"""What is written once: a row in the backup says the same as the live one, unless retention has deleted that."""


def run() -> str:
    """Drill, and say in a sentence what was found. Raises Failure with one that says what is wrong."""
    with backups.in_one_sentence("The newest backup cannot be trusted"):
        newest = next(iter(backups.kept()), None)
        if newest is None:
            raise Failure("there is none")
        with (
            backups.opened(newest.path) as (manifest, parts),
            store().beside(parts, manifest.contents) as copy,
        ):
            # First, since it brings the copy up to date, and models know no older one.
            shown = commands.run("show_one_request", DATABASE_URL=copy.address)
            gone = sum(_compared(model, columns, copy) for model, columns in NEVER_CHANGES.items())
    since = f" {gone} were deleted here since." if gone else ""
    return f"{newest.path.name}: {manifest.rows} rows, all as they were.{since} {shown}"


def _compared(model: type[Model], columns: tuple[str, ...], copy: Copy) -> int:
    """How many rows of the backup are no longer in the live database; raises Failure if one differs."""
    # Of a request whose person was removed, what is left has another reference.
    whole = {"removed_at": None} if model is ConsultationRequest else {}
    with copy.connected(ALIAS):
        restored = model._default_manager.using(ALIAS).filter(**whole).order_by("pk").values_list("pk", *columns)
        here = iter(model._default_manager.filter(**whole).order_by("pk").values_list("pk", *columns).iterator())
        gone, row = 0, next(here, None)
        for wanted in restored.iterator():
            # Rows between two of the backup were being written when it was made.
            while row and row[0] < wanted[0]:
                row = next(here, None)
            if row is None or row[0] > wanted[0]:
                gone += 1
            elif row != wanted:
                raise Failure(f"a row of {model._meta.db_table} in it differs from the live one")
    return gone
