"""What staff do with a request: take it, say what happened, undo that, put it right. Each is one compare-and-swap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from rlsinfo.consultations import intake, stops, timing
from rlsinfo.consultations.hours import TRIES
from rlsinfo.consultations.models import (
    CLAIM,
    CLOSED_STATES,
    ConsultationRequest,
    ContactAttempt,
    Draft,
    Event,
    Outcome,
    Reason,
    State,
    Stop,
    display_name,
    who_did,
)
from rlsinfo.consultations.stops import Standing

UNDO = timedelta(seconds=60)
DAYS_OF_TRIES = 3
PARTS_OF_TRIES = 3
LETTERS = 3

LEADS_TO = {
    Outcome.NO_ANSWER: State.TRYING,
    Outcome.LEFT_MESSAGE: State.TRYING,
    Outcome.WROTE: State.TRYING,
    Outcome.TEXTED: State.TRYING,
    Outcome.WRONG_NUMBER: State.TRYING,
    Outcome.REACHED: State.TALKING,
    Outcome.CALL_BACK: State.CALL_BACK,
    Outcome.BOOKED: State.SCHEDULED,
}
BY_PHONE = {Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Outcome.WRONG_NUMBER}
IN_WRITING = {Outcome.WROTE, Outcome.TEXTED}
CONTACT = {Outcome.REACHED, Outcome.CALL_BACK, Outcome.BOOKED}
SAID_NO = {State.DECLINED, State.STOPPED}
PUT_BACK_BY_UNDO = (
    "state",
    "state_changed_at",
    "next_due_at",
    "overdue_at",
    "tries",
    "first_try_at",
    "first_contact_at",
    "closed_at",
    "close_reason",
    "visit_date",
    "related_to",
    "is_test",
)


class NotAllowed(Exception):
    """The rules of the desk forbid it; the message is a sentence for staff."""


class Overtaken(Exception):
    """Somebody else changed the request after this page was opened, or has it in hand."""


@dataclass(frozen=True)
class Press:
    """One press of a button, and what stood beside it."""

    outcome: Outcome
    token: str
    version: int
    why: str = ""
    again: datetime | None = None
    """When to call again, if not when the button suggested."""
    visit_date: date | None = None
    reason: Reason | None = None
    same_as: str = ""
    """The reference of the request that this one repeats."""


def outcomes_for(request: ConsultationRequest, against: Standing | None = None) -> list[Outcome]:
    """The buttons that make sense: nothing about a phone where none was given, no message or text without a yes.

    Who asked us to stop can only be closed, until they ask again.
    """
    if not request.is_open:
        return []
    against = against or stops.of(request)
    if against.stop:
        return [Outcome.CLOSED]
    outcomes = [Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Outcome.WRONG_NUMBER] if request.phone_to_call else []
    if request.may_text:
        outcomes.append(Outcome.TEXTED)
    if request.email_to_use and against.may_write_to(request.email_to_use):
        outcomes.append(Outcome.WROTE)
    outcomes += [Outcome.REACHED, Outcome.CALL_BACK, Outcome.BOOKED, Outcome.CLOSED]
    if not request.may_leave_message and Outcome.LEFT_MESSAGE in outcomes:
        outcomes.remove(Outcome.LEFT_MESSAGE)
    return [each for each in outcomes if each == Outcome.CLOSED or LEADS_TO[each] in request.allowed_moves]


def claim(
    request: ConsultationRequest, *, by: AbstractUser, version: int, now: datetime, from_other: bool = False
) -> None:
    """Take a request in hand for a quarter of an hour; of two who press, one has it.

    Raises Overtaken if somebody else has it, unless it is taken from them knowingly.
    """
    _check_open(request)
    astray = Q(claimed_until__gte=now + 2 * CLAIM)
    free = Q() if from_other else Q(claimed_until=None) | Q(claimed_until__lte=now) | astray | Q(claimed_by=by.pk)
    had = request.claimed_by if request.is_claimed(now) and request.claimed_by_id != by.pk else None
    with transaction.atomic():
        _change(request, version, free, claimed_by_id=by.pk, claimed_until=now + CLAIM)
        request.record(Event.Kind.TAKEN, at=now, by=by, why=f"From {display_name(had)}" if had else "")


def give_back(request: ConsultationRequest, *, by: AbstractUser, version: int, now: datetime) -> None:
    """Let somebody else have it."""
    with transaction.atomic():
        _change(request, version, Q(claimed_by=by.pk), claimed_by_id=None, claimed_until=None)
        request.record(Event.Kind.GIVEN_BACK, at=now, by=by)


def let_go(now: datetime) -> None:
    """What somebody took and then left for a quarter of an hour is anybody's again; that is written down and counted.

    A talk may take longer: the list asks by itself how it ended.
    """
    left = ConsultationRequest.objects.open().filter(claimed_until__lte=now).exclude(state=State.TALKING)
    for request in left.select_related("claimed_by"):
        assert request.claimed_until is not None  # noqa: S101 - the query says so
        with transaction.atomic():
            # Only if they have not come back this moment. The version stays: whoever does come back can go on.
            as_it_was = ConsultationRequest.objects.filter(pk=request.pk, claimed_until=request.claimed_until)
            if as_it_was.update(claimed_by=None, claimed_until=None):
                request.record(Event.Kind.LEFT_LYING, at=request.claimed_until, by=request.claimed_by)


def press(request: ConsultationRequest, said: Press, *, by: AbstractUser, now: datetime) -> ContactAttempt:
    """Write down what happened, and when the request comes back; pressed twice, it is written down once.

    Raises NotAllowed with the reason, or Overtaken.
    """
    try:
        with transaction.atomic():
            return _pressed_before(request, said) or _press(request, said, by, now)
    except (IntegrityError, Overtaken):
        # Of two presses at one instant the first is written down; the second finds it here.
        if attempt := _pressed_before(request, said):
            return attempt
        raise


def undo(attempt: ContactAttempt, *, by: AbstractUser, now: datetime) -> None:
    """Put the request back to what it was before this press.

    Raises NotAllowed when it was too long ago, somebody else's, or not the last thing that happened.
    """
    if attempt.by_id != by.pk:
        raise NotAllowed("Only the person who pressed the button can undo it.")
    if now > attempt.at + UNDO:
        raise NotAllowed(
            f"That was more than {UNDO.seconds} seconds ago. Say what is right with another button instead."
        )
    request = attempt.request
    fields = {field.name: field for field in request._meta.fields}
    before = {fields[name].attname: fields[name].to_python(value) for name, value in attempt.before.items()}
    try:
        with transaction.atomic():
            # It stays in their hands: they are about to press the right button.
            before |= {"claimed_by_id": by.pk, "claimed_until": now + CLAIM}
            _change(request, attempt.version_after, Q(), **before)
            if not ContactAttempt.objects.filter(pk=attempt.pk, undone_at=None).update(undone_at=now):
                raise Overtaken
            if attempt.to_state == State.STOPPED:
                stops.take_back(request, attempt.at, now)
            request.record(Event.Kind.UNDONE, at=now, by=by, why=attempt.get_outcome_display())
    except Overtaken as overtaken:
        raise NotAllowed("Something has happened since, so it cannot be undone.") from overtaken


def reschedule(request: ConsultationRequest, again: datetime, *, by: AbstractUser, version: int, now: datetime) -> None:
    """Give an open request another time at which it comes back."""
    if not request.is_open:
        raise NotAllowed("This request is closed, so it has no next time.")
    _check_hands(request, by, now)
    _check_time(again, now)
    # A new request that is put off knowingly has been read: it is no longer late by the clock of arrival.
    late = timing.overdue_at(State.TRYING if request.state == State.NEW else State(request.state), again, again)
    with transaction.atomic():
        _change(request, version, Q(), next_due_at=again, overdue_at=late)
        request.record(Event.Kind.RESCHEDULED, at=now, by=by)


def reopen(request: ConsultationRequest, *, by: AbstractUser, version: int, why: str, now: datetime) -> None:
    """Take up again what was closed, because they called after all; it is due at once."""
    if request.is_open:
        raise NotAllowed("This request is open already.")
    _check_move(request, State.CALL_BACK)
    with transaction.atomic():
        _put(request, State.CALL_BACK, by=by, version=version, why=why, now=now, also={"tries": 0})
        if stops.of(request).stop:
            stops.end(request, now)
            request.record(Event.Kind.ASKED_AGAIN, at=now, by=by)


def restore(request: ConsultationRequest, *, by: AbstractUser, version: int, now: datetime) -> None:
    """Take a request out of the spam, the duplicates or the tests: it arrives as if it had come now.

    If the site itself had judged it spam, that counts as a wrong judgement.
    """
    _check_move(request, State.NEW)
    wrongly_judged = request.state == State.SPAM and bool(request.spam_reasons)
    arrival = {
        "clock_started_at": now,
        "tries": 0,
        "first_try_at": None,
        "first_contact_at": None,
        "skim_since": None,
        "is_test": _arrived_as_test(request),
        # What is spam a second time was judged by a person.
        "restored_at": request.restored_at or (now if wrongly_judged else None),
    }
    with transaction.atomic():
        _put(request, State.NEW, by=by, version=version, why="", now=now, also=arrival)
        intake.owe_mail(request, now)


def confirm_spam(requests: Iterable[int], *, by: AbstractUser, now: datetime) -> int:
    """Somebody has looked at these and agrees that they are spam; how many were still waiting for that."""
    confirmed = 0
    for request in ConsultationRequest.objects.to_skim().filter(pk__in=requests):
        with transaction.atomic():
            if ConsultationRequest.objects.filter(pk=request.pk, skim_since__isnull=False).update(
                skim_since=None, version=F("version") + 1
            ):
                request.record(Event.Kind.NOTED, at=now, by=by, why="Looked at: it is spam.")
                confirmed += 1
    return confirmed


def note(request: ConsultationRequest, words: str, *, by: AbstractUser, now: datetime) -> None:
    """Keep a few words for whoever looks next. Raises Overtaken if the person was removed meanwhile."""
    if not words.strip():
        raise NotAllowed("There are no words to keep. Type them first.")
    with transaction.atomic():
        _hold(request)
        request.record(Event.Kind.NOTED, at=now, by=by, why=words.strip())
        _forget_draft(request, by)


def correct(
    request: ConsultationRequest,
    *,
    name: str,
    phone: str,
    email: str,
    by: AbstractUser,
    version: int,
    now: datetime,
) -> None:
    """Keep what is right beside what they typed; an empty field says that what they typed is right."""
    new = {"corrected_name": name.strip(), "corrected_phone": phone.strip(), "corrected_email": email.strip()}
    changed = [field for field, value in new.items() if getattr(request, field) != value]
    if not changed:
        raise NotAllowed("Nothing differs from what stands here already.")
    with transaction.atomic():
        _change(request, version, Q(), **new)
        request.make_findable()
        # What was corrected is said, not to what: the past keeps no second copy of a number.
        what = ", ".join(field.removeprefix("corrected_").replace("email", "e-mail") for field in changed)
        request.record(Event.Kind.CORRECTED, at=now, by=by, why=what.capitalize())


def stop(request: ConsultationRequest, *, by: AbstractUser, version: int, token: str, why: str, now: datetime) -> None:
    """They told us not to contact them again: nothing calls or writes to them, and an open request is closed."""
    if request.is_open:
        said = Press(Outcome.CLOSED, token=token, version=version, why=why, reason=Reason.STOPPED)
        press(request, said, by=by, now=now)
        return
    if stops.of(request).stop:
        raise NotAllowed("They have asked for that already.")
    with transaction.atomic():
        _change(request, version, Q())
        stops.begin(request, stops.EVERYTHING, now)
        request.record(Event.Kind.STOPPED, at=now, by=by, why=why.strip())


def stop_by_link(reference: str, scope: Stop.Scope, *, now: datetime) -> None:
    """Somebody pressed the button behind the link in our receipt; pressed again, or for what is gone, it does nothing.

    Where the address is somebody else's, the person who asked may still wait for a call: the request stays open, as
    long as it says how to reach them.
    """
    with transaction.atomic():
        request = ConsultationRequest.objects.select_for_update().filter(reference=reference).first()
        if request is None:
            return
        if not request.phone_to_call and request.email_to_use == request.email:
            scope = stops.EVERYTHING
        if request.stops.in_force().filter(scope=scope).exists():
            return
        closes = scope == stops.EVERYTHING and request.is_open
        closed = {
            "state": State.STOPPED,
            "state_changed_at": now,
            "next_due_at": None,
            "overdue_at": None,
            "closed_at": now,
            "close_reason": Reason.STOPPED,
            "claimed_by_id": None,
            "claimed_until": None,
        }
        from_state = request.state
        _change(request, request.version, Q(), **closed if closes else {})
        stops.begin(request, scope, now)
        request.record(
            Event.Kind.STOPPED,
            at=now,
            why="By the link in our e-mail." if scope == stops.EVERYTHING else "Our e-mail went to somebody else.",
            from_state=from_state if closes else "",
            to_state=State.STOPPED if closes else "",
        )


def ask_again(request: ConsultationRequest, *, by: AbstractUser, version: int, why: str, now: datetime) -> None:
    """They asked us themselves to get in touch again."""
    if not stops.of(request).stops:
        raise NotAllowed("They have not asked us to stop.")
    _check_hands(request, by, now)
    with transaction.atomic():
        _change(request, version, Q())
        stops.end(request, now)
        request.record(Event.Kind.ASKED_AGAIN, at=now, by=by, why=why.strip())
        _forget_draft(request, by)


def end_texts(request: ConsultationRequest, *, by: AbstractUser, version: int, now: datetime) -> None:
    """They want no more text messages, but may still be called."""
    if not request.may_text:
        raise NotAllowed("They have not agreed to text messages.")
    with transaction.atomic():
        _change(request, version, Q(), text_consent_ended_at=now)
        request.record(Event.Kind.NOTED, at=now, by=by, why="They want no more text messages.")


def keep_draft(request: ConsultationRequest, words: str, *, by: AbstractUser, now: datetime) -> None:
    """Keep words that are being typed, and the request in the hands of whoever types them.

    Raises Overtaken if the person was removed meanwhile.
    """
    with transaction.atomic():
        _hold(request)
        if words.strip():
            Draft.objects.update_or_create(request=request, by_id=by.pk, defaults={"words": words, "updated_at": now})
        else:
            _forget_draft(request, by)
        ConsultationRequest.objects.filter(pk=request.pk, claimed_by=by.pk, claimed_until__gt=now).update(
            claimed_until=now + CLAIM
        )


def why_not_give_up(request: ConsultationRequest) -> str:
    """Why it is too early to say that somebody could not be reached; empty when it is not."""
    tries = tries_since_contact(request)
    days = {each.at.astimezone(settings.CLINIC.time_zone).date() for each in tries}
    if not request.phone_to_call:
        if len(tries) >= LETTERS and len(days) >= DAYS_OF_TRIES:
            return ""
        return f"{len(tries)} of {LETTERS} e-mails written, on {len(days)} of {DAYS_OF_TRIES} days."
    if tries and tries[0].outcome == Outcome.WRONG_NUMBER and not request.email_to_use:
        return ""
    hours = timing.hours()
    parts = {hours.part_of_day(each.at) for each in tries}
    needed = min(PARTS_OF_TRIES, len(timing.parts_open()))
    if len(tries) >= TRIES and len(days) >= DAYS_OF_TRIES and len(parts) >= needed:
        return ""
    return (
        f"{len(tries)} of {TRIES} tries, on {len(days)} of {DAYS_OF_TRIES} days,"
        f" in {len(parts)} of {needed} parts of the day (morning, midday, afternoon)."
    )


def tries_since_contact(request: ConsultationRequest) -> Sequence[ContactAttempt]:
    """The tries that did not reach them since somebody last did or it was opened again, the latest first."""
    tries = [each for each in request.attempts.all() if each.undone_at is None and each.number is not None]
    return tries[: request.tries]


def _pressed_before(request: ConsultationRequest, said: Press) -> ContactAttempt | None:
    # Another button on the same old page, or one that was undone since, is not this press.
    return request.attempts.filter(token=said.token, outcome=said.outcome, undone_at=None).first()


def _press(request: ConsultationRequest, said: Press, by: AbstractUser, now: datetime) -> ContactAttempt:
    if request.version != said.version:
        raise Overtaken
    _check_open(request)
    _check_hands(request, by, now)
    if said.outcome not in outcomes_for(request):
        raise NotAllowed(f"“{said.outcome.label}” is not possible for this request.")
    to, ending = _where_to(request, said, now)
    attempts = tries_since_contact(request)
    due = _next_due(request, said, attempts, now)
    reached = said.outcome in CONTACT or to in SAID_NO
    is_try = _is_try(request, said, to)
    fields = (field for field in request._meta.fields if field.name in PUT_BACK_BY_UNDO)
    values = ((field.name, field.value_from_object(request)) for field in fields)
    # In full: Django writes moments into JSON without their last three digits.
    before = {name: value.isoformat() if isinstance(value, date) else value for name, value in values}
    changes: dict[str, Any] = ending | {
        "state": to,
        "state_changed_at": now,
        "next_due_at": due,
        "overdue_at": due and timing.overdue_at(to, due, request.clock_started_at),
        "closed_at": now if to in CLOSED_STATES else None,
        "tries": 0 if reached else request.tries + is_try,
        "first_try_at": request.first_try_at or (now if is_try else None),
        "first_contact_at": request.first_contact_at or (now if reached else None),
        "is_test": request.is_test or to == State.TEST,
        # Whoever talks with them keeps the request in hand.
        "claimed_by_id": by.pk if to == State.TALKING else None,
        "claimed_until": now + CLAIM if to == State.TALKING else None,
    }
    from_state = request.state
    earlier = request.attempts.filter(undone_at=None, number__isnull=False).count()
    _change(request, said.version, Q(), **changes)
    attempt = ContactAttempt.objects.create(
        request=request,
        token=said.token,
        outcome=said.outcome,
        number=earlier + 1 if is_try else None,
        at=now,
        why=said.why.strip(),
        next_due_at=due,
        from_state=from_state,
        to_state=to,
        before=before,
        version_after=request.version,
        **who_did(by),
    )
    if to == State.STOPPED:
        stops.begin(request, stops.EVERYTHING, now)
    _forget_draft(request, by)
    return attempt


def _where_to(request: ConsultationRequest, said: Press, now: datetime) -> tuple[State, dict[str, Any]]:
    """The state that a press leads to, and what is kept with it; raises NotAllowed where something is missing."""
    if said.outcome == Outcome.BOOKED:
        if said.visit_date is None:
            raise NotAllowed("Say on which day the visit is.")
        if said.visit_date < now.astimezone(settings.CLINIC.time_zone).date():
            raise NotAllowed("That day has passed. Check the date of the visit.")
        return State.SCHEDULED, {"visit_date": said.visit_date}
    if said.outcome != Outcome.CLOSED:
        return LEADS_TO[said.outcome], {}
    if said.reason is None:
        raise NotAllowed("Say why the request is closed.")
    to = said.reason.state
    if to == State.NO_CONTACT and (missing := why_not_give_up(request)):
        raise NotAllowed(f"It is too early to give up: {missing}")
    _check_move(request, to)
    ending: dict[str, Any] = {"close_reason": said.reason}
    if to == State.DUPLICATE:
        ending["related_to_id"] = _other(request, said.same_as).pk
    return to, ending


def _other(request: ConsultationRequest, reference: str) -> ConsultationRequest:
    """The request of which this one is a copy, by its reference as somebody types it."""
    other = ConsultationRequest.objects.filter(reference="".join(reference.split()).upper()).first()
    if other is None or other == request:
        raise NotAllowed("Give the reference of the other request: eight letters and digits.")
    if other.state == State.DUPLICATE:
        raise NotAllowed("That request is a duplicate itself. Give the reference of the one that counts.")
    return other


def _next_due(
    request: ConsultationRequest, said: Press, attempts: Sequence[ContactAttempt], now: datetime
) -> datetime | None:
    suggested = timing.suggestion(request, said.outcome, attempts, now)
    if suggested is None or said.again is None:
        return suggested
    _check_time(said.again, now)
    return said.again


def _is_try(request: ConsultationRequest, said: Press, to: State) -> bool:
    """Whether somebody called or wrote for this press; what is said at the end of a talk belongs to that talk."""
    if request.state == State.TALKING:
        return said.outcome in BY_PHONE | IN_WRITING
    return said.outcome != Outcome.CLOSED or to in SAID_NO


def _arrived_as_test(request: ConsultationRequest) -> bool:
    """Whether it was a test already before anybody closed it as one."""
    closing = request.attempts.filter(undone_at=None, to_state=State.TEST).last()
    return bool(closing.before["is_test"]) if closing else request.is_test


def _put(
    request: ConsultationRequest,
    to: State,
    *,
    by: AbstractUser,
    version: int,
    why: str,
    now: datetime,
    also: dict[str, Any],
) -> None:
    """Bring a closed request back into the open, due at once."""
    from_state = request.state
    clock = also.get("clock_started_at", request.clock_started_at)
    with transaction.atomic():
        _change(
            request,
            version,
            Q(),
            state=to,
            state_changed_at=now,
            next_due_at=now,
            overdue_at=timing.overdue_at(to, now, clock),
            closed_at=None,
            close_reason="",
            visit_date=None,
            **also,
        )
        request.record(Event.Kind.MOVED, at=now, by=by, why=why.strip(), from_state=from_state, to_state=to)


def _change(request: ConsultationRequest, version: int, only_if: Q, **changes: Any) -> None:
    """The one place that changes a request: only the version that was on the page, and then it is the next one.

    What is left of a removed person is changed by nobody.
    """
    changes["version"] = version + 1
    as_shown = ConsultationRequest.objects.filter(only_if, pk=request.pk, version=version, removed_at=None)
    if not as_shown.update(**changes):
        raise Overtaken
    for name, value in changes.items():
        setattr(request, name, value)


def _hold(request: ConsultationRequest) -> None:
    """Keep the person from being removed until the commit: words that came after it, nobody would find and erase."""
    if not ConsultationRequest.objects.select_for_update().filter(pk=request.pk, removed_at=None).exists():
        raise Overtaken


def _check_open(request: ConsultationRequest) -> None:
    if not request.is_open:
        raise NotAllowed("This request is closed. Open it again first.")


def _check_move(request: ConsultationRequest, to: State) -> None:
    if to not in request.allowed_moves:
        raise NotAllowed(f"A request that is “{State(request.state).label}” cannot become “{to.label}”.")


def _check_hands(request: ConsultationRequest, by: AbstractUser, now: datetime) -> None:
    if request.is_claimed(now) and request.claimed_by_id != by.pk:
        raise Overtaken


def _check_time(again: datetime, now: datetime) -> None:
    if problem := timing.problem_with(again, now):
        raise NotAllowed(problem)


def _forget_draft(request: ConsultationRequest, by: AbstractUser) -> None:
    Draft.objects.filter(request=request, by_id=by.pk).delete()
