"""The page of a request says how to reach the person and what happened; its buttons do what they say, once."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail as sent_mail
from django.test import Client

from rlsinfo.consultations import intake, outbox, work
from rlsinfo.consultations.models import ConsultationRequest, Draft, Event, OutboxMail, Outcome, State, Stop
from rlsinfo.consultations.work import Press
from rlsinfo.staff.models import AccessEntry
from rlsinfo.staff.sessions import REFRESH, REFRESH_HEADER
from tests.consultations.desk.front_desk import LIST, Desk, address, page_of, questions, typed_in, words
from tests.factories import MONDAY_MORNING, make_answers, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db

NOW = MONDAY_MORNING
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# Others hear an answering machine: none of these may be said to it.
TELLTALE = re.compile(
    r"vein|leg|restless|rls|syndrome|doctor|dr\.|clinic|medical|health|specialist|patient|appointment|consultation"
    r"|treatment|symptom|sleep|test|result|request",
    re.IGNORECASE,
)


def in_hand_of(desk: Desk, **changes) -> ConsultationRequest:
    return make_request(claimed_by=desk.user, claimed_until=NOW + 5 * MINUTE, **changes)


def changed(request: ConsultationRequest) -> ConsultationRequest:
    return ConsultationRequest.objects.get(pk=request.pk)


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


# --- every reading and change is in the access log ----------------------------------------------


def test_every_reading_is_written_down_with_the_reference_alone(maria):
    maria.open(make_request(name="Ana Ortiz", reference="K7MR4PXD"))

    entry = AccessEntry.objects.get()
    assert (entry.action, entry.by_name, entry.subjects, entry.outcome) == ("view", "Maria Lopez", ["K7MR4PXD"], "done")
    assert "Ana" not in entry.detail


def test_an_open_page_can_ask_whether_it_is_still_true_and_nobody_is_shown_anything(maria, sam):
    request = make_request(name="Ana Ortiz")
    maria.open(request)
    (on_the_page,) = (each.attrs["data-version"] for each in maria.page.query("#changed"))

    def asked() -> str:
        return maria.client.get(page_of(request), headers={REFRESH_HEADER: REFRESH}).content.decode()

    assert asked() == on_the_page
    sam.open(request).press("Take it")
    assert asked() not in {on_the_page, ""}
    assert AccessEntry.objects.filter(action="view", by_name="Maria Lopez").count() == 1


def test_every_change_is_written_down_refused_ones_too(maria):
    request = make_request(reference="K7MR4PXD")
    maria.open(request)
    maria.press("Close it", why="Nobody knows why")
    maria.press("No answer")

    entries = AccessEntry.objects.filter(action="change").order_by("number")

    assert [(each.detail, each.subjects, each.outcome) for each in entries] == [
        ("press", ["K7MR4PXD"], "failed"),
        ("press", ["K7MR4PXD"], "done"),
    ]


def test_who_may_not_change_requests_is_refused_and_that_is_written_down(reader):
    request = make_request()

    response = reader.client.post(address("press", request.pk), {"outcome": "no_answer", "version": 1, "token": "t"})

    assert response.status_code == 403
    assert AccessEntry.objects.get().outcome == "refused"
    assert changed(request).version == 1


def test_who_may_only_read_sees_everything_and_no_buttons(reader):
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None)

    reader.open(mail.request)

    assert reader.buttons == []
    assert "What they wrote cannot be changed." in reader.text


# --- in whose hands -----------------------------------------------------------------------------


def test_a_request_is_taken_and_given_back(maria):
    request = make_request()

    maria.open(request).press("Take it")
    assert maria.address == page_of(request)
    assert "Yours until 9:15 a.m." in maria.text

    maria.press("Leave it to others")
    assert maria.address == LIST
    assert "Nobody has this in hand." in maria.open(request).text


def test_what_a_colleague_has_in_hand_shows_no_buttons_and_can_be_taken_over_knowingly(maria, sam):
    request = in_hand_of(sam)

    maria.open(request)
    assert "Sam Tran has this in hand (until 9:05 a.m.). Do not call as well." in maria.text
    assert maria.buttons == ["Take it over", "Keep the correction"]

    maria.press("Take it over")
    assert "Yours until 9:15 a.m." in maria.text
    assert changed(request).claimed_by == maria.user


def test_of_two_who_take_the_same_request_the_second_is_told_who_has_it(maria, sam):
    request = make_request()
    maria.open(request)
    sam.open(request).press("Take it")

    maria.press("Take it")

    assert maria.status == 409
    assert "Somebody was faster, so your button did nothing." in maria.text
    assert "Sam Tran has this request in hand (until 9:15 a.m.)" in maria.text
    assert changed(request).claimed_by == sam.user


# --- the buttons --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "typed", "state", "leads_to_the_list"),
    [
        ("No answer", {}, State.TRYING, True),
        ("Left a message", {}, State.TRYING, True),
        ("Wrote an e-mail", {}, State.TRYING, True),
        ("Wrong number", {}, State.TRYING, True),
        ("Call back later", {}, State.CALL_BACK, True),
        ("Reached", {}, State.TALKING, False),
        ("Booked, close it", {"visit_date": "2026-11-20"}, State.SCHEDULED, True),
        ("Close it", {"reason": "declined"}, State.DECLINED, True),
        ("Close it", {"reason": "own_doctor"}, State.NOT_FOR_US, True),
        ("Close it", {"reason": "spam"}, State.SPAM, True),
        ("Close it", {"reason": "test"}, State.TEST, True),
    ],
)
def test_each_button_writes_one_line_and_leads_on(maria, label, typed, state, leads_to_the_list):
    request = make_request(email="ana@example.com")

    maria.open(request).press(label, why="rang twice", **typed)

    assert maria.status == 200
    assert maria.address == (LIST if leads_to_the_list else page_of(request))
    assert changed(request).state == state
    attempt = request.attempts.get()
    assert (attempt.by_name, attempt.why, attempt.at) == ("Maria Lopez", "rang twice", NOW)
    line = maria.open(request).texts(".line li.call")[0]
    assert line.startswith("Mon, Nov. 16, 2026, 9 a.m. Maria Lopez:")
    assert line.endswith("rang twice")


def test_each_button_says_beforehand_when_the_request_would_come_back(maria):
    request = make_request(email="ana@example.com")
    maria.open(request)
    assert {"No answer again 2 p.m.", "Wrong number then write to them", "Reached we are talking"} <= set(maria.buttons)

    maria.press("No answer")

    assert changed(request).next_due_at == NOW + 5 * HOUR


def test_a_request_can_come_back_at_another_time_than_the_button_says(maria):
    request = make_request()

    maria.open(request).press("Call back later", again_day="2026-11-18", again_time="10:30")

    assert changed(request).next_due_at == NOW + 2 * DAY + HOUR + 30 * MINUTE
    assert "Call-back promised for Wed, Nov. 18, 10:30 a.m." in maria.open(request).text


def test_a_day_without_a_time_means_when_the_clinic_opens_and_a_time_without_a_day_means_today(maria):
    by_day, by_time = make_request(), make_request()

    maria.open(by_day).press("Call back later", again_day="2026-11-18")
    maria.open(by_time).press("Call back later", again_time="15:10")

    assert changed(by_day).next_due_at == NOW + 2 * DAY - HOUR
    assert changed(by_time).next_due_at == NOW + 6 * HOUR + 10 * MINUTE


def test_the_same_button_of_the_same_page_pressed_twice_is_one_try(maria):
    request = make_request()
    press = maria.open(request).sending("No answer")

    maria.send(*press)
    maria.send(*press)

    assert maria.address == LIST
    assert (request.attempts.count(), changed(request).tries) == (1, 1)


@pytest.mark.parametrize("label", ["Keep the words only", "Change the time only"])
def test_words_or_a_time_alone_are_no_try(maria, label):
    request = make_request()

    maria.open(request).press(label, why="Ask for the son.", again_day="2026-11-18", again_time="10:30")

    assert maria.address == page_of(request)
    assert not request.attempts.exists()
    said = maria.texts(".line li")[0]
    assert "Ask for the son." in said if "words" in label else "Given another time" in said
    moved = changed(request).next_due_at == NOW + 2 * DAY + HOUR + 30 * MINUTE
    assert moved == ("time" in label)


def test_a_duplicate_names_the_request_it_repeats(maria):
    first, request = make_request(reference="K7MR4PXD"), make_request()

    maria.open(request).press("Close it", reason="duplicate", same_as="k7mr 4pxd")

    assert changed(request).related_to == first
    assert page_of(first) in maria.open(request).source


def test_giving_up_too_early_cannot_be_chosen_and_says_what_is_missing(maria):
    request = make_request(state=State.TRYING, tries=1)

    maria.open(request)

    assert "Too early: 0 of 6 tries, on 0 of 3 days" in maria.text
    (choice,) = maria.page.query("input[value=no_contact]")
    assert "disabled" in choice.attrs
    maria.press("Close it", reason="no_contact")
    assert maria.status == 422
    assert changed(request).state == State.TRYING


def test_when_enough_was_tried_the_page_says_that_it_may_be_closed(maria):
    request = make_request()
    for hour in (0, 3, 6, 24, 27, 48):
        assert "Enough was tried" not in maria.open(request).text
        tried, at = changed(request), NOW + hour * HOUR
        work.press(tried, Press(Outcome.NO_ANSWER, f"try {hour}", tried.version), by=maria.user, now=at)

    assert "Enough was tried: you may close it as “Could not be reached”." in maria.open(request).text


def test_enter_in_a_field_presses_nothing(maria):
    """A browser takes the first button of a form for it, and does nothing when that one is disabled."""
    request = make_request()
    maria.open(request)

    for form in maria.page.query("form.moves"):
        assert "disabled" in form.query("button")[0].attrs
    maria.open(make_request(state=State.DECLINED))
    for form in maria.page.query("form.moves"):
        assert "disabled" in form.query("button")[0].attrs


# --- what is refused keeps every word -----------------------------------------------------------

TYPED = {
    "why": "She <asked> for Tuesday & I said yes.",
    "again_day": "2026-11-18",
    "again_time": "10:30",
    "visit_date": "2026-11-02",
    "reason": "duplicate",
    "same_as": "XXXX",
}


def fields_of(desk: Desk) -> dict[str, str]:
    """What stands in the fields of the page."""
    form = desk.page.query("form.moves")[0]
    fields = {
        each.attrs["name"]: typed_in(each)
        for each in form.query("input, textarea")
        if each.attrs["name"] in TYPED and (each.attrs.get("type") != "radio" or "checked" in each.attrs)
    }
    return {name: fields.get(name, "") for name in TYPED}


@pytest.mark.parametrize(
    ("label", "change", "reason"),
    [
        ("Booked, close it", {"visit_date": ""}, "Say on which day the visit is."),
        ("Booked, close it", {}, "That day has passed. Check the date of the visit."),
        ("Booked, close it", {"visit_date": "next week"}, "Give the day of the visit as 2026-11-23."),
        ("Close it", {"reason": ""}, "Say why the request is closed."),
        ("Close it", {}, "Give the reference of the other request"),
        ("Call back later", {"again_day": "2026-11-15"}, "That time has passed."),
        ("Call back later", {"again_day": "2036-11-15"}, "That is more than a year away."),
        ("Call back later", {"again_time": "12:30"}, "The clinic is closed then."),
        ("Call back later", {"again_time": "soon"}, "Give the time as 14:30."),
        ("Call back later", {"again_day": "some day"}, "Give the day as 2026-11-23."),
        # The first and the last day of a computer's calendar, with no time that would name the hour.
        ("Call back later", {"again_day": "0001-01-01", "again_time": ""}, "Give a day from 2000 on."),
        ("Call back later", {"again_day": "9999-12-31", "again_time": ""}, "Give a day before 2100."),
        ("Change the time only", {"again_day": "9999-12-31", "again_time": ""}, "Choose a day and a time."),
        ("Booked, close it", {"visit_date": "9999-12-31"}, "Give a day before 2100."),
        ("No answer", {"why": "word " * 101}, "Use 500 characters or fewer for your words."),
        ("Keep the words only", {"why": "word " * 101}, "Use 500 characters or fewer for your words."),
        ("Keep the words only", {"why": "  "}, "There are no words to keep."),
        ("Change the time only", {"again_day": "", "again_time": ""}, "Choose a day and a time."),
        ("Change the time only", {"again_day": "2026-11-15"}, "That time has passed."),
    ],
)
def test_a_refused_press_says_why_changes_nothing_and_keeps_every_word(maria, label, change, reason):
    request = make_request()

    maria.open(request).press(label, **TYPED | change)

    assert maria.status == 422
    assert "That button did nothing yet." in maria.text
    assert reason in maria.text
    assert fields_of(maria) == TYPED | change
    assert changed(request).version == 1
    assert not request.attempts.exists()
    assert not request.events.exists()


def test_of_two_who_press_the_second_sees_what_changed_and_keeps_every_word(maria, sam):
    request = make_request()
    maria.open(request)
    sam.open(request).press("No answer", why="mailbox is full")

    maria.press("Booked, close it", **TYPED)

    assert maria.status == 409
    assert "Somebody was faster, so your button did nothing." in maria.text
    assert "Last: No answer, Sam Tran, Mon, Nov. 16 at 9 a.m. (“mailbox is full”)" in maria.text
    assert "It stands at Trying to reach them." in maria.text
    assert "Your words are still in the box below." in maria.text
    assert fields_of(maria) == TYPED
    assert (changed(request).state, request.attempts.count()) == (State.TRYING, 1)


def test_after_being_overtaken_the_page_shown_can_be_pressed(maria, sam):
    request = make_request()
    maria.open(request)
    sam.open(request).press("No answer")

    maria.press("No answer").press("No answer")

    assert maria.address == LIST
    assert [each.by_name for each in request.attempts.all()] == ["Maria Lopez", "Sam Tran"]


@pytest.mark.parametrize(
    ("label", "typed"),
    [("Take it", {}), ("Close it", {"reason": "declined"}), ("Close it", {"reason": "spam"})],
)
def test_words_outlive_that_the_request_was_taken_or_closed_meanwhile(maria, sam, label, typed):
    request = make_request()
    maria.open(request)
    sam.open(request).press(label, **typed)

    maria.press("No answer", why="Son says: <call> on Friday.")

    assert maria.status == 409
    assert maria.texts("textarea[name=why]") == ["Son says: <call> on Friday."]


def test_words_typed_about_what_a_colleague_took_meanwhile_can_be_kept(maria, sam):
    request = make_request()
    maria.open(request)
    sam.open(request).press("Take it")

    maria.press("No answer", why="Son says: call on Friday.").press("Keep the words")

    assert "Maria Lopez: Noted Son says: call on Friday." in maria.text
    assert changed(request).claimed_by == sam.user


# --- undo ---------------------------------------------------------------------------------------


def test_a_press_can_be_taken_back_on_the_page_and_stays_in_the_history(maria):
    request = make_request()
    maria.open(request).press("Reached")

    maria.press("Undo")

    assert (changed(request).state, changed(request).first_contact_at) == (State.NEW, None)
    assert "Reached (undone)" in " ".join(maria.texts(".line li"))


@pytest.mark.parametrize(
    ("wait", "presser", "reason"),
    [(61, "maria", "more than 60 seconds ago"), (10, "sam", "Only the person who pressed the button can undo it.")],
)
def test_too_late_or_by_a_colleague_nothing_is_undone(maria, sam, clock, wait, presser, reason):
    request = make_request()
    maria.open(request).press("No answer")
    clock.shift(timedelta(seconds=wait))

    desk = {"maria": maria, "sam": sam}[presser].send(address("undo", request.attempts.get().pk), {})

    assert desk.status == 422
    assert reason in desk.text
    assert changed(request).tries == 1


# --- closed, and back again ---------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.SCHEDULED, State.NOT_FOR_US, State.DECLINED, State.NO_CONTACT])
def test_what_is_closed_can_be_opened_again_and_is_due_at_once(maria, state):
    request = make_request(state=state)

    maria.open(request).press("Open again", why="She called after all.")

    assert maria.address == page_of(request)
    assert (changed(request).state, changed(request).next_due_at) == (State.CALL_BACK, NOW)
    assert "She called after all." in maria.texts(".line li")[0]


@pytest.mark.parametrize("reason", ["spam", "duplicate", "test"])
def test_what_was_set_aside_can_be_restored_and_arrives_as_if_it_had_come_now(maria, clock, reason):
    request = make_request(received_at=NOW - 9 * DAY)
    maria.open(request).press("Close it", reason=reason, same_as=make_request().reference)
    clock.shift(HOUR)

    maria.open(request).press("Restore")

    after = changed(request)
    assert (after.state, after.clock_started_at, after.next_due_at) == (State.NEW, NOW + HOUR, NOW + HOUR)
    assert after.mails.get().kind == OutboxMail.Kind.ALERT


# --- corrections, drafts, mail ------------------------------------------------------------------


def test_a_correction_stands_beside_what_was_typed_and_is_used_for_calls(maria):
    request = make_request(name="Anna Ortis", phone="555 010 0177", email="")

    maria.open(request).press("Keep the correction", name="Ana Ortiz", phone="(555) 010-0188", email="ana@example.com")

    assert maria.texts(".phone") == ["(555) 010-0188"]
    assert "They typed “555 010 0177”." in maria.text
    facts = " ".join(maria.texts(".facts div"))
    for both in ("Name Anna Ortis right: Ana Ortiz", "Phone 555 010 0177 right: (555) 010-0188"):
        assert both in facts
    assert "E-mail not given right: ana@example.com" in facts
    after = changed(request)
    assert (after.name, after.phone, after.email) == ("Anna Ortis", "555 010 0177", "")
    assert "Corrected" in maria.texts(".line li")[0]
    assert maria.find("555 010 0188").names == ["Anna Ortis"]


def test_the_message_for_a_machine_uses_the_corrected_name(maria):
    request = make_request(name="Anna Ortis", corrected_name="Ana Ortiz")

    assert "with a message for Ana Ortiz." in maria.open(request).text


def test_a_correction_that_is_none_or_cannot_be_one_is_refused(maria):
    request = make_request()

    assert maria.open(request).press("Keep the correction").status == 422
    assert "Nothing differs" in maria.text
    maria.open(request).press("Keep the correction", email="ana at home", name="Ana Ortiz-Gil")
    assert maria.status == 422
    assert "This is not an e-mail address." in maria.text
    assert 'value="ana at home"' in maria.source
    assert 'value="Ana Ortiz-Gil"' in maria.source
    assert changed(request).version == 1
    maria.open(request).press("Keep the correction", name="\u2800")
    assert "Enter a name with at least one letter" in maria.text
    assert changed(request).version == 1


def test_words_that_are_being_typed_are_kept_for_whoever_typed_them(maria, sam):
    request = make_request()

    maria.open(request)
    response = maria.client.post(address("draft", request.pk), {"why": "Son says: <Friday>"})

    assert response.status_code == 204
    assert maria.open(request).texts("textarea[name=why]") == ["Son says: <Friday>"]
    assert "kept from 9 a.m." in maria.text
    assert sam.open(request).texts("textarea[name=why]") == [""]


def test_kept_words_are_gone_once_they_are_used(maria):
    request = make_request()
    maria.client.post(address("draft", request.pk), {"why": "Son says: Friday"})

    maria.open(request).press("No answer")

    assert request.attempts.get().why == "Son says: Friday"
    assert maria.open(request).texts("textarea[name=why]") == [""]


def test_each_mail_says_how_it_stands_and_a_stuck_one_can_be_sent_again(maria):
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None, attempts=8, last_error="SMTPRecipientsRefused")
    maria.open(mail.request)
    assert "Receipt to the patient: not sent (8 tries: the address was refused)" in maria.text

    maria.press("Send again")

    assert maria.address == page_of(mail.request)
    assert "Receipt to the patient: waiting to be sent" in maria.text
    assert "E-mail to be sent again" in maria.texts(".line li")[0]
    assert "Send again" not in maria.buttons


def test_the_person_and_staff_are_told_the_same_time(maria):
    request = intake.receive(make_answers(email="ana@example.com"), now=NOW)
    outbox.send_due(NOW)
    receipt = next(each for each in sent_mail.outbox if each.to == ["ana@example.com"])

    maria.open(request)

    assert "by Tuesday, November 17, 5 p.m. CST" in receipt.body
    assert "by Tuesday, November 17, 5 p.m." in maria.text
    assert "(America/Chicago)" in maria.text


def test_a_time_reads_the_same_in_every_list_and_on_the_page(maria):
    make_request()
    request = make_request(name="Will Waits", state=State.CALL_BACK, next_due_at=NOW + 28.5 * HOUR)
    time = "Tue, Nov. 17, 1:30 p.m."

    assert f"Call-back promised for {time}" in maria.open(request).text
    assert time in maria.open(address("waiting")).row("Will W.")
    assert f"Call-back promised for {time}" in maria.find("Will Waits").row("Will Waits")
    assert "America/Chicago" in maria.text
    for page in (LIST, request, address("waiting")):
        assert "America/Chicago" in maria.open(page).text


# --- what is not on the page --------------------------------------------------------------------


def test_looking_changes_nothing(maria):
    for state in State:
        request = make_request(state=state)
        before = ConsultationRequest.objects.filter(pk=request.pk).values().get()

        maria.open(request)

        assert ConsultationRequest.objects.filter(pk=request.pk).values().get() == before
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": ""},
        {"outcome": "lost"},
        {"token": ""},
        {"token": "x" * 65},
        {"version": ""},
        {"version": "x"},
        {"version": "-1"},
    ],
)
def test_a_button_that_is_not_on_the_page_is_a_bad_request(maria, changes):
    request = make_request()
    where, fields = maria.open(request).sending("No answer")

    assert maria.send(where, fields | changes).status == 400
    assert changed(request).version == 1


@pytest.mark.parametrize("name", ["claim", "give_back", "reschedule", "reopen", "restore", "correct"])
@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, str(2**63 - 1)])
def test_a_version_that_no_page_has_changes_nothing(maria, name, version):
    request = make_request()

    maria.send(address(name, request.pk), {"version": version, "again_time": "15:00", "name": "Ana Ortega"})

    assert maria.status in {400, 422}
    assert changed(request).version == 1


def test_a_form_of_another_site_changes_nothing(maria):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = maria.client.cookies
    request = make_request()

    where, fields = maria.open(request).sending("No answer")

    assert careful.post(where, fields | {"csrfmiddlewaretoken": "forged"}).status_code == 403
    assert changed(request).version == 1


def test_what_cannot_be_left_on_the_page_is_refused_by_the_desk_too(maria):
    request = make_request(may_leave_message=False)
    where, fields = maria.open(request).sending("No answer")

    maria.send(where, fields | {"outcome": "left_message"})

    assert maria.status == 422
    assert "“Left a message” is not possible for this request." in maria.text


def test_somebody_whose_hands_it_is_not_in_cannot_press(maria, sam):
    request = make_request()
    where, fields = maria.open(request).sending("No answer")
    work.claim(request, by=sam.user, version=1, now=NOW)

    maria.send(where, fields | {"version": 2})

    assert maria.status == 409
    assert not request.attempts.exists()


def test_only_staff_of_the_desk_are_let_in(clock):
    request = make_request()

    assert Desk(make_staff("view_user")).open(request).status == 403


@pytest.mark.parametrize("hostile", ["a\x00b", "a\x1bb", "a\u202eb", "a\uffffb", "q" + "\u0323" * 5], ids=ascii)
@pytest.mark.parametrize("name", ["draft", "note", "reopen", "press", "correct"])
def test_words_that_cannot_be_read_are_stored_nowhere_and_come_back(maria, name, hostile):
    request = make_request(state=State.DECLINED) if name == "reopen" else in_hand_of(maria)
    sent = {"version": request.version, "token": "t" * 20, "outcome": "no_answer", "why": hostile, "name": hostile}

    maria.send(address(name, request.pk), sent)

    assert maria.status == 422
    assert changed(request).version == request.version
    assert not request.events.exists()
    assert not Draft.objects.exists()
    if name != "draft":
        assert "please type it again" in maria.text
        assert hostile.replace("\x00", "\ufffd") in maria.page.to_html()
