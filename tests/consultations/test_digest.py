"""The front desk hears each morning how the last day went, and at closing time what was left; figures alone."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as django_mail
from django.core.management import call_command
from django.db import connection

from rlsinfo.consultations import digest, outbox, work
from rlsinfo.consultations.models import OutboxMail, Outcome, State
from tests.factories import make_mail, make_request, make_staff

CHICAGO = ZoneInfo("America/Chicago")
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 11, 16, 8, 0, tzinfo=CHICAGO)
FRIDAY_NOON = datetime(2026, 11, 13, 12, 30, tzinfo=CHICAGO)
CLOSING = MONDAY.replace(hour=17)
DIGEST, UNTOUCHED = OutboxMail.Kind.DIGEST, OutboxMail.Kind.UNTOUCHED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clinic(settings):
    """Open from eight to five with lunch from twelve to one, closed on Thanksgiving."""
    hours = ((time(8), time(12)), (time(13), time(17)))
    settings.CLINIC = replace(
        settings.CLINIC, time_zone=CHICAGO, week=(hours,) * 5 + ((),) * 2, holidays=frozenset({date(2026, 11, 26)})
    )
    settings.TIME_ZONE = "America/Chicago"
    settings.CLINIC_ALERT_EMAIL = "desk@example.org"
    settings.SITE_URL = "https://www.example.org"


def planned() -> list[tuple[str, date]]:
    return list(OutboxMail.objects.filter(request=None).order_by("pk").values_list("kind", "day"))


def sent(now: datetime) -> list:
    outbox.send_due(now)
    return django_mail.outbox


def called(request, outcome: Outcome, at: datetime, **said) -> None:
    press = work.Press(outcome, f"{request.pk}-{at}", request.version, **said)
    work.press(request, press, by=make_staff(), now=at)


def taken_for_spam(**changes):
    return make_request(state=State.SPAM, spam_reasons=["A link."], **changes)


# --- when ---------------------------------------------------------------------------------------


def test_the_digest_of_friday_is_planned_when_the_clinic_opens_on_monday():
    make_request(received_at=FRIDAY_NOON)
    for closed in (FRIDAY_NOON, MONDAY - 2 * DAY, MONDAY - DAY, MONDAY - MINUTE):
        digest.plan(closed)
    assert DIGEST not in [kind for kind, day in planned() if day >= date(2026, 11, 13)]

    digest.plan(MONDAY)

    assert planned()[-1] == (DIGEST, date(2026, 11, 13))


def test_the_day_after_a_holiday_brings_the_digest_of_the_day_before_it():
    called(make_request(received_at=FRIDAY_NOON), Outcome.NO_ANSWER, FRIDAY_NOON + 2 * MINUTE)

    digest.plan(datetime(2026, 11, 27, 9, tzinfo=CHICAGO))

    assert planned() == [(DIGEST, date(2026, 11, 25))]


def test_each_message_is_planned_once_however_often_and_in_how_many_places_it_is_asked_for():
    make_request(received_at=FRIDAY_NOON)

    for minutes in range(5):
        digest.plan(CLOSING + minutes * MINUTE)

    assert planned() == [(DIGEST, date(2026, 11, 13)), (UNTOUCHED, date(2026, 11, 16))]


@pytest.mark.django_db(transaction=True)
def test_two_workers_plan_one_message():
    make_request(received_at=FRIDAY_NOON)

    def work(_: int) -> None:
        try:
            digest.plan(CLOSING)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))

    assert sorted(kind for kind, _ in planned()) == [DIGEST, UNTOUCHED]


def test_a_worker_that_was_away_in_the_morning_still_sends_the_digest_in_the_evening():
    called(make_request(received_at=FRIDAY_NOON), Outcome.NO_ANSWER, FRIDAY_NOON + 40 * MINUTE)

    digest.plan(CLOSING + 3 * 60 * MINUTE)

    assert planned() == [(DIGEST, date(2026, 11, 13))]


def test_a_site_that_nobody_has_used_sends_no_digest():
    make_request(received_at=FRIDAY_NOON, is_test=True)

    digest.plan(MONDAY)

    assert planned() == []


def test_the_alarm_waits_for_closing_time():
    make_request(received_at=MONDAY)

    digest.plan(CLOSING - MINUTE)
    assert UNTOUCHED not in dict(planned())

    digest.plan(CLOSING)
    assert (UNTOUCHED, date(2026, 11, 16)) in planned()


def test_a_day_on_which_everybody_was_tried_ends_without_an_alarm():
    called(make_request(received_at=MONDAY), Outcome.NO_ANSWER, CLOSING - MINUTE)
    make_request(received_at=CLOSING + MINUTE)
    make_request(received_at=MONDAY, is_test=True)
    taken_for_spam(received_at=MONDAY)
    taken_for_spam(received_at=MONDAY - 7 * DAY, is_test=True)

    digest.plan(CLOSING + 5 * MINUTE)

    assert planned() == []


def test_requests_of_the_night_before_are_alarmed_about_too():
    make_request(received_at=MONDAY - 9 * 60 * MINUTE)

    digest.plan(CLOSING)

    assert planned() == [(UNTOUCHED, date(2026, 11, 16))]


def test_spam_at_which_nobody_looked_for_more_than_a_day_is_alarmed_about():
    spam = taken_for_spam(received_at=CLOSING - DAY - MINUTE)

    digest.plan(CLOSING)
    assert (UNTOUCHED, date(2026, 11, 16)) in planned()

    OutboxMail.objects.all().delete()
    work.confirm_spam([spam.pk], by=make_staff(), now=CLOSING)
    digest.plan(CLOSING)
    assert UNTOUCHED not in dict(planned())


def test_where_hours_are_not_known_office_hours_count(settings):
    settings.CLINIC = replace(settings.CLINIC, week=())
    make_request(received_at=MONDAY)

    digest.plan(CLOSING - MINUTE)
    assert UNTOUCHED not in dict(planned())

    digest.plan(CLOSING)
    assert UNTOUCHED in dict(planned())


# --- what it says -------------------------------------------------------------------------------


def test_the_digest_tells_the_figures_of_the_day_and_of_the_moment():
    ana, ben, cleo = (make_request(received_at=FRIDAY_NOON) for _ in range(3))
    called(ana, Outcome.NO_ANSWER, FRIDAY_NOON + 45 * MINUTE)
    called(ben, Outcome.BOOKED, FRIDAY_NOON + 60 * MINUTE, visit_date=date(2026, 12, 1))
    taken_for_spam(received_at=FRIDAY_NOON)
    make_request(received_at=FRIDAY_NOON, state=State.DUPLICATE)
    make_request(received_at=FRIDAY_NOON, is_test=True)
    taken_for_spam(received_at=FRIDAY_NOON, is_test=True)
    make_mail(request=cleo, state=OutboxMail.State.FAILED, due_at=None)
    digest.plan(MONDAY)

    (message,) = sent(MONDAY)

    assert message.to == ["desk@example.org"]
    assert message.subject == "The front desk on Friday, November 13"
    lines = [line.rsplit(maxsplit=1) for line in message.body.splitlines() if line[-1:].isdigit()]
    assert {name.strip(): int(number) for name, number in lines} == {
        "Requests": 3,
        "Taken for spam or repeated": 2,
        "Calls": 2,
        "Calls that reached somebody": 1,
        "Visits booked": 1,
        "Untouched when the clinic closed": 1,
        "Requests open": 2,
        "Spam to look at": 1,
        "E-mails not sent": 1,
        "E-mails that may not have arrived": 0,
    }
    assert "were tried within 30 min of opening time, nine in ten within 4 h 0 min." in message.body
    assert "https://www.example.org/admin/consultations/consultationrequest/figures/" in message.body


def test_a_quiet_day_has_a_digest_too_without_waits():
    make_request(received_at=FRIDAY_NOON - 30 * DAY, state=State.DECLINED)
    digest.plan(MONDAY)

    (message,) = sent(MONDAY)

    assert "Requests                                0\n" in message.body
    assert "tried within" not in message.body


def test_the_alarm_says_how_many_and_where_to_go():
    make_request(received_at=MONDAY)
    make_request(received_at=MONDAY - DAY)
    taken_for_spam(received_at=MONDAY - 2 * DAY)
    digest.plan(CLOSING)
    OutboxMail.objects.filter(kind=DIGEST).delete()

    (message,) = sent(CLOSING)

    assert message.to == ["desk@example.org"]
    assert message.subject == "Requests were left without a try"
    assert message.body.startswith(
        "When the clinic closed on Monday, November 16, 5 p.m. CST, nobody had tried 2 requests yet."
    )
    assert "For more than a day nobody has looked at 1 request that may be spam." in message.body
    assert "Open Call now: https://www.example.org/admin/consultations/consultationrequest/\n" in message.body


def test_an_alarm_about_spam_alone_says_so():
    taken_for_spam(received_at=CLOSING - 2 * DAY)
    digest.plan(CLOSING)

    message = sent(CLOSING)[-1]

    assert message.subject == "Nobody has looked at the spam"
    assert "nobody had tried" not in message.body


def test_an_alarm_that_could_not_be_sent_before_everything_was_done_says_that():
    spam = taken_for_spam(received_at=CLOSING - 2 * DAY)
    digest.plan(CLOSING)
    work.confirm_spam([spam.pk], by=make_staff(), now=CLOSING + MINUTE)

    assert "Somebody has looked at everything since" in sent(CLOSING + 2 * MINUTE)[-1].body


def test_an_alarm_that_is_sent_late_still_tells_how_it_was_at_closing_time():
    request = make_request(received_at=MONDAY)
    digest.plan(CLOSING)
    called(request, Outcome.NO_ANSWER, CLOSING + 10 * MINUTE)

    assert "nobody had tried 1 request yet" in sent(CLOSING + 20 * MINUTE)[-1].body


def test_no_message_names_a_person_or_a_reference():
    request = make_request(
        received_at=MONDAY - 3 * DAY, name="Zebediah Quill", phone="555 010 7777", email="zeb@example.com", note="itch"
    )
    taken_for_spam(received_at=MONDAY - 3 * DAY, name="Zebediah Quill")
    digest.plan(CLOSING)

    messages = sent(CLOSING)

    assert len(messages) == 2
    for message in messages:
        words = f"{message.subject} {message.body} {message.extra_headers}"
        for secret in ("Zebediah", "Quill", "7777", "zeb@", "itch", request.reference, request.spoken_reference):
            assert secret not in words


def test_hours_that_were_changed_in_between_stop_no_message(settings):
    make_request(received_at=MONDAY)
    digest.plan(CLOSING)
    settings.CLINIC = replace(settings.CLINIC, week=((),) * 6 + (((time(8), time(12)),),))

    assert "nobody had tried 1 request yet" in sent(CLOSING)[-1].body


# --- the worker ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_worker_plans_what_the_day_brings_and_goes_on_when_that_fails(monkeypatch):
    worker = "rlsinfo.consultations.management.commands.send_mail"
    monkeypatch.setattr(f"{worker}.POLL_SECONDS", 0.01)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    planned_at, let_go_at, looks = [], [], []

    def plan(now):
        planned_at.append(now)
        raise ZeroDivisionError

    def look(now):
        looks.append(now)
        if len(looks) == 3:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

    monkeypatch.setattr(digest, "plan", plan)
    monkeypatch.setattr(work, "let_go", let_go_at.append)
    monkeypatch.setattr(outbox, "send_next", look)
    try:
        call_command("send_mail")
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    # Once a minute, and the mail behind it is sent meanwhile.
    assert len(planned_at) == len(let_go_at) == 1
    assert planned_at[0].tzinfo == UTC
    assert len(looks) == 3
