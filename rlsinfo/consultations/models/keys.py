"""Keys: the fingerprints by which a request is found, and the names of what stored texts are sealed with."""

from collections.abc import Iterable
from typing import Self

from django.db import models

from rlsinfo.model_fields import ring


class SearchKeyQuerySet(models.QuerySet["SearchKey"]):
    """Which keys."""

    def any_of(self, texts: Iterable[str]) -> Self:
        """Those of these texts (see finding.py), stored before or after a change of keys."""
        ring_now = ring()
        return self.filter(key__in=[number for text in texts for number in ring_now.fingerprints(text)])


class SearchKey(models.Model):
    """One thing by which a request is found: a word of the name, a number, an address (see finding.py).

    It holds a keyed fingerprint: without the keys outside the database nobody learns from it who is meant.
    """

    pk = models.CompositePrimaryKey("key", "request_id")
    key = models.BigIntegerField()
    request = models.ForeignKey("ConsultationRequest", on_delete=models.CASCADE, related_name="search_keys")

    objects = SearchKeyQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key} finds {self.request_id}"


class SealingKey(models.Model):
    """A key that stored texts may be sealed with, by its public name: the site does not start without it."""

    name = models.CharField(max_length=8, primary_key=True)
    noted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
