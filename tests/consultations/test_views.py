"""What a person sees while asking for a call, from the first page to the confirmation and through every failure."""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from justhtml import JustHTML

from rlsinfo.clinic import Clinic
from rlsinfo.consultations.models import ConsultationRequest
from tests.factories import make_request

ASK = "/consultation/request/"
START = "/consultation/"
FRIDAY_NIGHT = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
UNKNOWN_CLINIC = Clinic(name="Truffles Vein Specialists", site="trufflesveinspecialists.com")
KNOWN_CLINIC = replace(
    UNKNOWN_CLINIC,
    phone="(555) 010-0134",
    time_zone=ZoneInfo("America/Chicago"),
    week=(((time(8), time(17)),),) * 5 + ((),) * 2,
    holidays=frozenset({date(2026, 11, 26)}),
    call_back_days=2,
)
TYPED = {
    "name": "Ana Ortiz <b>",
    "phone": "(555) 010-0177",
    "email": "ana@example.com",
    "note": "First line.\r\nSecond & last line.",
    "help_needed": "Spanish, please",
}
PICKED = {
    "urgent": "no",
    "best_times": ["morning", "afternoon"],
    "may_leave_message": "yes",
    "topic": "rls_or_veins",
    "consent": ["2026-11"],
}
FILLED_IN = {**TYPED, **PICKED, "key": "a-key-that-the-form-was-opened-with"}


@pytest.fixture(autouse=True)
def clinic(settings):
    settings.CLINIC = UNKNOWN_CLINIC


@pytest.fixture
def known_clinic(settings):
    settings.CLINIC = KNOWN_CLINIC


