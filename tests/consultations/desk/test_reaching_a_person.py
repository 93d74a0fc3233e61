"""The page of a request says how to reach the person, what to know before dialling, and who asked us to stop."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from rlsinfo.consultations import work
from rlsinfo.consultations.models import State, Stop
from tests.consultations.desk.front_desk import Desk, address, changed, in_hand_of, page_of, questions, words
from tests.factories import MONDAY_MORNING, make_mail, make_request

pytestmark = pytest.mark.django_db

NOW = MONDAY_MORNING
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# Others hear an answering machine: none of these may be said to it.
TELLTALE = re.compile(
    r"vein|leg|restless|rls|syndrome|doctor|dr\.|clinic|medical|health|specialist|patient|appointment|consultation"
    r"|treatment|symptom|sleep|test|result|request",
    re.IGNORECASE,
)


# --- how to reach them --------------------------------------------------------------------------


def test_the_number_can_be_tapped_and_stands_as_it_was_typed(maria):
    maria.open(make_request(phone="(555) 010-0177 ext. 22", email="ana@example.com"))

    (number,) = maria.page.query(".phone")
    assert (words(number), number.attrs["href"]) == ("(555) 010-0177 ext. 22", "tel:5550100177;ext=22")
    assert maria.page.query("a.mail")[0].attrs["href"] == "mailto:ana@example.com"


@pytest.mark.parametrize(
    ("may_leave_message", "rule"),
    [(True, "Say our name and number only, never why."), (False, "Leave no message, with a person or on a machine.")],
)
def test_the_rule_about_messages_stands_before_the_number(maria, may_leave_message, rule):
    maria.open(make_request(phone="555 010 0177", may_leave_message=may_leave_message))

    assert 0 < maria.text.index(rule) < maria.text.index("555 010 0177")


def test_a_text_may_be_sent_only_with_consent_and_the_person_can_end_that_on_the_phone(maria):
    assert not [each for each in maria.open(in_hand_of(maria)).buttons if "text" in each]
    request = in_hand_of(maria, text_consent_version="texts-2026-11")

    maria.open(request)
    assert "A text may be sent" in maria.text
    assert [each for each in maria.buttons if each.startswith("Sent a text")]
    maria.press("No more texts")

    assert "A text may be sent" not in maria.text
    assert "Text must not be sent" in maria.text
    assert not [each for each in maria.buttons if each.startswith("Sent a text")]


def test_the_page_names_the_words_they_agreed_to_and_the_page_they_stood_on(maria):
    maria.open(
        make_request(text_consent_version="texts-2026-11", consent_page="https://www.example.org/consultation/request/")
    )

    assert "to the words of 2026-11 and texts-2026-11" in maria.text
    assert "on https://www.example.org/consultation/request/" in maria.text


def test_staff_see_that_somebody_wrote_in_spanish_and_read_all_else_in_english(maria):
    request = make_request(language="es", topic="veins", best_times=["morning"])

    maria.open(request)

    assert "Wrote in Spanish." in maria.text
    assert "Bulging or aching veins" in maria.text
    assert "morning" in maria.text


def test_where_no_message_may_be_left_there_is_neither_a_button_nor_words_for_one(maria):
    maria.open(make_request(may_leave_message=False))

    assert not [each for each in maria.buttons if each.startswith("Left a message")]
    assert maria.texts(".voicemail") == []


def test_the_words_for_an_answering_machine_tell_nobody_what_the_call_is_about(maria):
    maria.open(make_request(name="Ana Ortiz", note="My left leg", topic="veins"))

    (said,) = maria.texts(".voicemail .said")
    assert said == (
        "“Hello, this is Maria from Truffles with a message for Ana Ortiz. "
        "Please call us at (555) 010-0100. Thank you.”"
    )
    assert not TELLTALE.search(said)


def test_the_words_hold_neither_a_name_nor_a_number_of_the_clinic_that_nobody_has_given(maria, settings, clinic):
    settings.CLINIC = replace(clinic, voicemail_name="", phone="")

    (said,) = maria.open(make_request()).texts(".voicemail .said")

    assert said.startswith("“Hello, this is Maria with a message for")
    assert "call me back at say our number" in said
    assert not TELLTALE.search(said)


def test_without_a_number_the_page_says_to_write_and_offers_nothing_about_a_call(maria):
    maria.open(make_request(phone="", email="ana@example.com"))

    assert "No phone number was given." in maria.text
    assert maria.texts(".voicemail, .phone") == []
    offered = [each.split()[0] for each in maria.buttons]
    assert "Wrote" in offered
    assert not {"No", "Left", "Wrong"} & set(offered)


def test_an_urgent_note_stands_before_the_number_and_any_other_after_it(maria):
    urgent = maria.open(make_request(phone="555 010 0177", note="Chest pain", urgent=True)).text
    assert urgent.count("Chest pain") == 1
    assert "Chest pain" in urgent.partition("555 010 0177")[0]

    other = maria.open(make_request(phone="555 010 0178", note="Ring twice")).text
    assert "Ring twice" in other.partition("555 010 0178")[2]


def test_an_urgent_note_is_to_be_read_before_dialling(maria):
    maria.open(make_request(phone="555 010 0177", note="chest pain", urgent=True))

    assert maria.text.index("Read it before you dial.") < maria.text.index("555 010 0177")


@pytest.mark.parametrize(
    ("shift", "wanted", "warning"),
    [
        (timedelta(), ["morning"], ""),
        (timedelta(), [], ""),
        (
            timedelta(),
            ["afternoon"],
            "It is 9 a.m. at the clinic. They asked for calls in the afternoon: better call then.",
        ),
        (12 * HOUR, ["morning"], "outside the hours for calls. They begin again Tuesday, Nov. 17, 8 a.m."),
        (3.5 * HOUR, ["midday"], "outside the hours for calls. They begin again Monday, Nov. 16, 1 p.m."),
    ],
)
def test_calling_at_night_or_when_they_asked_not_to_be_called_is_warned_of(maria, clock, shift, wanted, warning):
    request = make_request(phone="555 010 0177", best_times=wanted)
    clock.shift(shift)
    maria = Desk(maria.user)

    before_the_number = maria.open(request).text.partition("555 010 0177")[0]

    assert "It is" in before_the_number if warning else "It is" not in before_the_number
    assert warning in before_the_number


def test_words_that_may_be_urgent_come_with_what_to_do_whatever_the_hour(maria, clock):
    request = make_request(phone="555 010 0177", note="One leg is swollen.", urgent=True, best_times=["morning"])
    clock.shift(12 * HOUR)
    maria = Desk(maria.user)

    before_the_number = maria.open(request).text.partition("555 010 0177")[0]

    assert "Call now, whatever the hour" in before_the_number
    assert "outside the hours for calls" not in before_the_number
    assert "/symptoms/when-to-get-help/" in [link.attrs["href"] for link in maria.page.query(".callbox a")]


def test_whoever_wrote_in_spanish_is_told_what_to_do_in_spanish(maria):
    maria.open(make_request(note="Dolor de pecho", urgent=True, language="es"))

    assert "/es/symptoms/when-to-get-help/" in [link.attrs["href"] for link in maria.page.query(".callbox a")]


def test_what_they_wrote_stands_there_as_text(maria):
    maria.open(
        make_request(
            note="Please <b>ask</b> for me.\n\nTwice.",
            help_needed="Spanish interpreter",
            reference="K7MR4PXD",
            source="/causes/iron-and-rls/",
        )
    )

    assert maria.texts(".callbox .said") == ["Please <b>ask</b> for me. Twice."]
    for said in ("Needs: Spanish interpreter", "K7MR 4PXD", "to the words of 2026-11", "after reading iron and RLS"):
        assert said in maria.text


def test_by_when_a_call_was_promised_is_shown_where_it_is_known(maria, settings, clinic):
    request = make_request()
    assert "by Tuesday, November 17, 5 p.m." in maria.open(request).text

    settings.CLINIC = replace(clinic, call_back_days=None)

    assert "Promised" not in maria.open(request).text


def test_other_requests_of_the_same_person_are_shown_and_never_merged(maria):
    by_phone = make_request(phone="+1 555 010 0177", state=State.DECLINED)
    by_mail = make_request(phone="", email="Ana@Example.com")
    make_request(name="Ana Ortiz", phone="555 999 9999")

    maria.open(make_request(name="Ana Ortiz", phone="555 010 0177", email="ana@example.com"))

    shown = {each.attrs["href"] for each in maria.page.query(".mails a")}
    assert shown == {page_of(by_phone), page_of(by_mail)}
    assert maria.open(make_request()).text.endswith("None from this number or address.")


def test_before_the_number_stands_that_the_same_person_has_another_open_request_and_who_has_it(maria, sam):
    first = in_hand_of(sam, phone="555 010 0177", name="Ana Ortiz", reference="K7MR4PXD")
    second = make_request(phone="(555) 010-0177")
    make_request(phone="555-010-0177", state=State.DECLINED, reference="CCCC4PXD")

    before_the_number = maria.open(second).text.partition("(555) 010-0177")[0]

    said = "Open too, from the same number or address: Ana O., K7MR 4PXD, with Sam Tran. One call may do for both."
    assert said in before_the_number
    assert "CCCC" not in before_the_number
    assert "Open too" not in maria.open(make_request()).text
    work.give_back(first, by=sam.user, version=first.version, now=NOW)
    assert "K7MR 4PXD. One call may do for both." in maria.open(second).text


def test_a_test_says_that_nobody_waits(maria):
    assert "This is a test. Nobody waits for a call" in maria.open(make_request(is_test=True)).text
    assert "This is a test." not in maria.open(make_request()).text


def test_a_long_history_costs_no_more_than_a_short_one(maria):
    request = make_request(phone="555 010 0177", email="ana@example.com")
    make_mail(request=request)
    maria.open(request).press("No answer")
    few = questions(lambda: maria.open(request))
    for _ in range(5):
        make_request(phone="5550100177")
        maria.open(request).press("Keep the words only", why="Words.")
        maria.press("No answer")

    assert questions(lambda: maria.open(request)) == few <= 14
    assert len(maria.texts(".line li.call")) == 6


# --- who asks us to stop ------------------------------------------------------------------------


def test_one_press_with_a_sentence_before_it_stops_all_contact(maria):
    request = in_hand_of(maria, phone="555 010 0177", email="ana@example.com")

    maria.open(request).press("Stop all contact", why="Was clear about it.")

    assert changed(request).state == State.STOPPED
    assert "They asked us to stop on Mon, Nov. 16, 2026. Do not call, text or write" in maria.open(request).text
    assert maria.page.query("a.phone, a.mail, .voicemail") == []
    assert "Closed: Asked us to stop" in maria.texts(".line li")[0]
    assert "Was clear about it." in maria.texts(".line li")[0]


def test_the_press_can_be_undone_for_a_minute(maria):
    request = in_hand_of(maria, phone="555 010 0177")
    maria.open(request).press("Stop all contact")

    maria.press("Undo")

    assert changed(request).state == State.NEW
    assert words(maria.open(request).page.query("a.phone")[0]) == "555 010 0177"


def test_a_later_request_says_so_before_anything_else_and_has_no_number_to_tap(maria):
    stopped = make_request(name="Ana Ortiz", phone="555 010 0177", reference="K7MR4PXD")
    maria.open(stopped).press("Take it").press("Stop all contact")
    request = in_hand_of(maria, name="Ben Ortiz", phone="(555) 010-0177")

    maria.open(request)

    assert "Ana O., with this number or address in request K7MR 4PXD, asked us to stop on Mon, Nov. 16" in maria.text
    assert maria.page.query("a.phone, a.mail, .voicemail") == []
    assert not [each for each in maria.buttons if each.startswith(("No answer", "Left", "Reached", "Call back"))]
    assert "Close it" in maria.buttons


def test_when_they_ask_again_themselves_the_number_is_there_again(maria):
    stopped = make_request(phone="555 010 0177")
    maria.open(stopped).press("Take it").press("Stop all contact")
    request = in_hand_of(maria, phone="555 010 0177")

    maria.open(request).press("They asked again themselves", why="Rang us at nine.")

    assert words(maria.page.query("a.phone")[0]) == "555 010 0177"
    assert "Asked to hear from us again" in maria.text
    assert "Rang us at nine." in maria.text


def test_a_closed_request_can_be_stopped_too_and_keeps_its_outcome(maria):
    request = make_request(state=State.DECLINED, phone="555 010 0177")

    maria.open(request).press("Stop all contact")

    assert changed(request).state == State.DECLINED
    assert "asked us to stop" in maria.text
    assert "Stop all contact" not in maria.buttons


def test_lists_say_who_asked_us_to_stop_and_such_a_request_is_not_offered_as_the_next_call(maria):
    maria.open(make_request(phone="555 010 0177")).press("Take it").press("Stop all contact")
    make_request(name="Ana Ortiz", phone="555 010 0177")
    make_request(name="Ben Ito", received_at=NOW + MINUTE, next_due_at=NOW)

    maria.open()

    assert "Asked us to stop" in maria.row("Ana O.")
    assert "Asked us to stop" not in maria.row("Ben I.")
    assert maria.texts(".next .who") == ["Ben I."]
    assert "Asked us to stop" in maria.find("555 010 0177").text


def test_an_address_that_is_somebody_elses_is_not_written_to(maria):
    request = in_hand_of(maria, phone="555 010 0177", email="stranger@example.com")
    work.stop_by_link(request.reference, Stop.Scope.ADDRESS, now=NOW)

    maria.open(request)

    assert "The e-mail address is somebody else’s" in maria.text
    assert maria.page.query("a.mail") == []
    assert not [each for each in maria.buttons if each.startswith("Wrote an e-mail")]
    assert words(maria.page.query("a.phone")[0]) == "555 010 0177"


@pytest.mark.parametrize("missing", ["token", "version"])
def test_a_stop_that_no_page_of_ours_sent_is_refused(maria, missing):
    request = make_request()
    fields = {"token": "t", "version": "1"}
    del fields[missing]

    assert maria.client.post(address("stop", request.pk), fields).status_code == 400
