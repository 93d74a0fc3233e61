"""A consultation request: what somebody typed, what staff learned, where it stands; and how requests are found."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from rlsinfo.consultations.finding import EXTENSION, Search, digits, keys_of, keys_of_person
from rlsinfo.consultations.models.choices import CLOSED_STATES, MOVES, OPEN_STATES, Language, Reason, State, Topic
from rlsinfo.consultations.models.keys import SearchKey
from rlsinfo.model_fields import EncryptedText, ring

if TYPE_CHECKING:
    from rlsinfo.consultations.models.history import Event

# Read out over the phone, so none of 0 O Q, 1 I L, 2 Z, 5 S, 8 B, U V, which sound or look alike,
# and no vowels, so that no word appears by accident.
REFERENCE_ALPHABET = "CDFGHJKMNPRTWXY34679"
REFERENCE_LENGTH = 8
MOST_FOUND = 50
CLAIM = timedelta(minutes=15)
"""For how long somebody has a request in hand."""


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