@pytest.fixture
def strict_client():
    """A browser whose forms must carry their token."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def broken_database(db):
    """Every query fails, as when the disk is full or the server is away."""

    def fail(*_):
        raise OperationalError("could not write (Ana Ortiz, 5550100177)")

    with connection.execute_wrapper(fail):
        yield


def page(response) -> JustHTML:
    return JustHTML(response.content.decode(), sanitize=False)


def text(response) -> str:
    return " ".join(page(response).query_one("main").to_text().split()).replace(" .", ".")


def title(response) -> str:
    return page(response).query_one("title").to_text()


def summary(response) -> list[str]:
    return [item.to_text() for item in page(response).query(".problem li")]


def sends(response) -> dict[str, list[str]]:
    """What the browser would send from the form on this page, were a button without a name pressed."""
    sent: dict[str, list[str]] = {}
    for control in page(response).query("main [name]:not(button)"):
        if control.attrs.get("type") in {"radio", "checkbox"} and "checked" not in control.attrs:
            continue
        value = control.to_text() if control.name == "textarea" else control.attrs.get("value", "")
        sent.setdefault(control.attrs["name"], []).append(value)
    return sent


def words_in(response) -> dict[str, str | list[str]]:
    """The answers the page holds, in fields or hidden, whichever way."""
    held = sends(response)
    return {
        name: values if name in {"best_times", "consent"} else values[0].replace("\r\n", "\n")
        for name, values in held.items()
        if name in FILLED_IN
    }


def every_word(**changes) -> dict[str, str | list[str]]:
    return {**FILLED_IN, "note": FILLED_IN["note"].replace("\r\n", "\n"), **changes}


def checked(client, **changes):
    return client.post(ASK, FILLED_IN | changes)


def sent(client, **changes):
    """The answer to the send button on the page that shows the answers."""
    return client.post(ASK, {**sends(checked(client, **changes)), "step": "send"})


# --- before the form ---


def test_the_start_page_names_the_urgent_signs_before_it_offers_a_call(client):
    shown = text(client.get(START))

    assert shown.index("Call 911 now") < shown.index("Call or text 988") < shown.index("Get medical care today")
    assert shown.index("Get medical care today") < shown.index("Start your request")
    assert shown.endswith("Start your request")


def test_the_start_page_is_the_same_for_everybody(client):
    first, second = client.get(START), client.get(START, {"from": "/causes/iron-and-rls/"})

    assert first.content == second.content
    assert not first.cookies
    assert "Cookie" not in first.get("Vary", "")
    assert b"csrf" not in first.content


def test_nothing_is_promised_that_the_clinic_has_not_said(client):
    shown = text(client.get(START)) + text(client.get(ASK))

    assert "working day" not in shown
    assert ", from" not in shown
    assert "Rather call us" not in shown


def test_who_calls_when_and_from_which_number_is_said_where_it_is_known(client, known_clinic):
    promise = "A person from our clinic calls you within 2 working days, from (555) 010-0134."

    assert promise in text(client.get(START))
    assert promise in text(client.get(ASK))


# --- the form ---


def test_the_form_is_never_kept_by_a_cache(client):
    assert "no-store" in client.get(ASK)["Cache-Control"]


def test_the_cookie_of_the_form_goes_when_the_browser_closes(client):
    (cookie,) = client.get(ASK).cookies.values()

    assert (cookie["expires"], cookie["max-age"]) == ("", "")


def test_an_untouched_form_shows_no_error(client):
    response = client.get(ASK)

    assert response.status_code == 200
    assert title(response).startswith("Ask for a call")
    assert not page(response).query(".problem, .err, .bad")


def test_the_form_remembers_the_article_a_person_came_from(client):
    assert sends(client.get(ASK, {"from": "/causes/iron-and-rls/"}))["source"] == ["/causes/iron-and-rls/"]


def test_the_form_learns_the_article_through_the_start_page(client):
    before = "https://example.com/consultation/?from=/causes/iron-and-rls/"

    assert sends(client.get(ASK, headers={"referer": before}))["source"] == ["/causes/iron-and-rls/"]


@pytest.mark.parametrize("referer", ["http://[", "?from=//example.com/", "?from=%00", "?" + "a=1&" * 200])
def test_a_strange_referer_changes_nothing(client, referer):
    response = client.get(ASK, headers={"referer": referer})

    assert response.status_code == 200
    assert sends(response)["source"] == [""]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.parametrize("address", [START, ASK, "/consultation/sent/token/"])
def test_other_methods_are_refused(client, address, method):
    assert getattr(client, method)(address).status_code == 405


@pytest.mark.parametrize("address", [START, "/consultation/sent/token/"])
def test_nothing_can_be_posted_to_a_page_without_a_form(client, address):
    assert client.post(address, FILLED_IN).status_code == 405


# --- what is wrong ---


def test_a_faulty_form_comes_back_with_every_word(client):
    response = checked(client, phone="12", topic=[])

    assert response.status_code == 422
    assert words_in(response) == {k: v for k, v in every_word(phone="12").items() if k != "topic"}


def test_a_faulty_form_says_so_in_the_title_in_the_summary_and_beside_the_field(client):
    response = checked(client, phone="12", name="", topic=[])

    sentences = [
        "Enter your full name",
        "Enter a phone number of 7 to 15 digits, with its area code",
        "Pick what it is about",
    ]
    assert title(response).startswith("Error: Ask for a call")
    assert page(response).query_one(".problem h2").to_text() == "There is a problem"
    assert summary(response) == sentences
    assert [error.to_text() for error in page(response).query(".err")] == [f"Error: {each}" for each in sentences]


def test_the_summary_stands_first_takes_the_focus_and_leads_to_each_field(client):
    response = checked(client, phone="12", topic=[])

    first = page(response).query("main .flow > *")[0]
    assert first.attrs["class"] == "problem"
    assert {"tabindex", "autofocus"} <= first.attrs.keys()
    assert [link.attrs["href"] for link in page(response).query(".problem a")] == ["#id_phone", "#id_topic_0"]


def test_a_post_without_any_field_is_an_unfinished_form(client):
    response = client.post(ASK)

    assert response.status_code == 422
    assert summary(response)[0] == "Say whether one of these is happening now"


# --- urgent signs ---


@pytest.mark.parametrize("step", ["check", "send"])
def test_an_urgent_sign_leads_to_help_and_stores_nothing(client, db, step):
    response = checked(client, urgent="yes", step=step)

    assert text(response).startswith("Please get help first")
    assert "Call 911 now" in text(response)
    assert not ConsultationRequest.objects.exists()


def test_an_urgent_sign_comes_before_any_fault_in_the_form(client):
    assert "Call 911 now" in text(client.post(ASK, {"urgent": "yes"}))


def test_a_slip_can_be_taken_back_without_losing_a_word(client):
    interruption = checked(client, urgent="yes")

    response = client.post(ASK, {**sends(interruption), "step": "change:urgent"})

    assert words_in(response) == {k: v for k, v in every_word().items() if k != "urgent"}
    assert page(response).query_one("[autofocus]").attrs["id"] == "id_urgent_0"


# --- check your answers ---


def test_the_answers_are_shown_before_anything_is_sent(client, db):
    response = checked(client)

    assert title(response).startswith("Check your answers")
    assert "Nothing has been sent yet." in text(response)
    for typed in TYPED.values():
        assert " ".join(typed.split()) in text(response)
    assert "no-store" in response["Cache-Control"]
    assert not ConsultationRequest.objects.exists()


def test_what_was_not_answered_is_shown_as_not_given(client):
    assert "E-mail Not given" in text(checked(client, email=""))


def test_somebody_without_a_phone_is_told_that_we_write(client, known_clinic):
    shown = text(checked(client, phone=""))

    assert "A person from our clinic writes to the address you gave." in shown
    assert "calls you" not in shown


@pytest.mark.parametrize(
    ("field", "focused"),
    [
        ("name", "id_name"),
        ("phone", "id_phone"),
        ("email", "id_email"),
        ("best_times", "id_best_times_0"),
        ("may_leave_message", "id_may_leave_message_0"),
        ("topic", "id_topic_0"),
        ("note", "id_note"),
        ("help_needed", "id_help_needed"),
    ],
)
def test_each_answer_can_be_changed_with_every_word_kept(client, field, focused):
    check = checked(client)
    button = next(b for b in page(check).query("button") if b.attrs.get("value") == f"change:{field}")

    response = client.post(ASK, {**sends(check), button.attrs["name"]: button.attrs["value"]})

    assert response.status_code == 200
    assert words_in(response) == every_word()
    assert [each.attrs["id"] for each in page(response).query("[autofocus]")] == [focused]


def test_the_way_back_to_the_form_keeps_every_word(client):
    response = client.post(ASK, {**sends(checked(client)), "step": "change"})

    assert words_in(response) == every_word()
    assert not page(response).query("[autofocus], .problem")


# --- sending ---


def test_sending_stores_what_was_answered(client, db):
    sent(client, source="/causes/iron-and-rls/")

    stored = ConsultationRequest.objects.get()
    assert (stored.name, stored.phone, stored.email) == ("Ana Ortiz <b>", "(555) 010-0177", "ana@example.com")
    assert stored.note == "First line.\nSecond & last line."
    assert (stored.best_times, stored.topic) == (["morning", "afternoon"], "rls_or_veins")
    assert (stored.may_leave_message, stored.help_needed) == (True, "Spanish, please")
    assert (stored.consent_version, stored.source) == ("2026-11", "/causes/iron-and-rls/")
    assert stored.mails.count() == 2


def test_the_whole_way_can_be_gone_in_a_browser_that_must_prove_each_step(strict_client, db):
    form = strict_client.get(ASK)
    slip = strict_client.post(ASK, {**sends(form), **FILLED_IN, "urgent": "yes"})
    back = strict_client.post(ASK, {**sends(slip), "step": "change:urgent"})
    check = strict_client.post(ASK, {**sends(back), "urgent": "no"})
    change = strict_client.post(ASK, {**sends(check), "step": "change:phone"})
    check = strict_client.post(ASK, {**sends(change), "phone": "(555) 010-0188"})
    response = strict_client.post(ASK, {**sends(check), "step": "send"})

    assert [step.status_code for step in (form, slip, back, check, change, response)] == [200] * 5 + [303]
    assert "We have your request" in text(strict_client.get(response["Location"]))
    assert ConsultationRequest.objects.get().phone == "(555) 010-0188"


def test_sending_leads_to_a_confirmation_that_shows_the_reference(client, db):
    response = sent(client)

    assert response.status_code == 303
    confirmation = client.get(response["Location"])
    assert page(confirmation).query_one(".ref").to_text() == ConsultationRequest.objects.get().spoken_reference
    assert "no-store" in confirmation["Cache-Control"]


def test_nothing_a_person_typed_is_in_the_address_or_on_the_confirmation(client, db):
    response = sent(client)

    seen = response["Location"] + client.get(response["Location"]).content.decode()
    assert not [typed for typed in ("Ana", "Ortiz", "0177", "ana@", "Second") if typed in seen]


def test_a_form_sent_twice_is_one_request_with_one_reference(client, db):
    # At one moment, since the address of a confirmation knows the second in which it was made.
    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        first, second = (client.get(sent(client)["Location"]) for _ in range(2))

    assert first.content == second.content
    assert ConsultationRequest.objects.count() == 1


def test_a_form_changed_after_it_was_sent_is_a_second_request_beside_the_first(client, db):
    sent(client)
    sent(client, note="Something else.")

    first, second = ConsultationRequest.objects.order_by("pk")
    assert second.related_to == first


def test_answers_are_checked_again_when_they_are_sent(client, db):
    response = client.post(ASK, FILLED_IN | {"phone": "12", "email": "", "step": "send"})

    assert response.status_code == 422
    assert not ConsultationRequest.objects.exists()


def test_what_no_question_asked_for_changes_nothing(client, db):
    """Columns of the table, named like fields of the form, as somebody sends them who has read the code."""
    forged = {
        "state": "scheduled", "is_test": "1", "reference": "AAAA1111", "urgent_note": "1", "spam_reasons": "none",
        "closed_at": "2020-01-01", "claimed_by": "1", "received_at": "2020-01-01", "version": "99", "id": "1", "pk": "1",
        "consent_version": "none", "content_hash": "x", "submission_key": "y", "consent_at": "2020-01-01",
    }  # fmt: skip

    client.post(ASK, {**sends(checked(client)), **forged, "step": "send"})

    stored = ConsultationRequest.objects.get()
    assert (stored.state, stored.is_test, stored.version, stored.closed_at) == ("new", False, 1, None)
    assert stored.received_at.year > 2020
    assert not {str(getattr(stored, name, "")) for name in forged} & (set(forged.values()) - {"1"})


def test_of_an_answer_that_is_sent_twice_what_was_checked_is_what_is_stored(client, db):
    answers = {
        **sends(checked(client)),
        "name": ["First Name", "Second Name"],
        "phone": ["(555) 010-1111", "(555) 010-2222"],
    }

    page = text(client.post(f"{ASK}?name=Third+Name&phone=5550103333", {**answers, "step": "check"}))
    client.post(f"{ASK}?name=Third+Name&phone=5550103333", {**answers, "step": "send"})

    stored = ConsultationRequest.objects.get()
    assert (stored.name, stored.phone) == ("Second Name", "(555) 010-2222")
    assert "Second Name" in page
    assert not any(other in page for other in ("First Name", "Third Name"))


def test_a_program_that_fills_in_the_trap_sees_what_a_person_sees(client, db):
    response = sent(client, website="https://example.com/")

    assert "We have your request" in text(client.get(response["Location"]))
    assert ConsultationRequest.objects.get().spam_reasons


# --- the confirmation ---


def test_the_confirmation_says_by_when_we_call_in_the_clinics_own_time(client, db, known_clinic):
    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        shown = text(client.get(sent(client)["Location"]))

    # Sent after hours on Friday, so noticed on Monday; two working days later is Wednesday.
    assert "We call you by Wednesday, November 25, 5 p.m. CST from (555) 010-0134." in shown


def test_the_confirmation_names_no_time_where_none_is_known(client, db):
    shown = text(client.get(sent(client)["Location"]))

    assert "We call you, or write if you gave only an e-mail address. We cannot name a day here." in shown
    assert "p.m." not in shown


def test_the_confirmation_says_what_to_do_if_it_cannot_wait(client, db):
    assert "With chest pain or trouble breathing, call 911." in text(client.get(sent(client)["Location"]))


def test_the_confirmation_can_be_read_while_the_database_is_away(client, db):
    address = sent(client)["Location"]

    def fail(*_):
        raise OperationalError("away")

    with connection.execute_wrapper(fail):
        assert "We have your request" in text(client.get(address))


def test_a_confirmation_nobody_signed_is_not_found(client, db):
    token = reverse("consultations:sent", args=[make_request().reference])

    assert client.get(token).status_code == 404


def test_a_confirmation_is_no_longer_shown_after_thirty_days(client, db):
    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        address = sent(client)["Location"]
    reference = ConsultationRequest.objects.get().spoken_reference

    with time_machine.travel(FRIDAY_NIGHT + timedelta(days=30), tick=False):
        assert reference in text(client.get(address))
    with time_machine.travel(FRIDAY_NIGHT + timedelta(days=30, seconds=2), tick=False):
        late = client.get(address)
        assert late.status_code == 410
        assert reference not in text(late)
        assert "Your request reached us." in text(late)


# --- when something fails on our side ---


@pytest.mark.parametrize("step", ["check", "send"])
def test_an_expired_form_comes_back_with_every_word_and_can_be_sent(strict_client, db, step):
    refused = strict_client.post(ASK, FILLED_IN | {"step": step})

    assert refused.status_code == 403
    assert title(refused).startswith("Error: ")
    assert summary(refused)[0].startswith("We could not be sure that this came from you")
    assert words_in(refused) == every_word()
    again = strict_client.post(ASK, sends(refused))
    assert title(again).startswith("Check your answers")


def test_an_urgent_sign_leads_to_help_even_from_an_expired_form(strict_client):
    assert "Call 911 now" in text(strict_client.post(ASK, FILLED_IN | {"urgent": "yes"}))


def test_an_expired_form_is_never_kept_by_a_cache(strict_client):
    assert "no-store" in strict_client.post(ASK, FILLED_IN)["Cache-Control"]


def test_an_expired_form_elsewhere_gets_a_plain_page(strict_client):
    response = strict_client.post(reverse("admin:login"), {"username": "maria"})

    assert response.status_code == 403
    assert "Please try that again" in text(response)


def test_a_request_that_cannot_be_stored_comes_back_with_every_word(client, broken_database):
    response = client.post(ASK, {**sends(checked(client)), "step": "send"})

    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert title(response).startswith("Error: Check your answers")
    assert summary(response) == [
        "We could not take your request just now, and nothing has been sent. Please send it again in a minute."
    ]
    assert words_in(response) == every_word()


def test_a_request_that_could_not_be_stored_can_be_sent_again(client, db):
    def fail(*_):
        raise OperationalError("away")

    with connection.execute_wrapper(fail):
        failed = sent(client)
    again = client.post(ASK, {**sends(failed), "step": "send"})

    assert again.status_code == 303
    assert ConsultationRequest.objects.get().note == "First line.\nSecond & last line."


def test_a_person_whose_request_cannot_be_stored_is_given_the_phone_number(client, broken_database, known_clinic):
    assert summary(sent(client))[0].endswith("Or call us at (555) 010-0134.")


def test_more_requests_than_one_network_sends_are_put_off_with_every_word(client, db, settings, known_clinic):
    settings.REQUESTS_PER_CLIENT = 2
    with time_machine.travel(FRIDAY_NIGHT.replace(minute=45), tick=False):
        for number in range(2):
            assert sent(client, key=f"a-form-opened-before-{number}").status_code == 303

        put_off = sent(client)
        elsewhere = client.post(ASK, {**sends(checked(client)), "step": "send"}, REMOTE_ADDR="198.51.100.7")

    assert put_off.status_code == 429
    assert put_off["Retry-After"] == "900"
    assert summary(put_off) == [
        "Many requests came from your network within the last hour, so we could not take this one, and nothing has "
        "been sent. Please send it again in 15 minutes: your answers stay on this page. Or call us at (555) 010-0134."
    ]
    assert words_in(put_off) == every_word()
    assert elsewhere.status_code == 303
    with time_machine.travel(FRIDAY_NIGHT + timedelta(hours=1)):
        assert client.post(ASK, {**sends(put_off), "step": "send"}).status_code == 303


def test_a_forged_header_buys_no_further_request(client, db, settings):
    settings.REQUESTS_PER_CLIENT, settings.TRUSTED_PROXIES = 1, 1
    # Within one hour: the next one counts anew.
    with time_machine.travel(FRIDAY_NIGHT, tick=False):
        statuses = [
            client.post(
                ASK,
                {**sends(checked(client, key=f"form-number-{number:08}")), "step": "send"},
                headers={"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.7", "X-Real-IP": f"203.0.113.{number}"},
            ).status_code
            for number in range(3)
        ]

    assert statuses == [303, 429, 429]


def test_thirty_people_behind_one_address_are_all_heard(client, db):
    assert {sent(client, key=f"form-number-{number:08}").status_code for number in range(30)} == {303}
    assert ConsultationRequest.objects.count() == 30


def test_no_log_holds_what_a_person_typed(client, broken_database, caplog):
    caplog.set_level(logging.DEBUG)

    sent(client)
    checked(client, phone="12")

    logged = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert "A request could not be stored: OperationalError" in logged
    assert not [typed for typed in ("Ana", "Ortiz", "0177", "ana@", "Second") if typed in logged]


@pytest.mark.parametrize(
    "body",
    [
        urlencode({"name": "\x00", "key": "\x00", "source": "\x00", "website": "\x00"}),
        "name=%ff%fe&note=%c0%af&urgent=%ed%a0%80",
        "step=%00&step=change%3A__class__",
        "step=change:&best_times=%00",
        "step=change:key",
        "&".join(f"best_times={n}" for n in range(40)),
    ],
)
def test_a_malformed_form_is_answered_and_not_stored(client, db, body):
    response = client.post(ASK, body, content_type="application/x-www-form-urlencoded")

    assert response.status_code in {200, 422}
    assert not ConsultationRequest.objects.exists()


# --- the markup of every state ---


def _start(client):
    return client.get(START)


def _empty(client):
    return client.get(ASK)


def _errors(client):
    return client.post(ASK, {"phone": "12", "email": "ana", "best_times": "midnight", "note": "n" * 1001})


def _changing(client):
    return client.post(ASK, {**sends(checked(client)), "step": "change:topic"})


def _interruption(client):
    return checked(client, urgent="yes")


def _expired_form(client):
    return Client(enforce_csrf_checks=True).post(ASK, FILLED_IN | {"name": ""})


def _not_stored(client):
    def fail(*_):
        raise OperationalError("away")

    with connection.execute_wrapper(fail):
        return sent(client)


def _confirmation(client):
    return client.get(sent(client)["Location"])


def _late_confirmation(client):
    with time_machine.travel(FRIDAY_NIGHT):
        address = sent(client)["Location"]
    return client.get(address)


STATES = [
    _start,
    _empty,
    _errors,
    checked,
    _changing,
    _interruption,
    _expired_form,
    _not_stored,
    _confirmation,
    _late_confirmation,
]


@pytest.fixture(params=STATES, ids=lambda state: state.__name__.strip("_"))
def state(request, client, db):
    """Each page a person can meet on the way, the clinic's details known."""
    return page(request.param(client))


