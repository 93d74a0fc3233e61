"""The front desk sees who waits, reads what they wrote, and moves them on; and nobody else does."""

from dataclasses import replace
from datetime import time, timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from rlsinfo.consultations.models import ConsultationRequest, Event, OutboxMail, State
from tests.factories import MONDAY_MORNING, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/consultations/consultationrequest/"


@pytest.fixture
def maria() -> User:
    return make_staff(username="maria", first_name="Maria", last_name="Lopez")


@pytest.fixture
def desk(maria: User) -> Client:
    """The browser of Maria, who is signed in."""
    client = Client()
    client.force_login(maria)
    return client


def page_of(request: ConsultationRequest) -> str:
    return f"{LIST}{request.pk}/change/"


def read(response) -> str:
    """What stands on a page, as one line of text."""
    return unescape(" ".join(response.content.decode().split()))


def listed(response) -> list[ConsultationRequest]:
    return [row.request for row in response.context["rows"]]


def press(desk: Client, request: ConsultationRequest, to: str, *, why: str = "", version: int | None = None):
    words = {"to": to, "why": why, "version": version or request.version}
    return desk.post(f"{LIST}{request.pk}/move/", words)


# --- who may come in ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "1/change/"])
def test_a_stranger_is_asked_to_sign_in(client, path):
    response = client.get(LIST + path)

    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


@pytest.mark.parametrize("path", ["1/move/", "1/mail/1/"])
def test_a_stranger_moves_nothing(client, path):
    request = make_request(pk=1)

    response = client.post(LIST + path, {"to": "working", "version": 1})

    request.refresh_from_db()
    assert response.url.startswith("/admin/login/")
    assert request.state == State.NEW


def test_staff_without_the_permission_see_no_request(client):
    client.force_login(make_staff("view_user"))
    request = make_request()

    assert client.get(LIST).status_code == 403
    assert client.get(page_of(request)).status_code == 403
    assert press(client, request, "working").status_code == 403
    assert not request.events.exists()


def test_who_may_only_read_gets_no_buttons(client):
    client.force_login(make_staff("view_consultationrequest"))
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None)

    page = read(client.get(page_of(mail.request)))

    assert "What happened?" not in page
    assert "Send again" not in page
    assert press(client, mail.request, "working").status_code == 403
    assert client.post(f"{LIST}{mail.request.pk}/mail/{mail.pk}/").status_code == 403


def test_signing_in_leads_straight_to_the_requests(desk):
    assert desk.get("/admin/").url == LIST


def test_staff_with_other_work_get_the_ordinary_index(client):
    client.force_login(make_staff("view_user"))

    response = client.get("/admin/")

    assert response.status_code == 200
    assert "Everything kept here" in read(response)


def test_the_accounts_are_one_link_away_for_whoever_keeps_them(client, desk):
    client.force_login(make_staff(username="boss", is_superuser=True))

    assert "/admin/auth/user/" in read(client.get(LIST))
    assert "/admin/auth/user/" not in read(desk.get(LIST))


