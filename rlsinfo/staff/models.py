"""The access log, whose entries are chained to each other; tries in vain; recovery codes."""

from typing import Any, NoReturn

from django.contrib.auth.models import User
from django.db import models


class AppendOnlyQuerySet(models.QuerySet):
    """Rows that are only ever added."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("The access log is only ever added to, never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("The access log is only ever added to, never deleted.")


class AppendOnly(models.Model):
    """A row that is only ever added."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The access log is only ever added to, never changed.")
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("The access log is only ever added to, never deleted.")


class AccessEntry(AppendOnly):
    """One thing that somebody saw, did, or was refused."""

    class Action(models.TextChoices):
        LIST = "list", "Saw a list"
        VIEW = "view", "Opened"
        FIND = "find", "Searched"
        CHANGE = "change", "Changed"
        EXPORT = "export", "Exported"
        ERASE = "erase", "Erased"
        FIGURES = "figures", "Saw the figures"
        LOG = "log", "Looked at this log"
        SIGN_IN = "sign_in", "Signed in"
        SIGN_OUT = "sign_out", "Signed out"
        LOCKED = "locked", "Session locked"
        UNLOCKED = "unlocked", "Session unlocked"
        INVITED = "invited", "Invited somebody"
        ACCOUNT = "account", "Changed an account"

    class Outcome(models.TextChoices):
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"
        FAILED = "failed", "Failed"

    # The place in the chain, counted by ourselves: a gap is an entry that somebody took away.
    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    # Plain columns, so that removing a staff account does not rewrite the past.
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=301, blank=True)
    action = models.CharField(max_length=16, choices=Action)
    detail = models.CharField(max_length=500, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.DONE)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "access entries"
        default_permissions = ("view",)
        indexes = (
            models.Index(fields=("by_id", "number"), name="access_by_person"),
            models.Index(fields=("action", "number"), name="access_by_action"),
        )

    def __str__(self) -> str:
        return f"Entry {self.number}"

    @property
    def subjects(self) -> list[str]:
        """References or ids of what was seen or changed, in the order they were named."""
        return [each.name for each in self.about.all()]


class AccessSubject(AppendOnly):
    """One reference or id that an entry is about; never a name."""

    entry = models.ForeignKey(AccessEntry, on_delete=models.PROTECT, related_name="about")
    name = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        ordering = ("pk",)
        indexes = (models.Index(fields=("name", "entry"), name="access_by_subject"),)

    def __str__(self) -> str:
        return self.name


class LogHead(models.Model):
    """How many entries there are, sealed together with the last one. Whoever writes locks this single row."""

    count = models.PositiveBigIntegerField(default=0)
    seal = models.CharField(max_length=64, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.count} entries"


class FailedTries(models.Model):
    """How often one thing was tried, such as one name from one machine. The key is a keyed digest of it."""

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.count} tries"


class RecoveryCode(models.Model):
    """One of ten codes that stand in for a lost phone, each once. Only its keyed digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "digest"), name="one_row_per_recovery_code"),)

    def __str__(self) -> str:
        return f"A recovery code of {self.user}"
