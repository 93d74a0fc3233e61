"""What happened to a request and what was said about it: tries, events, wishes to be left alone, words begun."""

from typing import Any, NoReturn, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from rlsinfo.consultations.models.choices import Outcome, State
from rlsinfo.consultations.models.requests import ConsultationRequest
from rlsinfo.model_fields import EncryptedText


class ContactAttempt(models.Model):
    """One press of a button that says what happened. It is never changed, but it can be undone for a minute."""

    request = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="attempts")
    token = models.CharField(max_length=64, unique=True)
    """Drawn with the page: a button that was pressed twice counts once."""
    outcome = models.CharField(max_length=12, choices=Outcome)
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    """The how-manieth try it was; none if it only says how an earlier one ended."""
    at = models.DateTimeField()
    by_id = models.BigIntegerField()
    by_name = models.CharField(max_length=301)
    why = EncryptedText(max_length=500, blank=True)
    next_due_at = models.DateTimeField(null=True, blank=True)
    from_state = models.CharField(max_length=12, choices=State)
    to_state = models.CharField(max_length=12, choices=State)
    before = models.JSONField()
    """What the request was like, for undoing."""
    version_after = models.PositiveIntegerField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("-at", "-pk")
        # Holds all that figures ask of an attempt: they count hundreds of thousands without reading one whole.
        indexes = (models.Index(fields=("at", "outcome", "number", "undone_at", "request"), name="attempt_in_figures"),)
        constraints = (models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="outcome_is_known"),)

    def __str__(self) -> str:
        return f"{self.outcome} at {self.at.isoformat()}"


class Draft(models.Model):
    """Words somebody had begun to type about a request, kept until they are used."""

    request = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="drafts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    words = EncryptedText(max_length=500)
    updated_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("request", "by"), name="one_draft_each"),)

    def __str__(self) -> str:
        return f"draft for {self.request_id}"


class StopQuerySet(models.QuerySet["Stop"]):
    """Which wishes to be left alone."""

    def in_force(self) -> Self:
        """Those that were not taken back."""
        return self.filter(ended_at=None)


class Stop(models.Model):
    """Somebody asked not to be contacted; it holds for their number and address until they ask again (see stops.py)."""

    class Scope(models.TextChoices):
        EVERYTHING = "everything", "No contact at all"
        ADDRESS = "address", "The e-mail address is somebody else's"

    request = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="stops")
    scope = models.CharField(max_length=10, choices=Scope)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = StopQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = (models.Index(fields=("request",), condition=Q(ended_at__isnull=True), name="stop_in_force"),)

    def __str__(self) -> str:
        return f"stop at {self.at.isoformat()}"


class EventQuerySet(models.QuerySet["Event"]):
    """Events are only ever added."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are only ever added, never changed.")

    def delete(self) -> NoReturn:
        raise TypeError("Events are only ever added, never deleted.")


class Event(models.Model):
    """One thing that happened to a request: when, and who did it."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "Request received"
        TAKEN = "taken", "Taken"
        GIVEN_BACK = "given_back", "Given back"
        LEFT_LYING = "left_lying", "Taken, then left for 15 minutes"
        MOVED = "moved", "Moved"
        RESCHEDULED = "rescheduled", "Given another time"
        UNDONE = "undone", "Undone"
        CORRECTED = "corrected", "Corrected"
        NOTED = "noted", "Noted"
        STOPPED = "stopped", "Asked us to stop"
        ASKED_AGAIN = "asked_again", "Asked to hear from us again"
        MAIL_SENT = "mail_sent", "E-mail sent"
        MAIL_UNCERTAIN = "mail_uncertain", "E-mail may not have arrived"
        MAIL_FAILED = "mail_failed", "E-mail failed"
        MAIL_STOPPED = "mail_stopped", "E-mail not sent: they asked us to stop"
        MAIL_AGAIN = "mail_again", "E-mail to be sent again"

    request = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind)
    from_state = models.CharField(max_length=12, choices=State, blank=True)
    to_state = models.CharField(max_length=12, choices=State, blank=True)
    # Plain columns, so that removing a staff account does not rewrite the past.
    by_id = models.BigIntegerField(null=True, blank=True)
    by_name = models.CharField(max_length=301, blank=True)
    at = models.DateTimeField()
    why = EncryptedText(max_length=500, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ("-at", "-pk")
        # Of all that ever happened, figures count this alone.
        indexes = (models.Index(fields=("at", "request"), condition=Q(kind="left_lying"), name="event_left_lying"),)

    def __str__(self) -> str:
        return f"{self.kind} at {self.at.isoformat()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Events are only ever added, never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are only ever added, never deleted.")