def test_there_is_no_way_to_add_delete_or_rewrite_a_request(client):
    client.force_login(make_staff(username="boss", is_superuser=True))
    request = make_request(name="Ana Ortiz")

    for page in ("add", "delete", "history"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:consultations_consultationrequest_{page}", args=[request.pk] if page != "add" else [])
    client.post(page_of(request), {"name": "Somebody else", "note": "changed"})
    client.post(LIST, {"action": "delete_selected", "_selected_action": [request.pk]})

    assert ConsultationRequest.objects.get().name == "Ana Ortiz"


# --- the list -----------------------------------------------------------------------------------


def test_the_list_opens_on_the_open_requests_newest_first(desk):
    older = make_request(received_at=MONDAY_MORNING, state=State.TRYING)
    newer = make_request(received_at=MONDAY_MORNING + timedelta(hours=1))
    make_request(state=State.DECLINED)

    assert listed(desk.get(LIST)) == [newer, older]
    assert listed(desk.get(LIST + "?order=longest")) == [older, newer]


@pytest.mark.parametrize("state", State)
def test_the_list_can_show_each_state(desk, state):
    requests = {each: make_request(state=each) for each in State}

    assert listed(desk.get(f"{LIST}?show={state}")) == [requests[state]]


def test_every_request_is_on_exactly_one_of_the_two_lists(desk):
    for state in State:
        make_request(state=state)

    still_open, closed = (listed(desk.get(f"{LIST}?show={which}")) for which in ("open", "closed"))

    assert len(still_open) + len(closed) == len(State)
    assert not set(still_open) & set(closed)
    assert len(listed(desk.get(f"{LIST}?show=all"))) == len(State)


def test_a_filter_that_does_not_exist_shows_the_open_requests(desk):
    request = make_request()

    assert listed(desk.get(f"{LIST}?show=nonsense&page=nonsense")) == [request]


@time_machine.travel(MONDAY_MORNING + timedelta(hours=3, minutes=10), tick=False)
def test_a_line_says_who_since_when_about_what_and_how_to_reach_them(desk):
    request = make_request(name="Ana Maria Ortiz", phone="555 010 0177", may_leave_message=False)
    make_mail(request=request, kind=OutboxMail.Kind.ALERT, state=OutboxMail.State.FAILED, due_at=None)

    page = read(desk.get(LIST))

    assert ">Ana O.</a>" in page
    assert "Ana Maria Ortiz" not in page
    assert "555" not in page
    for words in (
        "Mon, Nov. 16, 3 p.m.<small>3 hours, 10 minutes</small>",
        "Restless legs or veins, I am not sure which",
        "Morning, afternoon",
        "Phone, <b>no message</b>",
        "Alert: not sent",
    ):
        assert words in page


@time_machine.travel(MONDAY_MORNING + timedelta(days=1), tick=False)
def test_where_hours_are_known_waiting_is_counted_in_them(desk, settings):
    week = (((time(8), time(17)),),) * 5 + ((),) * 2
    settings.CLINIC = replace(settings.CLINIC, week=week, call_back_days=1)
    make_request(received_at=MONDAY_MORNING)
    make_request(received_at=MONDAY_MORNING + timedelta(hours=23, minutes=18))

    page = read(desk.get(LIST))

    assert "<small>9 h 0 min of opening hours</small>" in page
    assert "<small>42 min of opening hours</small>" in page


def test_whoever_waits_longest_and_has_nobody_stands_on_top(desk):
    make_request(received_at=MONDAY_MORNING - timedelta(hours=3), state=State.WORKING)
    make_request(received_at=MONDAY_MORNING - timedelta(hours=2), spam_reasons=["It holds a web address."])
    first = make_request(received_at=MONDAY_MORNING - timedelta(hours=1))
    make_request(received_at=MONDAY_MORNING)

    assert desk.get(LIST).context["first"].request == first


def test_what_looks_like_advertising_comes_last_but_it_comes(desk):
    flagged = make_request(spam_reasons=["It holds a web address."])

    response = desk.get(LIST)

    assert response.context["first"].request == flagged
    assert "Looks like advertising" in read(response)


def test_a_note_that_may_be_urgent_is_marked(desk):
    make_request(note="I have chest pain")

    page = read(desk.get(LIST))

    assert "May be urgent" in page
    assert "read the note first" in page
    assert "chest pain" not in page


def test_an_empty_list_says_so(desk):
    assert "Nothing to do. Nobody is waiting." in read(desk.get(LIST))
    assert "No requests here." in read(desk.get(LIST + "?show=spam"))


def test_the_day_is_counted_and_stuck_mail_is_seen(desk):
    request = make_request(state=State.TRYING)
    make_request()
    make_mail(request=request, kind=OutboxMail.Kind.ALERT, state=OutboxMail.State.UNCERTAIN, due_at=None)
    make_mail(request=request, kind=OutboxMail.Kind.RECEIPT, state=OutboxMail.State.FAILED, due_at=None)

    page = read(desk.get(LIST))

    assert "<dt>New</dt><dd>1</dd>" in page
    assert "<dt>Open</dt><dd>2</dd>" in page
    assert "<dt>E-mails not sent</dt><dd>1</dd>" in page
    assert "<dt>May not have arrived</dt><dd>1</dd>" in page


def test_a_long_list_comes_in_pages(desk):
    for _ in range(51):
        make_request()

    first, second = desk.get(LIST), desk.get(LIST + "?show=open&page=2")

    assert (len(listed(first)), len(listed(second))) == (50, 1)
    assert "?show=open&page=2" in read(first)
    assert "Page 2 of 2" in read(second)


def test_the_list_asks_no_more_of_the_database_when_it_is_longer(desk, django_assert_max_num_queries):
    for _ in range(40):
        make_mail()

    with django_assert_max_num_queries(12):
        desk.get(LIST)


# --- finding a caller ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["ortiz ana", "(555) 010-0177", "ANA.O@example.com", "k7mr 4pxd"])
def test_a_caller_is_found_in_any_state_and_stays_out_of_the_address(desk, text):
    ana = make_request(
        name="Ana Ortiz", phone="5550100177", email="ana.o@example.com", reference="K7MR4PXD", state=State.DECLINED
    )
    make_request(name="Ruth Abel")

    response = desk.post(LIST, {"text": text})

    assert listed(response) == [ana]
    assert "<b>1</b> request fits" in read(response)
    assert response.request["QUERY_STRING"] == ""


@pytest.mark.parametrize("text", ["", "   ", "x" * 201, "a\x00b"])
def test_a_search_for_nothing_finds_nothing(desk, text):
    make_request()

    response = desk.post(LIST, {"text": text})

    assert listed(response) == []
    assert "Type a name, a phone number, an e-mail address or a reference." in read(response)


def test_a_search_that_fits_too_many_says_so(desk):
    for _ in range(51):
        make_request(name="Ana Ortiz")

    assert "Only the newest 50 are shown." in read(desk.post(LIST, {"text": "ana"}))


# --- one request --------------------------------------------------------------------------------


def test_a_request_shows_the_person_s_words_and_ways_to_reach_them(desk):
    request = make_request(
        name="Ana Ortiz",
        phone="(555) 010-0177",
        email="ana@example.com",
        note="Please <b>ask</b> for me.",
        help_needed="Spanish interpreter",
        reference="K7MR4PXD",
        source="/causes/iron-and-rls/",
    )
    request.record(Event.Kind.RECEIVED, at=MONDAY_MORNING)

    response = desk.get(page_of(request))

    source = response.content.decode()
    assert '<a class="phone" href="tel:5550100177">(555) 010-0177</a>' in source
    assert 'href="mailto:ana@example.com"' in source
    assert "Please &lt;b&gt;ask&lt;/b&gt; for me." in source
    page = read(response)
    for words in ("<h1>Ana Ortiz</h1>", "Spanish interpreter", "K7MR 4PXD", "to the words of 2026-11", "after reading"):
        assert words in page


def test_the_rule_about_messages_stands_before_the_number(desk):
    may, may_not = make_request(may_leave_message=True), make_request(may_leave_message=False)

    for request, rule in ((may, "Say our name and number only, never why."), (may_not, "Leave no message,")):
        page = read(desk.get(page_of(request)))
        assert 0 < page.index(rule) < page.index('class="phone"')


def test_without_a_number_the_page_says_to_write(desk):
    request = make_request(phone="", email="ana@example.com")

    page = read(desk.get(page_of(request)))

    assert "No phone number was given." in page
    assert "tel:" not in page


def test_neither_the_title_nor_the_address_names_the_person(desk):
    request = make_request(name="Zebediah Quill", reference="K7MR4PXD")

    response = desk.get(page_of(request))

    title = read(response).partition("<title>")[2].partition("</title>")[0]
    assert "K7MR 4PXD" in title
    assert "Quill" not in title + page_of(request)


def test_what_may_be_urgent_or_advertising_is_said_first(desk):
    request = make_request(note="chest pain", spam_reasons=["It was sent within 3 seconds."])

    page = read(desk.get(page_of(request)))

    number = page.index('class="phone"')
    assert page.index("Read it before you dial.") < number
    assert page.index("It was sent within 3 seconds.") < number
    assert "None were sent." in page


def test_other_requests_of_the_same_person_are_linked(desk):
    request = make_request(phone="555 010 0177")
    other = make_request(phone="+1 555 010 0177", state=State.DECLINED)

    assert page_of(other) in read(desk.get(page_of(request)))
    assert "None from this number or address." in read(desk.get(page_of(make_request())))


@time_machine.travel(MONDAY_MORNING, tick=False)
def test_every_reading_of_a_request_is_written_down(desk, maria):
    request = make_request()

    page = read(desk.get(page_of(request)))

    event = request.events.get()
    assert (event.kind, event.by_id, event.by_name, event.at) == ("viewed", maria.pk, "Maria Lopez", MONDAY_MORNING)
    assert "Who has opened this request (1)" in page


def test_a_request_that_does_not_exist_is_not_found(desk):
    assert desk.get(f"{LIST}999/change/").status_code == 404
    assert desk.post(f"{LIST}999/move/", {"to": "working", "version": 1}).status_code == 404


def test_by_when_a_call_was_promised_is_shown_where_it_is_known(desk, settings):
    week = (((time(8), time(17)),),) * 5 + ((),) * 2
    request = make_request()
    assert "Promised" not in read(desk.get(page_of(request)))

    settings.CLINIC = replace(settings.CLINIC, week=week, call_back_days=1)

    assert "by Tuesday, November 17, 5 p.m." in read(desk.get(page_of(request)))


# --- moving on ----------------------------------------------------------------------------------


def test_one_press_moves_a_request_and_says_who_and_why(desk):
    request = make_request()

    response = press(desk, request, "working", why="calling now")

    assert response.status_code == 303
    page = read(desk.get(response.url))
    assert "is now: Taken." in page
    assert "<b>Maria Lopez</b>: New → Taken<q>calling now</q>" in page


def test_closing_a_request_leads_back_to_the_list(desk):
    request = make_request(state=State.TALKING)

    response = press(desk, request, "scheduled", why="Tuesday, Dr. Reed")

    request.refresh_from_db()
    assert response.url == LIST
    assert request.state == State.SCHEDULED


@pytest.mark.parametrize("state", State)
def test_there_is_a_button_for_each_move_that_is_allowed_and_no_other(desk, state):
    request = make_request(state=state)

    response = desk.get(page_of(request))

    offered = [button.to for button in response.context["buttons"]]
    assert offered == list(request.allowed_moves)
    assert response.content.decode().count('name="to"') == len(offered)


@pytest.mark.parametrize(("state", "label"), [(State.DECLINED, "Open again"), (State.SPAM, "Restore")])
def test_a_closed_request_offers_the_way_back(desk, state, label):
    assert f">{label}<small>" in read(desk.get(page_of(make_request(state=state))))


def test_closing_without_a_word_changes_nothing_and_says_what_is_missing(desk):
    request = make_request(state=State.TALKING)

    response = press(desk, request, "declined")

    request.refresh_from_db()
    assert response.status_code == 422
    assert "Say why before you close this request." in read(response)
    assert request.state == State.TALKING


def test_too_many_words_are_kept_and_sent_back(desk):
    request = make_request()

    response = press(desk, request, "working", why="word " * 101)

    assert response.status_code == 422
    assert "Use 500 characters or fewer for your words." in read(response)
    assert "word word word" in read(response)


def test_of_two_who_press_the_second_is_told_and_keeps_their_words(desk):
    request = make_request()
    request.move(State.WORKING, by=make_staff(first_name="Sam", last_name="Tran"), version=1)

    response = press(desk, request, "spam", why="Sounds like a robot", version=1)

    page = read(response)
    assert response.status_code == 409
    assert "Somebody was faster" in page
    assert "Sam Tran moved this request to <b>Taken</b>" in page
    assert ">Sounds like a robot</textarea>" in page
    assert 'name="version" value="2"' in page
    assert ConsultationRequest.objects.get().state == State.WORKING


def test_a_page_shown_after_a_refusal_is_written_down_as_read_too(desk):
    request = make_request(state=State.TALKING)

    press(desk, request, "declined")

    assert request.events.get().kind == Event.Kind.VIEWED


def test_a_link_or_a_preview_moves_nothing(desk):
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None)

    assert desk.get(f"{LIST}{mail.request.pk}/move/?to=working&version=1").status_code == 405
    assert desk.get(f"{LIST}{mail.request.pk}/mail/{mail.pk}/").status_code == 405
    assert ConsultationRequest.objects.get().state == State.NEW


