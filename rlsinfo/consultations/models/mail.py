"""The mail the site owes: one row for each message, written with what it is about and sent later."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import Q

from rlsinfo.consultations.models.history import Event
from rlsinfo.consultations.models.requests import ConsultationRequest
from rlsinfo.plumbing.models import Incident

UNATTENDED_AFTER = timedelta(minutes=30)
"""After this long somebody, or some server, should have come to a message."""
LEASE = timedelta(minutes=5)
"""Longer than any one sending takes: a worker that dies gives its message back after this."""
LONGEST_PAUSE = timedelta(minutes=32)
"""Between two attempts to send a message."""


class OutboxMailQuerySet(models.QuerySet["OutboxMail"]):
    """Which messages."""

    def due(self, now: datetime) -> Self:
        """Those to send now, the oldest first; what lies further ahead than it may was put there by a wrong clock."""
        astray = Q(due_at__gt=now + LONGEST_PAUSE) | Q(due_at__gt=now + LEASE, attempts=0)
        return self.filter(Q(due_at__lte=now) | astray).order_by("due_at", "pk")

    def stuck(self) -> Self:
        """Those about which only a person can decide, the oldest first."""
        # Said so, SQLite goes by the state; it would begin with all that are not due, which is all mail ever sent.
        return self.filter(~Q(due_at__isnull=False), state__in=OutboxMail.STUCK).order_by("created_at", "pk")

    def unattended(self, now: datetime) -> Self:
        """Those that nobody comes to: no worker, or no server that takes them. One that is refused is no sign of that."""
        never_tried = Q(attempts=0, created_at__lt=now - UNATTENDED_AFTER, due_at__isnull=False)
        return self.filter(Q(due_at__lt=now - UNATTENDED_AFTER) | never_tried)


MAIL_TROUBLES = {
    "SMTPRecipientsRefused": "the address was refused",
    "SMTPSenderRefused": "our own address was refused",
    "SMTPDataError": "the text was refused",
    "SMTPAuthenticationError": "our sign-in was refused",
    "InDoubt": "the line broke before the mail server answered",
    "SSLCertVerificationError": "the line to the mail server was not safe",
    "SMTPNotSupportedError": "the line to the mail server was not safe",
    **dict.fromkeys(
        (
            "ConnectionRefusedError",
            "ConnectionResetError",
            "SMTPConnectError",
            "SMTPServerDisconnected",
            "TimeoutError",
        ),
        "the mail server was away",
    ),
}
"""In words for staff, what each kind of error means; of any other its name is shown, for whoever runs the site."""


class OutboxMail(models.Model):
    """One message to send. It holds no address and no text: both are looked up when it is sent."""

    class Kind(models.TextChoices):
        ALERT = "alert", "Alert to the front desk"
        RECEIPT = "receipt", "Receipt to the patient"
        INVITATION = "invitation", "Invitation to a member of staff"
        DIGEST = "digest", "Figures of the day"
        UNTOUCHED = "untouched", "Alarm: nobody has tried a request"
        TROUBLE = "trouble", "Alarm: the site is not well"
        WELL_AGAIN = "well_again", "The site is well again"

    class State(models.TextChoices):
        QUEUED = "queued", "waiting to be sent"
        SENT = "sent", "sent"
        UNCERTAIN = "uncertain", "may not have arrived"
        FAILED = "failed", "not sent"
        STOPPED = "stopped", "not sent: they asked us to stop"

    STUCK = (State.UNCERTAIN, State.FAILED)

    kind = models.CharField(max_length=10, choices=Kind)
    request = models.ForeignKey(
        ConsultationRequest, on_delete=models.PROTECT, null=True, blank=True, related_name="mails"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    day = models.DateField(null=True, blank=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="mails")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    # The kind of error only: the text of one may carry an address.
    last_error = models.CharField(max_length=100, blank=True)
    message_id = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField()

    objects = OutboxMailQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("request", "kind"), name="one_mail_of_a_kind"),
            models.UniqueConstraint(fields=("day", "kind"), name="one_mail_of_a_kind_a_day"),
            models.UniqueConstraint(fields=("incident", "kind"), name="one_mail_of_a_kind_an_incident"),
            models.CheckConstraint(condition=~Q(state="queued") | Q(due_at__isnull=False), name="queued_mail_is_due"),
            models.CheckConstraint(
                condition=Q(kind__in=("alert", "receipt"), request__isnull=False)
                | Q(kind="invitation", user__isnull=False)
                | Q(kind__in=("digest", "untouched"), day__isnull=False)
                | Q(kind__in=("trouble", "well_again"), incident__isnull=False),
                name="mail_is_about_something",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} for {self.request or self.day or self.incident or 'somebody'}"

    @property
    def trouble(self) -> str:
        """What went wrong when it was last tried, in words for staff."""
        return MAIL_TROUBLES.get(self.last_error, self.last_error)

    @property
    def can_be_sent_again(self) -> bool:
        """Whether only a person can decide what becomes of this message."""
        return self.due_at is None and self.state in self.STUCK

    def send_again(self, *, by: AbstractUser, now: datetime) -> None:
        """Give a message that failed or may not have arrived a fresh start; of two who press, one does it."""
        with transaction.atomic():
            stuck = OutboxMail.objects.stuck().filter(pk=self.pk)
            if stuck.update(state=self.State.QUEUED, attempts=0, due_at=now) and self.request:
                self.request.record(Event.Kind.MAIL_AGAIN, at=now, by=by, why=self.get_kind_display())
