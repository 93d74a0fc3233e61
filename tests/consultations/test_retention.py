"""What is removed is what the clinic has decided, when its time is over; whatever looks wrong stops the whole run."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from threading import Thread

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection

from rlsinfo.clinic import OUTCOMES, Period
from rlsinfo.consultations import removal, retention, stops, work
from rlsinfo.consultations.models import CLOSED_STATES, OPEN_STATES, ConsultationRequest, Event, State
from rlsinfo.plumbing import jobs
from rlsinfo.plumbing.jobs import Failure
from rlsinfo.staff.models import AccessEntry
from tests.factories import MONDAY_MORNING, make_request, make_staff

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOW = MONDAY_MORNING
LONG_AGO = NOW - 400 * DAY


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def decide(settings):
    """Have the clinic decide how long requests of an outcome are kept: decide(declined="365 anonymize")."""

    def decide(**periods: str) -> None:
        read = {name: text.split() for name, text in periods.items()}
        kept = {name: Period(int(days), keeps_figures=how == "anonymize") for name, (days, how) in read.items()}
        settings.CLINIC = replace(settings.CLINIC, retention=kept)

    return decide


@pytest.fixture
def many(decide):
    """A hundred requests of yesterday, so that a few old ones are not many; the last run was yesterday too."""
    for _ in range(100):
        make_request(state=State.SCHEDULED, received_at=NOW - DAY)
    jobs.Job.objects.create(name=jobs.Name.RETENTION, known_since=LONG_AGO, good_at=NOW - DAY)


def closed(state: State = State.DECLINED, at: datetime = LONG_AGO, **changes) -> ConsultationRequest:
    return make_request(state=state, received_at=at, **changes)


def retain(*arguments: str) -> str:
    said = StringIO()
    call_command("retain", *arguments, stdout=said)
    return said.getvalue()


# --- what is removed ----------------------------------------------------------------------------


def test_every_outcome_can_be_given_a_period():
    assert set(OUTCOMES) == {state.value for state in CLOSED_STATES}


def test_until_the_clinic_has_decided_nothing_is_removed():
    closed()

    assert "has not decided" in retain("--apply")

    assert ConsultationRequest.objects.get().removed_at is None
    assert jobs.last(jobs.Name.RETENTION).ok


def test_without_apply_it_only_says_what_would_go(many, decide):
    closed()
    closed(State.SPAM)
    decide(declined="365 anonymize", spam="90 delete")

    said = retain()

    assert "declined, after 365 days: 1 would be anonymized" in said
    assert "spam, after 90 days: 1 would be deleted" in said
    assert "test: kept for good" in said
    assert ConsultationRequest.objects.filter(removed_at=None).count() == 102
    assert not AccessEntry.objects.exists()


def test_what_is_old_enough_is_anonymized_or_deleted_as_decided(many, decide):
    declined, spam, kept = closed(), closed(State.SPAM), closed(State.NOT_FOR_US)
    decide(declined="365 anonymize", spam="90 delete")

    assert retain("--apply") == "Removed: 1 declined anonymized, 1 spam deleted.\n"

    assert ConsultationRequest.objects.get(pk=declined.pk).removed_at == NOW
    assert not ConsultationRequest.objects.filter(pk=spam.pk).exists()
    assert ConsultationRequest.objects.get(pk=kept.pk).removed_at is None


@pytest.mark.parametrize(("days", "goes"), [(365, True), (364, False)])
def test_a_period_is_counted_from_the_day_it_was_closed(many, decide, days, goes):
    request = closed(at=LONG_AGO, closed_at=NOW - days * DAY)
    decide(declined="365 anonymize")

    retain("--apply")

    request.refresh_from_db()
    assert (request.removed_at is not None) == goes


@pytest.mark.parametrize("state", OPEN_STATES)
def test_what_is_open_is_never_removed(many, decide, state):
    make_request(state=state, received_at=LONG_AGO)
    decide(**dict.fromkeys(OUTCOMES, "30 delete"))
    ConsultationRequest.objects.filter(state=State.SCHEDULED).update(closed_at=NOW - DAY)

    retain("--apply")

    assert ConsultationRequest.objects.count() == 101


def test_spam_that_nobody_has_looked_at_stays(many, decide):
    unseen = closed(State.SPAM, spam_reasons=["It holds a web address."])
    decide(spam="90 delete")

    retain("--apply")

    assert ConsultationRequest.objects.filter(pk=unseen.pk, removed_at=None).exists()


def test_that_somebody_asked_us_to_stop_is_remembered_for_as_long_as_was_decided_for_that(many, decide):
    request = closed()
    stops.begin(request, stops.EVERYTHING, LONG_AGO)
    decide(declined="30 delete", stopped="500 delete")
    retain("--apply")
    assert ConsultationRequest.objects.filter(pk=request.pk).exists()

    decide(declined="30 delete", stopped="365 delete")
    retain("--apply")

    assert not ConsultationRequest.objects.filter(pk=request.pk).exists()


def test_a_second_run_has_nothing_left_to_do(many, decide):
    closed()
    decide(declined="365 anonymize")
    retain("--apply")

    assert retain("--apply") == "Nothing is old enough to be removed.\n"

    assert AccessEntry.objects.count() == 1


def test_each_run_is_written_down_with_references_alone(many, decide):
    request = closed(reference="K7MR4PXD", name="Zebediah")
    request.record(Event.Kind.NOTED, at=LONG_AGO, why="Zebediah was kind.")
    decide(declined="365 anonymize")

    retain("--apply")

    entry = AccessEntry.objects.get()
    assert (entry.action, entry.subjects, entry.by_name) == ("erase", ["K7MR4PXD"], "")
    assert entry.detail == "Retention: declined after 365 days, anonymized."
    assert jobs.last(jobs.Name.RETENTION).detail == "Removed: 1 declined anonymized."


# --- what somebody opens again meanwhile ---------------------------------------------------------


def open_again(request: ConsultationRequest, by: User) -> None:
    fresh = ConsultationRequest.objects.get(pk=request.pk)
    work.reopen(fresh, by=by, version=fresh.version, why="", now=NOW)


@pytest.mark.parametrize("how", ["anonymize", "delete"])
def test_what_is_opened_again_after_it_was_found_stays_and_is_not_counted(many, decide, monkeypatch, how):
    gone, called_after_all = closed(), closed()
    decide(declined=f"365 {how}")
    find = retention.due

    def and_then_they_call(now: datetime) -> list[retention.Due]:
        found = find(now)
        open_again(called_after_all, make_staff())
        return found

    monkeypatch.setattr(retention, "due", and_then_they_call)

    assert "Removed: 1 declined" in retain("--apply")

    called_after_all.refresh_from_db()
    assert (called_after_all.state, called_after_all.removed_at) == (State.CALL_BACK, None)
    assert AccessEntry.objects.get().subjects == [gone.reference]


def test_when_all_were_opened_again_nothing_is_written_down(many, decide, monkeypatch):
    request = closed()
    decide(declined="365 delete")
    monkeypatch.setattr(retention, "doubt_about", lambda *args, **kwargs: open_again(request, make_staff()))

    assert retain("--apply") == "Nothing is old enough to be removed.\n"

    assert not AccessEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_opens_a_request_at_the_moment_it_is_deleted_is_told_that_it_is_gone(many, decide, monkeypatch):
    request, maria = ConsultationRequest.objects.get(pk=closed().pk), make_staff()
    decide(declined="365 delete")
    delete, answers = removal.delete, []

    def press() -> None:
        try:
            answers.append(work.reopen(request, by=maria, version=request.version, why="", now=NOW))
        except work.Overtaken as overtaken:
            answers.append(overtaken)
        finally:
            connection.close()

    colleague = Thread(target=press)

    def while_somebody_opens_one(numbers: Iterable[int]) -> None:
        colleague.start()
        # Long enough to be written, if it waits for nobody.
        colleague.join(1)
        delete(numbers)

    monkeypatch.setattr(removal, "delete", while_somebody_opens_one)

    retain("--apply")

    colleague.join(60)
    assert [type(answer) for answer in answers] == [work.Overtaken]
    assert not ConsultationRequest.objects.filter(pk=request.pk).exists()


# --- what stops a run ---------------------------------------------------------------------------


def stopped(sentence: str, *arguments: str) -> None:
    """The run is refused with this sentence, nothing is removed, and somebody is told."""
    before = list(ConsultationRequest.objects.order_by("pk").values())
    with pytest.raises(CommandError, match=sentence):
        retain("--apply", *arguments)
    assert list(ConsultationRequest.objects.order_by("pk").values()) == before
    job = jobs.last(jobs.Name.RETENTION)
    assert not job.ok
    assert jobs.trouble_with(job, NOW)


def test_more_than_one_in_twenty_is_never_removed_at_once(many, decide):
    for _ in range(6):
        closed()
    decide(declined="365 anonymize")

    stopped("6 of 106 requests would go, more than 5 %. If that is right, run `manage.py retain --apply --expecting 6`")


def test_one_in_twenty_is(many, decide):
    for _ in range(5):
        closed()
    decide(declined="365 anonymize")

    assert retain("--apply") == "Removed: 5 declined anonymized.\n"


def test_whoever_has_looked_and_says_the_number_can_have_more_removed(many, decide):
    for _ in range(50):
        closed()
    decide(declined="365 anonymize")

    stopped("50 requests would go, not 49. Make a dry run again.", "--expecting", "49")
    assert retain("--apply", "--expecting", "50") == "Removed: 50 declined anonymized.\n"


def test_a_clock_that_is_behind_stops_it_even_for_who_says_the_number(many, decide):
    closed()
    make_request(received_at=NOW + timedelta(minutes=6))
    decide(declined="365 anonymize")

    stopped("The clock is behind")
    stopped("The clock is behind", "--expecting", "1")


def test_two_machines_may_be_a_little_apart(many, decide):
    closed()
    make_request(received_at=NOW + timedelta(minutes=4))
    decide(declined="365 anonymize")

    assert "1 declined" in retain("--apply")


def test_a_clock_that_has_jumped_ahead_since_the_last_run_stops_it(many, decide, clock):
    closed(at=NOW - 360 * DAY)
    decide(declined="365 anonymize")
    clock.move_to(NOW + 9 * DAY)
    # People go on writing, by the same wrong clock.
    make_request(received_at=NOW + 9 * DAY)

    with pytest.raises(CommandError, match="For 10 days nothing was seen of this site, or the clock has jumped ahead"):
        retain("--apply")

    assert not ConsultationRequest.objects.exclude(removed_at=None).exists()
    assert retain("--apply", "--expecting", "1") == "Removed: 1 declined anonymized.\n"


def test_the_first_run_of_all_asks_when_something_was_last_stored(decide, clock):
    for _ in range(100):
        make_request(state=State.SCHEDULED, received_at=NOW - 9 * DAY)
    closed()
    decide(declined="365 anonymize")

    stopped("For 9 days nothing was seen of this site")


def test_what_is_too_young_by_its_own_row_stops_it_though_it_was_chosen(many, decide, monkeypatch):
    """Should the choice ever be wrong, what the rows say is asked once more, with a day to spare."""
    decide(declined="365 anonymize")
    period = Period(365, keeps_figures=True)
    old, young = closed(), closed(at=NOW - 363 * DAY)
    monkeypatch.setattr(retention, "due", lambda now: [retention.Due("declined", period, [old, young])])

    stopped("1 requests are newer than the periods allow")
    stopped("1 requests are newer than the periods allow", "--expecting", "2")


def test_a_dry_run_says_what_would_stop_it(many, decide):
    for _ in range(6):
        closed()
    decide(declined="365 anonymize")

    assert "--apply would remove nothing. 6 of 106 requests would go" in retain()


def test_what_cannot_be_written_down_is_not_removed(many, decide, monkeypatch):
    request = closed()
    decide(declined="365 anonymize")
    monkeypatch.setattr(retention, "record", lambda *args, **kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        retain("--apply")

    request.refresh_from_db()
    assert request.removed_at is None
    assert not jobs.last(jobs.Name.RETENTION).ok


def test_many_are_removed_in_portions_each_whole(many, decide, monkeypatch):
    for _ in range(5):
        closed()
    decide(declined="365 delete")
    monkeypatch.setattr(retention, "AT_ONCE", 2)

    retain("--apply")

    assert ConsultationRequest.objects.count() == 100
    assert [len(entry.subjects) for entry in AccessEntry.objects.order_by("number")] == [2, 2, 1]


def test_a_failure_is_a_sentence_for_the_operator(many, decide):
    for _ in range(6):
        closed()
    decide(declined="365 delete")

    with pytest.raises(Failure):
        retention.run(NOW)
