"""A consultation request, its states and moves, what happened to it, and the mail it owes."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from rlsinfo.consultations.finding import EXTENSION, Search, digits, keys_of, keys_of_person
from rlsinfo.model_fields import EncryptedText, ring
from rlsinfo.plumbing.models import Incident

# Read out over the phone, so none of 0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V, which sound or look alike,
# and no vowels, so that no word appears by accident.
REFERENCE_ALPHABET = "CDFGHJKMNPRTWXY34679"
REFERENCE_LENGTH = 8
TRIES = 6
MOST_FOUND = 50
CLAIM = timedelta(minutes=15)
"""For how long somebody has a request in hand."""
UNATTENDED_AFTER = timedelta(minutes=30)
"""After this long somebody, or some server, should have come to a message."""


class Topic(models.TextChoices):
    """What the person would like to talk about."""

    RLS_OR_VEINS = "rls_or_veins", _("Restless legs or veins, I am not sure which")
    VEINS = "veins", _("Bulging or aching veins")
    RLS = "rls", _("Restless legs")
    TESTS = "tests", _("Which tests or which doctor I need")
    OTHER = "other", _("Something else")


class BestTime(models.TextChoices):
    """When a call suits, in words only: hours would promise more than we know."""

    MORNING = "morning", _("Morning")
    MIDDAY = "midday", _("Midday")
    AFTERNOON = "afternoon", _("Afternoon")


class Language(models.TextChoices):
    """In which the form was filled in; the receipt is written in it too."""

    ENGLISH = "en-us", "English"
    SPANISH = "es", "Spanish"


class State(models.TextChoices):
    """Where a request stands. Who has it in hand is a claim, not a state: it runs out by itself."""

    NEW = "new", "New"
    TRYING = "trying", "Trying to reach them"
    TALKING = "talking", "Talking with them"
    CALL_BACK = "call_back", "Call-back promised"
    SCHEDULED = "scheduled", "Visit booked"
    NOT_FOR_US = "not_for_us", "Not for us"
    DECLINED = "declined", "Declined"
    NO_CONTACT = "no_contact", "Could not be reached"
    STOPPED = "stopped", "Asked us to stop"
    SPAM = "spam", "Spam"
    DUPLICATE = "duplicate", "Duplicate"
    TEST = "test", "Test"


OPEN_STATES = (State.NEW, State.TRYING, State.TALKING, State.CALL_BACK)
CLOSED_STATES = tuple(state for state in State if state not in OPEN_STATES)

_ENDS = (
    State.SCHEDULED,
    State.NOT_FOR_US,
    State.DECLINED,
    State.STOPPED,
    State.DUPLICATE,
    State.SPAM,
    State.TEST,
)
MOVES: dict[State, tuple[State, ...]] = {
    State.NEW: (State.TRYING, State.TALKING, State.CALL_BACK, *_ENDS),
    # Each further try that nobody answers is a move too.
    State.TRYING: (State.TRYING, State.TALKING, State.CALL_BACK, *_ENDS, State.NO_CONTACT),
    State.TALKING: (State.TRYING, State.CALL_BACK, *_ENDS),
    State.CALL_BACK: (State.TRYING, State.TALKING, State.CALL_BACK, *_ENDS, State.NO_CONTACT),
    State.SCHEDULED: (State.CALL_BACK,),
    State.NOT_FOR_US: (State.CALL_BACK,),
    State.DECLINED: (State.CALL_BACK,),
    State.NO_CONTACT: (State.CALL_BACK,),
    State.STOPPED: (State.CALL_BACK,),
    State.SPAM: (State.NEW,),
    State.DUPLICATE: (State.NEW,),
    State.TEST: (State.NEW,),
}


class Outcome(models.TextChoices):
    """How a try to reach somebody ended, as one press of a button says it."""

    NO_ANSWER = "no_answer", "No answer"
    LEFT_MESSAGE = "left_message", "Left a message"
    WROTE = "wrote", "Wrote an e-mail"
    TEXTED = "texted", "Sent a text"
    REACHED = "reached", "Reached"
    CALL_BACK = "call_back", "Call back later"
    WRONG_NUMBER = "wrong_number", "Wrong number"
    BOOKED = "booked", "Visit booked"
    CLOSED = "closed", "Closed"


class Reason(models.TextChoices):
    """Why a request was closed without a visit."""

    OWN_DOCTOR = "own_doctor", "Not for us: their own doctor or another clinic"
    OUT_OF_AREA = "out_of_area", "Not for us: too far away"
    INSURANCE = "insurance", "Not for us: insurance"
    DECLINED = "declined", "They decided against it"
    NO_CONTACT = "no_contact", "Could not be reached"
    STOPPED = "stopped", "They asked us not to contact them again"
    DUPLICATE = "duplicate", "The same as another request"
    SPAM = "spam", "Spam or advertising"
    TEST = "test", "It was a test"

    @property
    def state(self) -> State:
        """Where a request goes that is closed for this reason."""
        not_for_us = {Reason.OWN_DOCTOR, Reason.OUT_OF_AREA, Reason.INSURANCE}
        return State.NOT_FOR_US if self in not_for_us else State(self.value)


def new_reference() -> str:
    """Eight characters drawn at random: nobody can guess one from another."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))


