"""A consultation request, its states and moves, what happened to it, and the mail it owes."""

import re
import secrets
import unicodedata
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any, NoReturn, Self

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils import timezone

# Read out over the phone, so none of 0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V, which sound or look alike,
# and no vowels, so that no word appears by accident.
REFERENCE_ALPHABET = "CDFGHJKMNPRTWXY34679"
REFERENCE_LENGTH = 8

EXTENSION = re.compile(r"(?:\b(?:ext|extension|extn)\b|x|#)[\s.:]*(\d{1,6})\s*$", re.IGNORECASE)


class Topic(models.TextChoices):
    """What the person would like to talk about."""

    RLS_OR_VEINS = "rls_or_veins", "Restless legs or veins, I am not sure which"
    VEINS = "veins", "Bulging or aching veins"
    RLS = "rls", "Restless legs"
    TESTS = "tests", "Which tests or which doctor I need"
    OTHER = "other", "Something else"


class BestTime(models.TextChoices):
    """When a call suits, in words only: hours would promise more than we know."""

    MORNING = "morning", "Morning"
    MIDDAY = "midday", "Midday"
    AFTERNOON = "afternoon", "Afternoon"


class State(models.TextChoices):
    """Where a request stands."""

    NEW = "new", "New"
    WORKING = "working", "Taken"
    TRYING = "trying", "Trying to reach them"
    TALKING = "talking", "Talking with them"
    THINKING = "thinking", "Thinking it over"
    SCHEDULED = "scheduled", "Visit booked"
    NOT_FOR_US = "not_for_us", "Not for us"
    DECLINED = "declined", "Declined"
    NO_CONTACT = "no_contact", "Could not be reached"
    SPAM = "spam", "Spam"
    DUPLICATE = "duplicate", "Duplicate"


OPEN_STATES = (State.NEW, State.WORKING, State.TRYING, State.TALKING, State.THINKING)
CLOSED_STATES = tuple(state for state in State if state not in OPEN_STATES)

MOVES: dict[State, tuple[State, ...]] = {
    State.NEW: (State.WORKING, State.DUPLICATE, State.SPAM),
    State.WORKING: (State.TRYING, State.TALKING, State.NEW, State.DUPLICATE, State.SPAM),
    # A second try that nobody answers is worth recording too.
    State.TRYING: (State.TALKING, State.TRYING, State.NO_CONTACT, State.DUPLICATE, State.SPAM),
    State.TALKING: (
        State.SCHEDULED,
        State.THINKING,
        State.TRYING,
        State.NOT_FOR_US,
        State.DECLINED,
        State.DUPLICATE,
        State.SPAM,
    ),
    State.THINKING: (
        State.TALKING,
        State.TRYING,
        State.SCHEDULED,
        State.NOT_FOR_US,
        State.DECLINED,
        State.NO_CONTACT,
    ),
    State.SCHEDULED: (State.WORKING,),
    State.NOT_FOR_US: (State.WORKING,),
    State.DECLINED: (State.WORKING,),
    State.NO_CONTACT: (State.WORKING,),
    State.SPAM: (State.NEW,),
    State.DUPLICATE: (State.NEW,),
}


class MoveNotAllowed(Exception):
    """The rules do not let this request go there; the message is a sentence for staff."""


class StaleRequest(Exception):
    """Someone else moved the request after this page was opened."""


