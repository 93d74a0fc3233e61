"""The column for everything that a person typed: sealed in the database, plain in the program."""

from typing import Any

from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Exact, IsNull, Lookup

from rlsinfo.encryption import KeyRing


def ring() -> KeyRing:
    """The keys of this moment."""
    ring_now: KeyRing = settings.ENCRYPTION_KEYS.ring
    return ring_now


class ExactlyEmpty(Exact):
    """Whether nothing was typed: the one thing about a sealed text that the database knows."""

    def get_prep_lookup(self) -> str:
        if self.rhs != "":
            raise FieldError("What is sealed cannot be searched: ask SearchKey.")
        return ""


class EncryptedText(models.TextField):
    """Text that the database holds only sealed. Nothing stays nothing: that a field is empty is no secret.

    `max_length` counts letters of the text, for forms; what is stored is longer. A sealed text fits only into its
    own column. The database cannot compare it: every lookup but `isnull` and `exact=""` raises FieldError, so that no
    search silently finds nobody.
    """

    @property
    def place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        if hasattr(value, "as_sql"):
            raise FieldError("An expression would be stored as it is: give the text itself.")
        text = self.get_prep_value(value)
        return ring().seal(text, self.place) if text else text

    def from_db_value(self, value: str | None, expression: object, connection: BaseDatabaseWrapper) -> str | None:
        """The text; raises CannotOpen when its key is missing or somebody has changed it."""
        return ring().unseal(value, self.place) if value else value

    def get_lookup(self, lookup_name: str) -> type[Lookup] | None:
        return {"exact": ExactlyEmpty, "isnull": IsNull}.get(lookup_name)

    def get_transform(self, lookup_name: str) -> None:
        """None: nothing can be computed from a sealed text."""