def test_a_form_of_another_site_moves_nothing(maria):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(maria)
    request = make_request()

    assert press(careful, request, "working").status_code == 403
    assert ConsultationRequest.objects.get().state == State.NEW


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"to": "lost", "version": 1},
        {"to": "working", "version": "x"},
        {"to": "working"},
        {"to": "spam", "version": -1},
    ],
)
def test_a_button_that_is_not_on_the_page_is_a_bad_request(desk, words):
    request = make_request()

    assert desk.post(f"{LIST}{request.pk}/move/", words).status_code == 400


def test_a_stuck_mail_can_be_sent_again_from_the_page(desk):
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None, attempts=8, last_error="SMTPRecipientsRefused")
    page = read(desk.get(page_of(mail.request)))
    assert 'Receipt to the patient: <b class="late-text">not sent</b> <small>(8 tries, SMTPRecipientsRefused)' in page

    response = desk.post(f"{LIST}{mail.request.pk}/mail/{mail.pk}/")

    after = read(desk.get(response.url))
    assert "waiting to be sent" in after
    assert "E-mail to be sent again: receipt to the patient, asked by Maria Lopez" in after
    assert "Send again" not in after


def test_a_mail_of_another_request_cannot_be_reached_through_this_one(desk):
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None)

    assert desk.post(f"{LIST}{make_request().pk}/mail/{mail.pk}/").status_code == 404


# --- what the pages promise the browser ---------------------------------------------------------


def test_the_pages_need_nothing_inline_and_are_kept_nowhere(desk):
    mail = make_mail()

    for address in (LIST, page_of(mail.request)):
        response = desk.get(address)
        source = response.content.decode()
        assert "<style" not in source
        assert " style=" not in source
        assert "<script>" not in source
        assert " onclick" not in source
        assert "no-store" in response["Cache-Control"]
        assert "default-src 'none'" in response["Content-Security-Policy"]
