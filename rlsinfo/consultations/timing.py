"""When a request comes back to somebody: its next due time, when that is late, and what the buttons suggest."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.timesince import timesince

from rlsinfo.consultations.hours import OpeningHours, PartOfDay, calling_hours, next_try, promise
from rlsinfo.consultations.models import ConsultationRequest, ContactAttempt, Outcome, State

# Without a promise of the clinic, an answer is late after this much of its opening hours.
FIRST_TRY_MINUTES = 60
# Somebody in distress whom we missed is called again before others are.
URGENT_AGAIN_MINUTES = 30
# By then a talk is over, and how it ended should stand here.
TALK = timedelta(minutes=15)
GRACE = timedelta(minutes=15)
# Nobody plans a call further ahead; a wrong year is a slip.
FURTHEST = timedelta(days=366)


def hours() -> OpeningHours:
    """The hours in which staff call."""
    return calling_hours(settings.CLINIC)


def parts_open() -> set[PartOfDay]:
    """The parts of the day in which staff can call at all."""
    open_hours = hours()
    whole_hours = {
        hour
        for day in open_hours.week
        for opens, closes in day
        for hour in range(opens.hour, closes.hour + (closes.minute > 0))
    }
    return {open_hours.part_of_day(datetime(2024, 1, 1, hour, tzinfo=open_hours.zone)) for hour in whole_hours}


def waited(since: datetime, until: datetime) -> str:
    """How long, in opening hours where those are known: "3 h 10 min of opening hours"."""
    if not settings.CLINIC.hours_known:
        return timesince(since, until)
    whole, minutes = divmod(hours().business_minutes(since, until), 60)
    return f"{whole} h {minutes} min of opening hours" if whole else f"{minutes} min of opening hours"


def overdue_at(state: State, due: datetime, clock_started_at: datetime) -> datetime:
    """From when on a request that is due at `due` counts as overdue."""
    if state == State.NEW:
        return (
            promise(clock_started_at, settings.CLINIC)
            or hours().add_business_minutes(clock_started_at, FIRST_TRY_MINUTES)
            or due + GRACE
        )
    if state == State.TRYING:
        # Nothing was promised: a retry is late when its whole day has passed.
        return hours().add_business_days(due, 1) or due + timedelta(days=1)
    return due + GRACE


def suggestion(
    request: ConsultationRequest, outcome: Outcome, attempts: Sequence[ContactAttempt], now: datetime
) -> datetime | None:
    """When to call again after this outcome, in the clinic's own time; None where nothing is to be done again.

    `attempts` are the tries since somebody was last reached, the latest first.
    """
    wanted = {PartOfDay(each) for each in request.best_times}
    open_hours = hours()
    again: datetime | None
    match outcome:
        case Outcome.BOOKED | Outcome.CLOSED:
            return None
        case Outcome.REACHED:
            again = now + TALK
        case Outcome.CALL_BACK:
            again = next_try(open_hours, now, 2, (), wanted)
        case Outcome.WRONG_NUMBER if request.email_to_use:
            again = open_hours.next_opening(now)
        case Outcome.WROTE:
            again = open_hours.add_business_days(now, 2)
        case Outcome.NO_ANSWER | Outcome.LEFT_MESSAGE if request.urgent:
            again = open_hours.add_business_minutes(now, URGENT_AGAIN_MINUTES)
        case _:
            tried = [open_hours.part_of_day(each.at) for each in reversed(attempts)] + [open_hours.part_of_day(now)]
            again = next_try(open_hours, now, len(tried), tried, wanted)
    return (again or now + timedelta(days=1)).astimezone(settings.CLINIC.time_zone)


def problem_with(again: datetime, now: datetime) -> str:
    """Why nobody should plan a call for this moment, in a sentence for staff; empty if somebody can."""
    if again <= now:
        return "That time has passed. Choose one from now on."
    if again > now + FURTHEST:
        return "That is more than a year away. Check the date."
    if settings.CLINIC.hours_known and not hours().is_open(again):
        return "The clinic is closed then. Choose a time in its opening hours."
    return ""