def test_no_name_stands_for_two_things(state):
    ids = [each.attrs["id"] for each in state.query("[id]")]

    assert len(ids) == len(set(ids))


def test_every_reference_leads_to_something_on_the_page(state):
    ids = {each.attrs["id"] for each in state.query("[id]")}

    named = {
        name
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "form")
        for each in state.query(f"[{attribute}]")
        for name in each.attrs[attribute].split()
    }
    linked = {link.attrs["href"][1:] for link in state.query('a[href^="#"]')}
    assert named | linked <= ids


def test_every_choice_stands_in_a_fieldset_with_a_legend(state):
    for choice in state.query('[type="radio"], [type="checkbox"]'):
        fieldset = closest(choice, "fieldset")
        assert fieldset.query("legend")[0].to_text().strip()


def test_every_control_has_a_label(state):
    for control in state.query('input:not([type="hidden"]), textarea, select'):
        label = closest(control, "label") or state.query_one(f'label[for="{control.attrs["id"]}"]')
        assert label.to_text().strip()


def test_a_page_has_one_name_and_one_place_for_the_focus(state):
    assert len(state.query("h1")) == 1
    assert len(state.query("[autofocus]")) <= 1


def test_no_heading_level_is_skipped(state):
    levels = [int(heading.name[1]) for heading in state.query("main h1, main h2, main h3")]

    # The summary of errors stands before the name of the page.
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_each_text_field_reads_label_hint_error_control(client):
    response = _errors(client)

    for field in page(response).query(".field"):
        order = [next(iter(child.attrs.get("class", "").split()), child.name) for child in elements(field)]
        assert order == [part for part in ("label", "hint", "err", order[-1]) if part in order]


