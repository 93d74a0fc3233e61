"""The made-up desk: everything is on it, and none of it is taken for real."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.db.models import F, Q

from rlsinfo.articles import library
from rlsinfo.clinic import Clinic
from rlsinfo.consultations import demo, intake, screening, timing, work
from rlsinfo.consultations.finding import phone_digits
from rlsinfo.consultations.forms import KEY
from rlsinfo.consultations.models import (
    ConsultationRequest,
    ContactAttempt,
    Event,
    OutboxMail,
    Outcome,
    Reason,
    State,
)
from tests.factories import make_answers, make_staff

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
SUNDAY_NIGHT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="class")
def desk(django_db_setup, django_db_blocker):
    """The made-up desk on a Wednesday at noon, made once for all tests that only look at it."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo.fill(NOON)
        yield ConsultationRequest.objects.all()
        transaction.set_rollback(True)


@pytest.mark.django_db  # tests that say so run before a browser takes over the thread
class TestTheDesk:
    def test_shows_three_hundred_requests_of_the_last_sixty_days(self, desk):
        assert desk.count() == 300
        oldest, newest = desk.earliest("received_at"), desk.latest("received_at")
        assert NOON - timedelta(days=61) < oldest.received_at < NOON - timedelta(days=50)
        assert NOON - timedelta(hours=2) < newest.received_at < NOON

    def test_shows_every_state_every_reason_and_every_button(self, desk):
        assert set(desk.values_list("state", flat=True)) == set(State)
        assert set(desk.exclude(close_reason="").values_list("close_reason", flat=True)) == set(Reason)
        assert set(ContactAttempt.objects.values_list("outcome", flat=True)) == set(Outcome)

    def test_shows_every_thing_that_can_happen_but_mail(self, desk):
        kinds = set(Event.objects.values_list("kind", flat=True))

        # What is given back or left lying is written down by whoever works at the desk.
        by_hand = {Event.Kind.GIVEN_BACK, Event.Kind.LEFT_LYING}
        without_mail = {kind for kind in Event.Kind if not kind.startswith("mail")} - by_hand
        assert kinds == without_mail
        assert ContactAttempt.objects.filter(undone_at__isnull=False).exists()

    @pytest.mark.parametrize(
        ("what", "which"),
        [
            ("new and urgent", Q(urgent=True, state=State.NEW)),
            ("overdue", Q(overdue_at__lt=NOON)),
            ("a promised call-back that is overdue", Q(state=State.CALL_BACK, overdue_at__lt=NOON)),
            ("a try to make again", Q(state=State.TRYING, next_due_at__lt=NOON)),
            ("waiting for its time", Q(state=State.TRYING, next_due_at__gt=NOON)),
            ("promised for later", Q(state=State.CALL_BACK, next_due_at__gt=NOON)),
            ("on the telephone", Q(state=State.TALKING, claimed_until__gt=NOON)),
            ("in somebody's hands", Q(state=State.NEW, claimed_until__gt=NOON)),
            ("set aside, not looked at", Q(skim_since__isnull=False)),
            ("set aside and looked at", Q(state=State.SPAM, skim_since=None)),
            ("wrongly judged and restored", Q(restored_at__isnull=False)),
            ("only an e-mail address", Q(phone="", state=State.NEW)),
            ("no message may be left", Q(may_leave_message=False)),
            ("help is needed", ~Q(help_needed="")),
            ("written in Spanish", Q(language="es", consent_version="2026-11-es")),
            ("corrected", ~Q(corrected_phone="")),
        ],
    )
    def test_shows_one_that_is(self, desk, what, which):
        assert desk.filter(which).exists(), what

    def test_shows_a_new_request_tied_to_another_of_the_same_person(self, desk):
        tied = desk.filter(related_to__isnull=False, state=State.NEW)

        assert any(each.phone == each.related_to.phone for each in tied)

    def test_lets_nobody_give_up_before_six_tries_or_three_letters(self, desk):
        given_up = desk.filter(close_reason=Reason.NO_CONTACT, corrected_phone="").exclude(
            attempts__outcome=Outcome.WRONG_NUMBER
        )

        tries = {bool(each.phone): each.attempts.exclude(number=None).count() for each in given_up}
        assert tries == {True: 6, False: 3}

    def test_holds_nothing_that_has_not_happened_yet_or_happened_before_it_arrived(self, desk):
        for happenings in (Event.objects, ContactAttempt.objects):
            assert not happenings.filter(Q(at__gt=NOON) | Q(at__lt=F("request__received_at"))).exists()

    def test_shows_nobody_calling_while_the_clinic_is_closed(self, desk):
        hours = timing.hours()

        assert all(hours.is_open(each.at) or _is_closing_time(each.at) for each in ContactAttempt.objects.all())

    def test_gives_the_reasons_for_which_the_site_would_set_aside_the_same_words(self, desk):
        set_aside = desk.exclude(spam_reasons=[])
        known = {"trap": "x", "seconds_on_form": None, "note": "seo https://example.com"}
        reasons = {*screening.spam_reasons(make_answers(**known)), "It was sent within 3 seconds."}

        assert set_aside.count() > 10
        assert all(set(each.spam_reasons) <= reasons for each in set_aside)
        assert all(len(each.spam_reasons) >= 2 for each in set_aside)

    def test_is_all_tests_and_owes_no_mail(self, desk):
        assert not desk.real().exists()
        assert not OutboxMail.objects.exists()

    def test_names_nobody_who_could_be_real(self, desk):
        for request in desk:
            assert request.name.split()[-1] in demo.LAST_NAMES.split()
            for phone in filter(None, (request.phone, request.corrected_phone)):
                assert re.search(r"555\D?\D?01\d\d\b", phone)
            assert not request.email or request.email.endswith("@example.com")

    def test_every_person_has_a_number_of_their_own(self, desk):
        first = [each for each in desk.exclude(phone="") if not each.submission_key.endswith(":again")]

        assert len({phone_digits(each.phone) for each in first}) == len(first)

    def test_comes_from_articles_that_exist(self, desk):
        assert {path for path in demo.SOURCES if path} <= {article.address for article in library.all()}

    def test_has_colleagues_who_cannot_sign_in(self, desk):
        colleagues = User.objects.filter(pk__in=ContactAttempt.objects.values("by_id"))

        assert {each.get_full_name() for each in colleagues} == {"Demo: Maria", "Demo: Tom", "Demo: Aisha"}
        assert not any(each.is_active or each.is_staff or each.has_usable_password() for each in colleagues)

    def test_what_is_restored_on_it_stays_a_test_and_alerts_nobody(self, desk):
        maria = User.objects.get(username="demo:maria")
        for request in (desk.to_skim().first(), desk.filter(state=State.TEST).first()):
            with transaction.atomic():
                work.restore(request, by=maria, version=request.version, now=NOON)
                request.refresh_from_db()
                assert (request.state, request.is_test) == (State.NEW, True)
                assert not request.mails.exists()
                transaction.set_rollback(True)


