"""While the database is away staff read what is the matter, no typed word is lost, and the log quotes nobody."""

import logging

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import InternalError, OperationalError, connection
from django.urls import reverse
from justhtml import JustHTML

from rlsinfo import waiting_room
from rlsinfo.consultations.models import ConsultationRequest
from tests.consultations.test_views import ASK, checked, sends, summary
from tests.factories import make_request, make_staff

pytestmark = pytest.mark.django_db
AWAY = "Our records do not answer just now"


def fail(*_):
    raise OperationalError("disk full while storing Ana Ortiz")


@pytest.fixture
def staff(client):
    client.force_login(make_staff())
    return client


@pytest.fixture
def crowded(monkeypatch):
    """Every place before the database is taken, and nothing moves."""
    room = waiting_room.WaitingRoom(places=1, patience=0)
    monkeypatch.setattr(waiting_room, "DATABASE", room)
    with room.place():
        yield


def hidden(answer):
    fields = JustHTML(answer.content.decode(), sanitize=False).query("main input")
    return {field.attrs["name"]: field.attrs["value"] for field in fields}


@pytest.mark.parametrize("error", [OperationalError, InternalError])
def test_staff_are_told_and_asked_to_try_again(staff, error):
    def fail(*_):
        raise error("read-only")

    with connection.execute_wrapper(fail):
        answer = staff.get(reverse("admin:index"))

    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert AWAY in answer.content.decode()
    assert staff.get(reverse("admin:index"), follow=True).status_code == 200


def test_what_staff_typed_comes_back_and_can_be_sent_again(staff):
    request = make_request()
    address = reverse("admin:consultations_consultationrequest_note", args=[request.pk])
    typed = {"words": 'Sister says: "call after five" & not before', "version": str(request.version)}

    with connection.execute_wrapper(fail):
        answer = staff.post(address, typed)

    assert answer.status_code == 503
    assert hidden(answer) == typed
    form = JustHTML(answer.content.decode(), sanitize=False).query_one("main form")
    assert (form.attrs["method"], form.attrs["action"]) == ("post", address)


def test_no_password_or_code_is_written_into_the_page(client):
    typed = {
        "username": "maria",
        "password": "eleven purple lanterns",
        "again-code": "123456",
        "code": "123456",
        "current": "x",
    }

    with connection.execute_wrapper(fail):
        answer = client.post(reverse("admin:login"), typed)

    assert answer.status_code == 503
    assert hidden(answer) == {"username": "maria"}


def test_a_session_that_cannot_be_stored_is_no_error_of_ours(staff, monkeypatch, settings):
    staff.raise_request_exception = False
    settings.SESSION_SAVE_EVERY_REQUEST = True
    monkeypatch.setattr(SessionStore, "save", fail)

    answer = staff.get(reverse("admin:index"), follow=True)

    assert answer.status_code == 503
    assert AWAY in answer.content.decode()


def test_another_error_is_still_an_error_of_ours(staff):
    staff.raise_request_exception = False

    with connection.execute_wrapper(lambda *_: 1 / 0):
        assert staff.get(reverse("admin:index")).status_code == 500


def test_the_log_says_so_in_one_line_that_quotes_nobody(staff, caplog):
    with connection.execute_wrapper(fail):
        staff.get(reverse("admin:index"))

    assert [record.getMessage() for record in caplog.records if record.name.startswith("rlsinfo")] == [
        "The database is away."
    ]
    assert "Ortiz" not in "\n".join(logging.Formatter().format(record) for record in caplog.records)


def test_where_nothing_moves_staff_are_told_at_once(staff, crowded):
    answer = staff.get(reverse("admin:index"))

    assert answer.status_code == 503
    assert AWAY in answer.content.decode()


def test_where_nothing_moves_a_request_comes_back_at_once_with_every_word(client, crowded):
    answer = client.post(ASK, {**sends(checked(client)), "step": "send"})

    assert answer.status_code == 503
    assert "nothing has been sent" in summary(answer)[0]
    assert not ConsultationRequest.objects.exists()


def test_where_nothing_moves_the_form_and_the_pages_are_still_there(client, crowded):
    assert client.get(ASK).status_code == 200
    assert client.get("/").status_code == 200
