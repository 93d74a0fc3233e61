"""The test request: only we can make one, it goes the whole way, and no list, figure or person hears of it."""

from datetime import timedelta
from http.client import HTTPMessage

import pytest
from django.core import mail as django_mail
from django.core.management import call_command
from django.core.management.base import CommandError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from rlsinfo.consultations import canary, digest, figures, intake, outbox, views
from rlsinfo.consultations.models import ConsultationRequest, Event, OutboxMail, SearchKey, State
from rlsinfo.consultations.visit import Visit
from rlsinfo.plumbing import jobs
from tests.factories import MONDAY_MORNING, make_answers, make_request
from tests.running_site import free_port

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
NOW = MONDAY_MORNING


def test_a_key_of_ours_is_known_for_five_minutes():
    key = canary.new_key(NOW)

    assert canary.is_test(key, NOW)
    assert canary.is_test(key, NOW + 5 * MINUTE)
    assert not canary.is_test(key, NOW + 6 * MINUTE)
    assert not canary.is_test(key, NOW - 6 * MINUTE)


def test_no_two_keys_are_the_same_and_each_fits_the_form():
    assert canary.new_key(NOW) != canary.new_key(NOW)
    assert len(canary.new_key(NOW)) <= 64


def test_a_key_that_somebody_has_changed_is_not_ours():
    key = canary.new_key(NOW)
    for at, letter in enumerate(key):
        other = "1" if letter != "1" else "2"

        assert not canary.is_test(key[:at] + other + key[at + 1 :], NOW)


@pytest.mark.parametrize("key", ["", "test-", "key-of-form-00000001", f"test-{0:08x}-{0:016x}-{0:032x}", "test-\u0661"])
def test_a_key_made_up_is_not_ours(key):
    assert canary.made_at(key) is None


def test_a_key_of_a_site_with_another_secret_is_not_ours(settings):
    key = canary.new_key(NOW)
    settings.SECRET_KEY = "x" * 50

    assert not canary.is_test(key, NOW)


@pytest.fixture
def stored(transactional_db) -> ConsultationRequest:
    answers = make_answers(submission_key=canary.new_key(NOW), name=canary.NAME, note="chest pain", email="")
    return canary.receive(answers, now=NOW)


def test_it_is_put_away_before_anybody_can_see_it(stored):
    requests = ConsultationRequest.objects

    assert stored.is_test
    assert requests.get().state == State.TEST
    assert not requests.open().exists()
    assert not requests.due(NOW + 60 * MINUTE).exists()
    assert not requests.to_skim().exists()
    assert not requests.real().exists()


def test_one_that_looks_like_spam_is_put_away_too(transactional_db):
    canary.receive(make_answers(submission_key=canary.new_key(NOW), trap="filled"), now=NOW)

    assert not ConsultationRequest.objects.to_skim().exists()


def test_it_is_one_transaction(transactional_db, monkeypatch):
    def fail(**_):
        raise ZeroDivisionError

    monkeypatch.setattr(OutboxMail.objects, "get_or_create", fail)

    with pytest.raises(ZeroDivisionError):
        canary.receive(make_answers(submission_key=canary.new_key(NOW)), now=NOW)

    assert not ConsultationRequest.objects.exists()


def test_its_alert_goes_through_the_outbox_and_to_nobody(stored):
    assert outbox.send_due(NOW) == {"sent": 1}

    assert django_mail.outbox == []
    assert stored.mails.get().state == OutboxMail.State.SENT


def test_no_figure_counts_it_and_no_digest_is_owed_for_it(stored):
    digest.plan(NOW + timedelta(days=1))

    assert figures.standing(NOW + 60 * MINUTE).mails_failed == 0
    assert not OutboxMail.objects.filter(request=None).exists()


def test_it_is_taken_away_with_all_that_belongs_to_it_and_nothing_else(stored):
    other = make_request(is_test=True, submission_key="test-and-not-ours")
    outbox.send_due(NOW)

    canary.remove()

    assert ConsultationRequest.objects.get() == other
    assert not Event.objects.exclude(request=other).exists()
    assert not OutboxMail.objects.exists()
    assert not SearchKey.objects.exclude(request=other).exists()


# --- through the form ---------------------------------------------------------------------------


@pytest.fixture
def site(transactional_db, monkeypatch, settings):
    """The site answers without a network, and its mail worker is quick."""
    browser = Client(enforce_csrf_checks=True)
    monkeypatch.setattr(canary, "MAIL_PATIENCE", 0.2)

    def answer(visit, method, path, body):
        form = {"content_type": "application/x-www-form-urlencoded"} if method == "POST" else {}
        response = browser.generic(method, path, body or "", **form)
        headers = HTTPMessage()
        headers["Location"] = response.headers.get("Location", "")
        outbox.send_due(timezone.now())
        return response.status_code, headers, response.content.decode()

    monkeypatch.setattr(Visit, "_answer", answer)
    return browser


def test_it_goes_the_whole_way_and_leaves_nothing(site, capsys):
    call_command("send_test_request")

    assert "Sent and stored in" in capsys.readouterr().out
    assert jobs.last("test_request").ok
    assert not ConsultationRequest.objects.exists()
    assert not OutboxMail.objects.exists()
    assert django_mail.outbox == []


def failure() -> str:
    """What the test request says is wrong."""
    with pytest.raises(CommandError) as failed:
        call_command("send_test_request")
    job = jobs.last("test_request")
    assert job
    assert (job.ok, job.detail) == (False, str(failed.value))
    return str(failed.value)


def test_a_site_that_does_not_answer_is_noticed(transactional_db, settings):
    settings.TEST_REQUEST_ADDRESS = f"http://127.0.0.1:{free_port()}"

    assert failure() == f"The site did not answer at {settings.TEST_REQUEST_ADDRESS} (ConnectionRefusedError)."


def test_a_form_that_is_broken_is_noticed(site, monkeypatch):
    monkeypatch.setattr(views, "_form_page", lambda *_, **__: HttpResponse(status=503))

    assert failure() == "The form answered 503."


def test_a_request_that_is_put_off_is_noticed(site, settings, monkeypatch):
    monkeypatch.setattr(intake.rates, "spend", lambda *_: 5 * MINUTE)

    assert failure() == "The site did not take the request: it answered 429."


def test_a_confirmation_of_what_was_not_stored_is_noticed(site, monkeypatch):
    real = canary.receive

    def lie(answers, **how):
        request = real(answers, **how)
        canary.remove()
        return request

    monkeypatch.setattr(canary, "receive", lie)

    assert failure() == "A reference was shown, but no such request is stored."


def test_a_request_without_its_event_is_noticed(site, monkeypatch):
    monkeypatch.setattr(ConsultationRequest, "record", lambda *_, **__: None)

    assert failure() == "A request was stored, but not that it was received."


def test_mail_that_nobody_sends_is_noticed_and_the_test_is_taken_away_next_time(site, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "send_next", lambda *_: None)
        patched.setattr(canary, "MAIL_PATIENCE", 0.1)
        assert failure().endswith("seconds its mail still waits.")

    call_command("send_test_request")

    assert not ConsultationRequest.objects.exists()


def test_a_key_that_is_not_ours_makes_an_ordinary_request(site, monkeypatch):
    monkeypatch.setattr(canary, "new_key", lambda now: "test-somebody-made-this-up-0123456789")

    assert failure() == "A reference was shown, but no such request is stored."
    assert ConsultationRequest.objects.real().get().mails.count() == 1
