"""The buttons of a request do what they say, once; what is refused keeps every word."""

from datetime import timedelta

import pytest

from rlsinfo.consultations import work
from rlsinfo.consultations.models import OutboxMail, Outcome, State
from rlsinfo.consultations.work import Press
from tests.consultations.desk.front_desk import LIST, Desk, address, changed, in_hand_of, page_of, typed_in
from tests.factories import MONDAY_MORNING, make_request

pytestmark = pytest.mark.django_db

NOW = MONDAY_MORNING
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


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
