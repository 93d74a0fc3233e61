"""Which keys the sealed columns need, and how every text is sealed anew under the newest one."""

import time
from collections.abc import Iterator

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction
from django.utils import timezone

from rlsinfo import waiting_room
from rlsinfo.consultations.models import ConsultationRequest, SealingKey
from rlsinfo.model_fields import EncryptedText, ring

LOOKED_AT, SEALED = 500, 20
"""Rows that are looked at together, and of those that one transaction seals anew: nobody waits long for so few."""
PAUSE = 0.05
"""Seconds in which others come in between."""


def require_keys() -> None:
    """Stop the start where stored texts could not be opened; otherwise note the key that seals from now on.

    A machine that brought a key of its own to a shared database is stopped too: the others could not open its texts.
    Raises ImproperlyConfigured.
    """
    known = set(SealingKey.objects.values_list("name", flat=True))
    if missing := known - set(ring().ids):
        raise ImproperlyConfigured(
            f"The database is sealed with a key that is not at hand ({', '.join(sorted(missing))}): "
            "put it back into ENCRYPTION_KEYS_FILE, below the newest one."
        )
    note_key(ring().ids[0])


def note_key(name: str) -> None:
    """Remember that texts may be sealed with this key."""
    SealingKey.objects.get_or_create(name=name, defaults={"noted_at": timezone.now()})


def seal_again() -> int:
    """Seal every text that is not under the newest key yet, while the site goes on; how many rows there were."""
    return sum(map(_seal_model_again, apps.get_models()))


def forget_old_keys() -> None:
    """Need no key but the newest. Only for after a `seal_again` that found nothing left to do."""
    SealingKey.objects.exclude(name=ring().ids[0]).delete()


def _seal_model_again(model: type[models.Model]) -> int:
    fields = [field for field in model._meta.concrete_fields if isinstance(field, EncryptedText)]
    changed = 0
    for numbers in _parts(model) if fields else ():
        old = _under_old_keys(model, fields, numbers)
        for at in range(0, len(old), SEALED):
            with waiting_room.turn_to_write(connection), transaction.atomic():
                for pk, texts in old[at : at + SEALED]:
                    _seal_row_again(model, pk, texts)
            time.sleep(PAUSE)
        changed += len(old)
    return changed


def _parts(model: type[models.Model]) -> Iterator[range]:
    """All row numbers, in short stretches."""
    last = model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
    return (range(first, first + LOOKED_AT) for first in range(1, last + 1, LOOKED_AT))


def _under_old_keys(
    model: type[models.Model], fields: list[EncryptedText], numbers: range
) -> list[tuple[int, dict[EncryptedText, str]]]:
    """Each of these rows that holds texts under older keys: its number, and those texts as they are stored."""
    newest = f"{ring().ids[0]}."
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        # As they are stored, which Django would not show.
        cursor.execute(
            f"SELECT id, {columns} FROM {quote(model._meta.db_table)} WHERE id BETWEEN %s AND %s",  # noqa: S608 - names of ours
            [numbers.start, numbers.stop - 1],
        )
        found = []
        for pk, *stored in cursor.fetchall():
            pairs = zip(fields, stored, strict=True)
            old = {field: sealed for field, sealed in pairs if sealed and not sealed.startswith(newest)}
            if old:
                found.append((pk, old))
        return found


def _seal_row_again(model: type[models.Model], pk: int, texts: dict[EncryptedText, str]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        for field, sealed in texts.items():
            column = connection.ops.quote_name(str(field.column))
            # Only what was read: somebody may have corrected it since.
            cursor.execute(
                f"UPDATE {table} SET {column} = %s WHERE id = %s AND {column} = %s",  # noqa: S608 - names of ours
                [ring().seal(ring().unseal(sealed, field.place), field.place), pk, sealed],
            )
    if model is ConsultationRequest and (
        request := ConsultationRequest.objects.select_for_update().filter(pk=pk).first()
    ):
        request.make_findable()