def test_a_faulty_field_is_described_by_its_hint_and_its_error(client):
    phone = page(_errors(client)).query_one("#id_phone")

    assert phone.attrs["aria-describedby"] == "id_phone_helptext id_phone_error"
    assert phone.attrs["aria-invalid"] == "true"


def test_browsers_can_fill_in_name_phone_and_address(client):
    form = page(client.get(ASK))

    kinds = {name: form.query_one(f"#id_{name}").attrs["autocomplete"] for name in ("name", "phone", "email")}
    assert kinds == {"name": "name", "phone": "tel", "email": "email"}


def test_the_browsers_own_messages_are_switched_off(client):
    form = page(client.get(ASK))

    assert "novalidate" in form.query_one("main form").attrs
    assert not form.query("main [required]")


def test_optional_questions_are_marked_and_needed_ones_are_not(client):
    form = page(client.get(ASK))

    marked = {closest(mark, "fieldset", "div").query("input, textarea")[0].attrs["name"] for mark in form.query(".opt")}
    assert marked == {"email", "best_times", "texts", "note", "help_needed"}


def test_the_trap_is_out_of_sight_and_hearing_and_out_of_the_way_of_the_keyboard(client):
    trap = page(client.get(ASK)).query_one("#id_website")

    assert trap.attrs["tabindex"] == "-1"
    assert closest(trap, "div").attrs == {"class": "vh", "aria-hidden": "true"}


def test_an_emergency_card_holds_no_link(state):
    assert not state.query(".care.emergency a")


def test_no_page_carries_a_style_or_script_of_its_own(state):
    """Each that stands in a page is a file of ours (tests/test_in_the_page.py), and what is fetched is not waited for."""
    assert not state.query("[style], link[rel=stylesheet], script[src]:not([defer])")
    assert len(state.query("style")) == 2
    assert len(state.query("script:not([src])")) == 1


def elements(node):
    return [child for child in node.children if child.name[0] not in "#!"]


def closest(node, *names):
    while node is not None and node.name not in names:
        node = node.parent
    return node