def _is_closing_time(at: datetime) -> bool:
    return timing.hours().closing(at) == at


@pytest.fixture
def short_demo(monkeypatch, db):
    """Only the stories of the last days, for tests that make it more than once."""
    monkeypatch.setattr(demo, "NUMBER", len(demo.LATELY))


def told() -> list[tuple]:
    return list(
        demo.requests()
        .order_by("received_at", "attempts__at")
        .values_list(
            "name", "phone", "note", "received_at", "state", "next_due_at", "attempts__at", "attempts__by_name"
        )
    )


def test_the_same_stories_are_told_each_time(short_demo):
    demo.fill(NOON)
    first = told()
    demo.remove()

    demo.fill(NOON)

    assert len(first) == len(demo.LATELY)
    assert told() == first


@pytest.mark.django_db
@pytest.mark.parametrize("now", [NOON, SUNDAY_NIGHT])
@pytest.mark.parametrize(
    "week", [((),) * 7, (((time(13), time(17)),),) * 3 + ((),) * 4, (((time(0), time(23, 59)),),) * 7]
)
def test_any_hours_of_a_clinic_will_do(monkeypatch, settings, week, now):
    settings.CLINIC = Clinic(
        "Clinic", "example.com", time_zone=ZoneInfo("America/Chicago"), week=week, call_back_days=2
    )
    monkeypatch.setattr(demo, "NUMBER", 40)

    demo.fill(now)

    assert demo.requests().due(now).exists()
    assert demo.requests().closed().exists()