def new_reference() -> str:
    """Eight characters drawn at random: nobody can guess one from another."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))


def phone_digits(typed: str) -> str:
    """The digits that find a number again, however it was written.

    "+1 (555) 010-0177 ext. 22" -> "5550100177"
    """
    digits = _digits(EXTENSION.sub("", typed))
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


def normalised_email(typed: str) -> str:
    """The form of an address by which two are compared: "Ana@Example.com " -> "ana@example.com"."""
    return typed.strip().lower()


def folded_name(typed: str) -> str:
    """A name as somebody at a keyboard would look for it: "José Núñez" -> "jose nunez"."""
    letters = unicodedata.normalize("NFKD", typed)
    return "".join(c for c in letters if not unicodedata.combining(c)).casefold()


def _digits(text: str) -> str:
    # Digits of every script count, and are kept as ASCII.
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())


class ConsultationRequestQuerySet(models.QuerySet["ConsultationRequest"]):
    """Which requests."""

    def open(self) -> Self:
        """Those for which somebody at the clinic still has something to do."""
        return self.filter(state__in=OPEN_STATES)

    def waiting(self) -> Self:
        """Open requests, the longest wait first."""
        return self.open().order_by("received_at", "pk")

    def from_same_person(self, *, phone: str, email: str) -> Self:
        """Those that share a number or an address; neither an empty number nor an empty address counts."""
        same = Q()
        if digits := phone_digits(phone):
            same |= Q(phone_digits=digits)
        if address := normalised_email(email):
            same |= Q(email_normalised=address)
        return self.filter(same) if same else self.none()

    def find(self, text: str) -> Self:
        """Those a caller may mean: name parts in any order, a phone number in any format,
        an e-mail address, or a reference with or without its space.
        """
        words = folded_name(text).split()
        if not words:
            return self.none()
        found = reduce(and_, (Q(name_folded__contains=word) for word in words))
        found |= Q(reference="".join(text.split()).upper())
        if "@" in text:
            found |= Q(email_normalised__contains=normalised_email(text))
        # Fewer than three digits would match half the list.
        if len(digits := phone_digits(text)) >= 3:
            found |= Q(phone_digits__contains=digits)
        return self.filter(found)


class ConsultationRequest(models.Model):
    """One person asking the clinic to call. What they typed is never changed."""

    reference = models.CharField(max_length=REFERENCE_LENGTH, unique=True, default=new_reference)
    submission_key = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField(db_index=True)

    state = models.CharField(max_length=12, choices=State, default=State.NEW, db_index=True)
    state_changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    name = models.CharField(max_length=150)
    # The searchable forms have no length of their own: folding a letter can make several of it.
    name_folded = models.TextField(editable=False)
    phone = models.CharField(max_length=60, blank=True)
    phone_digits = models.CharField(max_length=60, blank=True, editable=False, db_index=True)
    email = models.EmailField(blank=True)
    email_normalised = models.TextField(blank=True, editable=False, db_index=True)
    best_times = models.JSONField(default=list, blank=True)
    may_leave_message = models.BooleanField()
    topic = models.CharField(max_length=12, choices=Topic)
    note = models.TextField(max_length=1000, blank=True)
    help_needed = models.CharField(max_length=200, blank=True)
    consent_version = models.CharField(max_length=20)
    consent_at = models.DateTimeField()
    source = models.CharField(max_length=200, blank=True)

    spam_reasons = models.JSONField(default=list, blank=True)
    related_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="related_from")

    objects = ConsultationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "request"
        # Nothing a patient sent can be added, rewritten or deleted by hand.
        default_permissions = ("view",)
        permissions = (("move_consultationrequest", "Can move a request between states"),)
        constraints = (
            models.UniqueConstraint(fields=("submission_key", "content_hash"), name="one_row_per_submission"),
            models.CheckConstraint(condition=~Q(phone="") | ~Q(email=""), name="request_can_be_answered"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="request_state_is_known"),
            # TRIM with a list of characters, not a regular expression: SQLite knows the latter
            # only inside Django, and the rule must hold for every program that opens the file.
            models.CheckConstraint(
                condition=Q(
                    Exact(Length("reference"), REFERENCE_LENGTH),
                    Exact(
                        Func(F("reference"), Value(REFERENCE_ALPHABET), function="TRIM"),
                        Value(""),
                    ),
                ),
                name="request_reference_is_readable",
            ),
        )

    def __str__(self) -> str:
        return self.reference

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the columns we search by equal to the words they come from."""
        self.name_folded = folded_name(self.name)
        self.phone_digits = phone_digits(self.phone)
        self.email_normalised = normalised_email(self.email)
        super().save(*args, **kwargs)

    @property
    def spoken_reference(self) -> str:
        """The reference as it is read out: K7MR 4PXD."""
        return f"{self.reference[:4]} {self.reference[4:]}"

    @property
    def short_name(self) -> str:
        """Enough to know who is meant across a front desk: Ana O."""
        first, *others = self.name.split()
        return f"{first} {others[-1][0]}." if others else first

    @property
    def phone_link(self) -> str:
        """The number for a telephone to dial, extension included (RFC 3966)."""
        extension = EXTENSION.search(self.phone)
        number = _digits(EXTENSION.sub("", self.phone))
        plus = "+" if self.phone.strip().startswith("+") else ""
        return f"tel:{plus}{number}" + (f";ext={extension[1]}" if extension else "")

    @property
    def is_open(self) -> bool:
        """Whether somebody at the clinic still has something to do."""
        return self.state in OPEN_STATES

    @property
    def allowed_moves(self) -> tuple[State, ...]:
        """Where the request may go from here, the likeliest first."""
        return MOVES[State(self.state)]

    def others_from_same_person(self) -> ConsultationRequestQuerySet:
        """Every other request that came from this number or address, or was sent with this one."""
        same = ConsultationRequest.objects.from_same_person(phone=self.phone, email=self.email)
        tied = Q(pk=self.related_to_id) | Q(related_to=self.pk) | Q(pk__in=same.values("pk"))
        return ConsultationRequest.objects.filter(tied).exclude(pk=self.pk).order_by("-received_at")

    def move(self, to: State, *, by: AbstractUser, why: str = "", version: int) -> None:
        """Take the request to another state and write down who did it and why.

        The change is one compare-and-swap: of two people who press a button on the same
        version, one is told that the other was first.
        """
        if self.version != version:
            raise StaleRequest
        if to not in self.allowed_moves:
            raise MoveNotAllowed(f"A request that is “{State(self.state).label}” cannot become “{to.label}”.")
        why = why.strip()
        if to in CLOSED_STATES and not why:
            raise MoveNotAllowed("Say why before you close this request.")

        now = timezone.now()
        with transaction.atomic():
            moved = ConsultationRequest.objects.filter(pk=self.pk, state=self.state, version=version).update(
                state=to, state_changed_at=now, version=version + 1
            )
            if not moved:
                raise StaleRequest
            self.record(Event.Kind.MOVED, at=now, by=by, why=why, from_state=self.state, to_state=to)
        self.state, self.state_changed_at, self.version = to, now, version + 1

    def record(
        self,
        kind: "Event.Kind",
        *,
        at: datetime,
        by: AbstractUser | None = None,
        why: str = "",
        from_state: str = "",
        to_state: str = "",
    ) -> None:
        """Write down that something happened; with nobody named, the site itself did it."""
        self.events.create(
            kind=kind,
            at=at,
            by_id=by.pk if by else None,
            by_name=by.get_full_name() or by.get_username() if by else "",
            why=why,
            from_state=from_state,
            to_state=to_state,
        )


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
        VIEWED = "viewed", "Opened"
        MOVED = "moved", "Moved"
        MAIL_SENT = "mail_sent", "E-mail sent"
        MAIL_UNCERTAIN = "mail_uncertain", "E-mail may not have arrived"
        MAIL_FAILED = "mail_failed", "E-mail failed"
        MAIL_AGAIN = "mail_again", "E-mail to be sent again"

    request = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind)
    from_state = models.CharField(max_length=12, choices=State, blank=True)
    to_state = models.CharField(max_length=12, choices=State, blank=True)
    # Plain columns, so that removing a staff account does not rewrite the past.
    by_id = models.BigIntegerField(null=True, blank=True)
    by_name = models.CharField(max_length=301, blank=True)
    at = models.DateTimeField()
    why = models.CharField(max_length=500, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.kind} at {self.at.isoformat()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("Events are only ever added, never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Events are only ever added, never deleted.")


class OutboxMailQuerySet(models.QuerySet["OutboxMail"]):
    """Which messages."""

    def due(self, now: datetime) -> Self:
        """Those to send now, the oldest first."""
        return self.filter(due_at__lte=now).order_by("due_at", "pk")


class OutboxMail(models.Model):
    """One message to send. It holds no address and no text: both are looked up when it is sent."""

    class Kind(models.TextChoices):
        ALERT = "alert", "Alert to the front desk"
        RECEIPT = "receipt", "Receipt to the patient"

    class State(models.TextChoices):
        QUEUED = "queued", "waiting to be sent"
        SENT = "sent", "sent"
        UNCERTAIN = "uncertain", "may not have arrived"
        FAILED = "failed", "not sent"

    request = models.ForeignKey(ConsultationRequest, on_delete=models.PROTECT, related_name="mails")
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
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
            models.CheckConstraint(condition=~Q(state="queued") | Q(due_at__isnull=False), name="queued_mail_is_due"),
        )

    def __str__(self) -> str:
        return f"{self.kind} for request {self.request_id}"

    @property
    def can_be_sent_again(self) -> bool:
        """Whether only a person can decide what becomes of this message."""
        return self.due_at is None and self.state != self.State.SENT

    def send_again(self, *, by: AbstractUser) -> None:
        """Give a message that failed or may not have arrived a fresh start; of two who press, one does it."""
        now = timezone.now()
        with transaction.atomic():
            stuck = OutboxMail.objects.filter(pk=self.pk, due_at=None).exclude(state=self.State.SENT)
            if stuck.update(state=self.State.QUEUED, attempts=0, due_at=now):
                self.request.record(Event.Kind.MAIL_AGAIN, at=now, by=by, why=self.get_kind_display())