class ConsultationRequestQuerySet(models.QuerySet["ConsultationRequest"]):
    """Which requests. Every request stands on exactly one of four lists: due, waiting, to skim, closed."""

    def open(self) -> Self:
        """Those for which somebody at the clinic still has something to do: they have a time when it is due."""
        return self.filter(next_due_at__isnull=False)

    def due(self, now: datetime) -> Self:
        """Those to call now."""
        return self.filter(next_due_at__lte=now)

    def waiting(self, now: datetime) -> Self:
        """Open requests whose time has not come, the next first."""
        return self.filter(next_due_at__gt=now).order_by("next_due_at", "pk")

    def to_skim(self) -> Self:
        """Those set aside on arrival that nobody has looked at, the oldest first."""
        return self.filter(skim_since__isnull=False).order_by("skim_since", "pk")

    def closed(self) -> Self:
        """Those that are done, the latest first."""
        return self.filter(closed_at__isnull=False, skim_since=None).order_by("-closed_at", "-pk")

    def real(self) -> Self:
        """Those that count in figures: no tests."""
        return self.filter(is_test=False)

    def from_same_person(self, *, phone: str, email: str) -> Self:
        """Those that share a number or an address; neither an empty number nor an empty address counts."""
        return self.filter(pk__in=SearchKey.objects.any_of(keys_of_person(phone, email)).values("request"))

    def find(self, text: str) -> Sequence["ConsultationRequest"]:
        """Those a caller may mean, the best fit and then the newest first: name parts in any order and with a slip,
        a phone number in any format, an e-mail address, or a reference with or without its space.
        """
        search = Search(text)
        may_be_reference = len(search.reference) == REFERENCE_LENGTH and not search.reference.strip(REFERENCE_ALPHABET)
        found = list(self.filter(reference=search.reference)) if may_be_reference else []
        if search.key_sets:
            first, *others = search.key_sets
            keys = SearchKey.objects.any_of(first)
            for each in others:
                keys = keys.filter(request__in=SearchKey.objects.any_of(each).values("request"))
            # The newest of those who share a very common name: staff are asked to type more.
            newest = keys.order_by("-request").values("request").distinct()
            candidates = self.filter(pk__in=newest[: 4 * MOST_FOUND])
            misses = [(search.misses(each), each) for each in candidates]
            fits = sorted((slips, -each.pk, each) for slips, each in misses if slips is not None)
            found += [each for _, _, each in fits if each not in found]
        return found[:MOST_FOUND]