def test_no_form_can_send_the_mark_of_what_is_made_up():
    assert not KEY.fullmatch(f"{demo.MARK}00000000000000000000")


class TestRemoving:
    def test_takes_everything_made_up_away(self, short_demo):
        demo.fill(NOON)

        assert demo.remove() == len(demo.LATELY)

        assert not ConsultationRequest.objects.exists()
        assert not Event.objects.exists()
        assert not ContactAttempt.objects.exists()
        assert not User.objects.exists()

    def test_leaves_real_requests_and_their_history(self, short_demo):
        maria = make_staff()
        real = intake.receive(make_answers(), now=NOON)
        work.note(real, "Speaks softly.", by=maria, now=NOON)
        demo.fill(NOON)

        demo.remove()

        assert ConsultationRequest.objects.get() == real
        assert [event.kind for event in real.events.all()] == [Event.Kind.NOTED, Event.Kind.RECEIVED]
        assert real.mails.exists()
        assert User.objects.get() == maria

    def test_leaves_tests_that_somebody_made_by_hand(self, short_demo):
        by_hand = intake.receive(make_answers(), now=NOON, is_test=True)
        demo.fill(NOON)

        demo.remove()

        assert ConsultationRequest.objects.get() == by_hand

    def test_a_real_request_that_was_tied_to_a_made_up_one_stays(self, short_demo):
        demo.fill(NOON)
        made_up = demo.requests().open().exclude(phone="").first()
        real = intake.receive(make_answers(phone=made_up.phone), now=NOON)
        assert real.related_to is not None

        demo.remove()

        real.refresh_from_db()
        assert real.related_to is None


class TestTheCommand:
    def test_fills_the_desk_and_says_how_to_see_it(self, short_demo, capsys, settings):
        call_command("make_demo")

        said = capsys.readouterr().out
        assert demo.requests().count() == len(demo.LATELY)
        assert f"{len(demo.LATELY)} made-up requests" in said
        assert f"{settings.SITE_URL}/admin/" in said
        assert "make staff" in said

    def test_typed_twice_fills_the_desk_once(self, short_demo, capsys):
        call_command("make_demo")

        call_command("make_demo")

        assert demo.requests().count() == len(demo.LATELY)
        assert "here already" in capsys.readouterr().out

    def test_makes_nobody_who_can_sign_in(self, short_demo):
        call_command("make_demo")

        assert not User.objects.filter(is_active=True).exists()

    def test_somebody_with_an_account_is_told_to_use_it(self, short_demo, capsys):
        make_staff()

        call_command("make_demo")

        assert "with the account you have" in capsys.readouterr().out

    def test_does_not_put_made_up_requests_between_real_ones(self, short_demo):
        intake.receive(make_answers(), now=NOON)

        with pytest.raises(CommandError, match="real people"):
            call_command("make_demo")

        assert ConsultationRequest.objects.count() == 1

    def test_does_so_when_somebody_insists(self, short_demo):
        intake.receive(make_answers(), now=NOON)

        call_command("make_demo", force=True)

        assert ConsultationRequest.objects.count() == 1 + len(demo.LATELY)

    def test_takes_it_away_again(self, short_demo, capsys):
        call_command("make_demo")

        call_command("make_demo", remove=True)

        assert f"{len(demo.LATELY)} made-up requests were taken away" in capsys.readouterr().out
        assert not ConsultationRequest.objects.exists()
