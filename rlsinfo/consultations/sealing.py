"""Which keys the sealed columns need, and how every text is sealed anew under the newest one."""

from collections.abc import Iterator

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction
from django.utils import timezone

from rlsinfo.consultations.models import ConsultationRequest, SealingKey
from rlsinfo.model_fields import EncryptedText, ring

AT_ONCE = 500
"""Rows that one transaction seals anew: short enough that nobody waits for it."""


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
    return sum(_seal_rows_again(model, fields, numbers) for numbers in _parts(model)) if fields else 0


def _parts(model: type[models.Model]) -> Iterator[range]:
    """All row numbers, in short stretches."""
    last = model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
    return (range(first, first + AT_ONCE) for first in range(1, last + 1, AT_ONCE))


def _seal_rows_again(model: type[models.Model], fields: list[EncryptedText], numbers: range) -> int:
    newest = f"{ring().ids[0]}."
    quote = connection.ops.quote_name
    table, columns = quote(model._meta.db_table), [quote(str(field.column)) for field in fields]
    changed = 0
    with transaction.atomic(), connection.cursor() as cursor:
        # As they are stored, which Django would not show.
        cursor.execute(
            f"SELECT id, {', '.join(columns)} FROM {table} WHERE id BETWEEN %s AND %s",  # noqa: S608 - names of ours
            [numbers.start, numbers.stop - 1],
        )
        for pk, *stored in cursor.fetchall():
            old = [
                (field, column, sealed)
                for field, column, sealed in zip(fields, columns, stored, strict=True)
                if sealed and not sealed.startswith(newest)
            ]
            for field, column, sealed in old:
                # Only what was read: somebody may be correcting it at this moment.
                cursor.execute(
                    f"UPDATE {table} SET {column} = %s WHERE id = %s AND {column} = %s",  # noqa: S608
                    [ring().seal(ring().unseal(sealed, field.place), field.place), pk, sealed],
                )
            if old:
                changed += 1
                if model is ConsultationRequest:
                    ConsultationRequest.objects.select_for_update().get(pk=pk).make_findable()
    return changed