class ConsultationRequest(models.Model):
    """One person asking the clinic to call. What they typed is never changed."""

    reference = models.CharField(max_length=REFERENCE_LENGTH, unique=True, default=new_reference)
    submission_key = models.CharField(max_length=64)
    content_hash = models.CharField(max_length=64)
    received_at = models.DateTimeField(db_index=True)

    state = models.CharField(max_length=12, choices=State, default=State.NEW, db_index=True)
    state_changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    name = EncryptedText(max_length=150)
    phone = EncryptedText(max_length=60, blank=True)
    email = EncryptedText(max_length=254, blank=True)
    best_times = models.JSONField(default=list, blank=True)
    may_leave_message = models.BooleanField()
    topic = models.CharField(max_length=12, choices=Topic)
    note = EncryptedText(max_length=1000, blank=True)
    help_needed = EncryptedText(max_length=200, blank=True)
    consent_version = models.CharField(max_length=20)
    consent_at = models.DateTimeField()
    consent_page = models.CharField(max_length=200, blank=True, default="", db_default="")
    text_consent_version = models.CharField(max_length=20, blank=True, default="", db_default="")
    """Empty when they did not agree to text messages; agreed at the same time and on the same page."""
    text_consent_ended_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, choices=Language, default=Language.ENGLISH, db_default=Language.ENGLISH)

    # What staff learned stands beside what was typed.
    corrected_name = EncryptedText(max_length=150, blank=True)
    corrected_phone = EncryptedText(max_length=60, blank=True)
    corrected_email = EncryptedText(max_length=254, blank=True)

    urgent = models.BooleanField(default=False)
    """Its words may tell of an emergency: it stands first until somebody has spoken with the person."""
    clock_started_at = models.DateTimeField()
    """From when the clinic's answer is timed: on arrival, or when it was restored from spam."""
    next_due_at = models.DateTimeField(null=True, blank=True)
    overdue_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    first_try_at = models.DateTimeField(null=True, blank=True)
    first_contact_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.CharField(max_length=12, choices=Reason, blank=True)
    visit_date = models.DateField(null=True, blank=True)
    skim_since = models.DateTimeField(null=True, blank=True)
    """Set aside on arrival as spam, and nobody has looked yet."""
    restored_at = models.DateTimeField(null=True, blank=True)
    """Somebody took it out of the spam again: the site had judged wrongly."""
    is_test = models.BooleanField(default=False)

    removed_at = models.DateTimeField(null=True, blank=True)
    """When everything about the person was removed; what is left counts in figures (see removal.py)."""

    spam_reasons = models.JSONField(default=list, blank=True)
    related_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="related_from")

    objects = ConsultationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "request"
        # Nothing a patient sent can be added, rewritten or deleted by hand.
        default_permissions = ("view",)
        permissions = (
            ("move_consultationrequest", "Can move a request between states"),
            ("export_consultationrequest", "Can export requests"),
            ("view_figures", "Can see figures, which hold no names"),
            ("erase_consultationrequest", "Can copy and erase everything about one person"),
            ("view_plumbing", "Can see whether backups, mail and tests are well"),
        )
        # Each holds only the rows of its list, so a list costs the same however many requests are closed.
        indexes = (
            models.Index(fields=("next_due_at",), condition=Q(next_due_at__isnull=False), name="request_due"),
            models.Index(fields=("skim_since",), condition=Q(skim_since__isnull=False), name="request_to_skim"),
            models.Index(fields=("closed_at", "id"), condition=Q(closed_at__isnull=False), name="request_closed"),
            models.Index(
                fields=("state", "closed_at", "id"), condition=Q(closed_at__isnull=False), name="request_closed_as"
            ),
            models.Index(fields=("clock_started_at",), name="request_clock"),
            models.Index(fields=("id",), condition=Q(is_test=True), name="request_is_test"),
        )
        constraints = (
            models.UniqueConstraint(fields=("submission_key", "content_hash"), name="one_row_per_submission"),
            models.CheckConstraint(
                condition=~Q(phone="") | ~Q(email="") | Q(removed_at__isnull=False), name="request_can_be_answered"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True)
                | Q(
                    name="",
                    phone="",
                    email="",
                    note="",
                    help_needed="",
                    corrected_name="",
                    corrected_phone="",
                    corrected_email="",
                    next_due_at__isnull=True,
                ),
                name="what_was_removed_holds_nobody",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="request_state_is_known"),
            # Nothing open is ever without a time at which it comes back to somebody.
            models.CheckConstraint(
                condition=Q(
                    state__in=OPEN_STATES, next_due_at__isnull=False, overdue_at__isnull=False, closed_at__isnull=True
                )
                | Q(
                    state__in=CLOSED_STATES, next_due_at__isnull=True, overdue_at__isnull=True, closed_at__isnull=False
                ),
                name="request_is_due_or_closed",
            ),
            models.CheckConstraint(
                condition=Q(skim_since__isnull=True) | Q(state=State.SPAM), name="only_spam_is_skimmed"
            ),
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

    def get_topic_display(self) -> str:  # type: ignore[no-redef]  # Django has one of its own
        """What they want to talk about. Django's own puts every topic into words first, for each line of a list."""
        return str(Topic(self.topic).label) if self.topic in Topic.values else self.topic

    @property
    def spoken_reference(self) -> str:
        """The reference as it is read out: K7MR 4PXD."""
        return f"{self.reference[:4]} {self.reference[4:]}"

    @property
    def short_name(self) -> str:
        """Enough to know who is meant across a front desk: Ana O."""
        if self.removed_at:
            return "Removed"
        first, *others = (self.corrected_name or self.name).split()
        return f"{first} {others[-1][0]}." if others else first

    @property
    def phone_to_call(self) -> str:
        """The number that reaches them, as far as we know; empty if there is none."""
        return self.corrected_phone or self.phone

    @property
    def email_to_use(self) -> str:
        """The address that reaches them, as far as we know; empty if there is none."""
        return self.corrected_email or self.email

    @property
    def may_text(self) -> bool:
        """Whether they agreed to text messages, and still do."""
        return bool(self.text_consent_version and self.phone_to_call) and self.text_consent_ended_at is None

    @property
    def phone_link(self) -> str:
        """The number for a telephone to dial, extension included (RFC 3966)."""
        extension = EXTENSION.search(self.phone_to_call)
        number = digits(EXTENSION.sub("", self.phone_to_call))
        plus = "+" if self.phone_to_call.strip().startswith("+") else ""
        return f"tel:{plus}{number}" + (f";ext={extension[1]}" if extension else "")

    @property
    def is_open(self) -> bool:
        """Whether somebody at the clinic still has something to do."""
        return self.state in OPEN_STATES

    def is_claimed(self, now: datetime) -> bool:
        """Whether somebody has it in hand at this moment; a wrong clock must not leave it there for days."""
        return self.claimed_until is not None and now < self.claimed_until < now + 2 * CLAIM

    @property
    def allowed_moves(self) -> tuple[State, ...]:
        """Where the request may go from here, the likeliest first."""
        return () if self.removed_at else MOVES[State(self.state)]

    def others_from_same_person(self) -> ConsultationRequestQuerySet:
        """Every other request that came from this number or address, or was sent with this one."""
        requests = ConsultationRequest.objects
        keys = keys_of_person(self.phone, self.email) | keys_of_person(self.corrected_phone, self.corrected_email)
        same = SearchKey.objects.any_of(keys).values("request")
        earlier = requests.filter(related_from=self.pk).values("pk")
        later = requests.filter(related_to=self.pk).values("pk")
        # A union, because for an OR of the three SQLite reads every request there is.
        return requests.filter(pk__in=same.union(earlier, later)).exclude(pk=self.pk).order_by("-received_at")

    def make_findable(self, *, is_new: bool = False) -> None:
        """Store the keys of everything this person is known by, typed or corrected, and of nothing else."""
        texts = keys_of(self.name, self.phone, self.email)
        texts |= keys_of(self.corrected_name, self.corrected_phone, self.corrected_email)
        keys = {ring().fingerprint(text) for text in texts}
        if not is_new:
            self.search_keys.exclude(key__in=keys).delete()
        SearchKey.objects.bulk_create((SearchKey(request=self, key=key) for key in keys), ignore_conflicts=True)

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
            kind=kind, at=at, why=why, from_state=from_state, to_state=to_state, **who_did(by) if by else {}
        )


def display_name(user: AbstractUser) -> str:
    """The name by which colleagues know somebody."""
    return user.get_full_name() or user.get_username()


def who_did(user: AbstractUser) -> dict[str, Any]:
    """Somebody's number and name as they are written into the past, where they outlast the account."""
    return {"by_id": user.pk, "by_name": display_name(user)}


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
    request = models.ForeignKey(ConsultationRequest, on_delete=models.CASCADE, related_name="search_keys")

    objects = SearchKeyQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key} finds {self.request_id}"


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


class SealingKey(models.Model):
    """A key that stored texts may be sealed with, by its public name: the site does not start without it."""

    name = models.CharField(max_length=8, primary_key=True)
    noted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
