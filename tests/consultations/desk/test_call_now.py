"""Call now says whom to call next, why, and how the day stands."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from rlsinfo.consultations.models import OutboxMail, State
from tests.consultations.desk.front_desk import LIST, Desk, address, page_of, questions
from tests.factories import MONDAY_MORNING, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = MONDAY_MORNING


def taken_by(desk: Desk, **changes):
    return make_request(claimed_by=desk.user, claimed_until=NOW + timedelta(minutes=5), **changes)


# --- the order, and its reasons -----------------------------------------------------------------


def test_people_stand_in_the_order_in_which_they_are_called(maria):
    make_request(name="Eve Retry", state=State.TRYING, next_due_at=NOW - HOUR)
    make_request(name="Dan Newer", received_at=NOW - HOUR)
    make_request(name="Cyd Older", received_at=NOW - 2 * HOUR)
    make_request(name="Bea Promised", state=State.CALL_BACK, next_due_at=NOW - timedelta(minutes=1))
    make_request(name="Ben Promised", state=State.CALL_BACK, next_due_at=NOW - timedelta(minutes=30))
    make_request(name="Abe Urgent", urgent=True, received_at=NOW - timedelta(minutes=2))
    make_request(name="Fay Retry", state=State.TRYING, next_due_at=NOW - 2 * HOUR)

    maria.open()

    assert maria.names == ["Abe U.", "Ben P.", "Bea P.", "Cyd O.", "Dan N.", "Fay R.", "Eve R."]
    assert maria.texts("caption") == [
        "Words that may be urgent 1, longest wait first",
        "Promised call-backs 2, earliest first",
        "New 2, longest wait first",
        "Try again now 2, earliest first",
    ]


def test_words_that_may_be_urgent_stand_first_until_somebody_has_spoken_with_the_person(maria):
    make_request(name="Nora Promised", state=State.CALL_BACK, next_due_at=NOW - HOUR)
    make_request(name="Tess Tried", urgent=True, state=State.TRYING, next_due_at=NOW)
    make_request(name="Sue Spoken", urgent=True, state=State.TALKING, next_due_at=NOW)

    assert maria.open().names == ["Tess T.", "Nora P.", "Sue S."]


def test_nobody_stands_on_the_list_before_their_time_or_after_they_are_closed(maria, clock):
    make_request(name="Later Lee", state=State.CALL_BACK, next_due_at=NOW + timedelta(minutes=1))
    for state in (State.SCHEDULED, State.DECLINED, State.DUPLICATE, State.TEST):
        make_request(state=state)
    make_request(state=State.SPAM, spam_reasons=["It holds a web address."])
    assert maria.open().names == []

    clock.shift(timedelta(minutes=1))

    assert maria.open().names == ["Later L."]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"received_at": NOW - 2 * HOUR}, "Came 7 a.m."),
        ({"received_at": NOW - 3 * DAY}, "Came Fri, Nov. 13, 9 a.m."),
        ({"state": State.CALL_BACK, "next_due_at": NOW - HOUR / 2}, "Call-back promised for 8:30 a.m."),
        ({"state": State.TRYING, "next_due_at": NOW - HOUR}, "Try again from 8 a.m."),
        (
            {"state": State.TALKING, "next_due_at": NOW, "state_changed_at": NOW - HOUR / 4},
            "Reached at 8:45 a.m.; how did it end?",
        ),
    ],
)
def test_each_line_says_why_it_stands_there(maria, changes, reason):
    make_request(name="Ana Ortiz", **changes)

    assert reason in maria.open().row("Ana O.")


def test_waiting_is_counted_in_opening_hours(maria):
    # Friday, 4 p.m.: an hour on Friday, and one on Monday.
    make_request(name="Ana Ortiz", received_at=NOW - 2 * DAY - 17 * HOUR)

    assert "2 h 0 min of opening hours" in maria.open().row("Ana O.")


def test_a_line_says_what_a_caller_must_know_before_dialling(maria):
    make_request(
        name="Ana Maria Ortiz",
        phone="555 010 0177",
        may_leave_message=False,
        help_needed="Spanish interpreter",
        source="/causes/iron-and-rls/",
        state=State.TRYING,
        tries=2,
    )
    make_request(name="Ed Mailer", phone="", email="ed@example.com", best_times=[])

    maria.open()

    line = maria.row("Ana O.")
    for said in (
        "Restless legs or veins, I am not sure which",
        "after reading iron and RLS",
        "Morning, afternoon",
        "no message",
        "help needed",
        "no one",
    ):
        assert said in line
    assert 'aria-label="2 of 6 tries made"' in maria.source
    assert "Any time E-mail only" in maria.row("Ed M.")


def test_a_second_request_of_one_person_says_so(maria):
    first = make_request(name="Ana Ortiz")
    make_request(name="Ann Ortiz", related_to=first)

    maria.open()

    assert "wrote more than once" in maria.row("Ann O.")
    assert "wrote more than once" not in maria.row("Ana O.")


def test_neither_a_full_name_nor_a_number_nor_a_note_stands_where_others_look_over_the_shoulder(maria):
    make_request(name="Zebediah Quill", phone="555 010 0177", note="It is about my left leg.")

    maria.open()

    assert maria.names == ["Zebediah Q."]
    for private in ("Quill", "555", "left leg"):
        assert private not in maria.text


def test_what_is_late_by_the_promise_given_to_the_person_is_marked(maria):
    make_request(name="Lena Late", received_at=NOW - 5 * DAY)
    make_request(name="Tim Timely", received_at=NOW - 3 * DAY)

    maria.open()

    assert "Overdue" in maria.row("Lena L.")
    assert "Overdue" not in maria.row("Tim T.")
    assert maria.figures["Overdue"] == "1"


def test_each_line_says_who_has_it_and_offers_what_fits(maria, sam):
    taken_by(sam, name="Ann Sams")
    taken_by(maria, name="Bob Mine")
    make_request(name="Cat Free")
    make_request(name="Dot Over", claimed_by=sam.user, claimed_until=NOW)

    maria.open()

    assert maria.row("Ann S.").endswith("Sam Tran See")
    assert maria.row("Bob M.").endswith("you Go on")
    assert maria.row("Cat F.").endswith("no one Take")
    assert maria.row("Dot O.").endswith("no one Take")


def test_a_test_is_marked_as_one(maria):
    make_request(name="Ana Ortiz", is_test=True)

    assert "Test, not real" in maria.open().row("Ana O.")


def test_a_list_too_long_for_a_day_says_how_many_stand_behind(maria):
    for _ in range(51):
        make_request()
    make_request(name="Rae Retry", state=State.TRYING, received_at=NOW - DAY)

    maria.open()

    assert len(maria.names) == 50
    assert maria.texts("caption") == ["New 51, longest wait first", "Try again now 1, earliest first"]
    assert "1 more stand behind these." in maria.text
    assert maria.figures["Due now"] == "52"


# --- the one next thing -------------------------------------------------------------------------


def test_the_first_free_one_is_named_as_next_with_its_reason(maria, sam):
    taken_by(sam, name="Ann Sams", received_at=NOW - 2 * HOUR)
    make_request(name="Ben Next", received_at=NOW - HOUR)
    make_request(name="Cat Third")

    maria.open()

    assert maria.texts(".next .who") == ["Ben N."]
    (box,) = maria.texts(".next")
    assert box.startswith("Next. Came 8 a.m.")
    assert "Waiting 1 h 0 min of opening hours" in box
    assert box.endswith("Take this one")


def test_what_she_has_in_hand_comes_before_everything_else(maria):
    make_request(name="Abe Urgent", urgent=True)
    mine = taken_by(maria, name="Bob Mine")

    maria.open()

    (box,) = maria.texts(".next")
    assert box.startswith("You have this one in hand.")
    assert maria.page.query(".next a")[0].attrs["href"] == page_of(mine)


def test_an_urgent_one_says_to_read_first(maria):
    make_request(name="Abe Urgent", urgent=True, note="chest pain")

    (box,) = maria.open().texts(".next")

    assert "Words that may be urgent: read the note before you dial." in box


def test_outside_the_hours_for_calls_the_page_says_when_they_begin_again(maria, clock):
    assert "outside the hours" not in maria.open().text
    make_request()
    assert "outside the hours" not in maria.open().text

    clock.shift(12 * HOUR)

    said = "It is 9 p.m. at the clinic, outside the hours for calls. They begin again Tuesday, Nov. 17, 8 a.m."
    assert said in Desk(maria.user).open().text


def test_with_everybody_in_other_hands_nothing_is_next(maria, sam):
    taken_by(sam)

    assert maria.open().texts(".next") == []


def test_taking_the_next_one_leads_to_the_number(maria):
    request = make_request(name="Ana Ortiz", phone="555 010 0177")

    maria.open().press("Take this one")

    assert maria.address == page_of(request)
    assert maria.texts(".phone") == ["555 010 0177"]
    assert "Yours until 9:15 a.m." in maria.text


# --- how the day stands -------------------------------------------------------------------------


def test_the_strip_counts_the_day(maria):
    make_request()
    make_request(received_at=NOW - 5 * DAY, urgent=True)
    make_request(state=State.TRYING)
    make_request(state=State.CALL_BACK, next_due_at=NOW + HOUR)
    make_request(state=State.SPAM, spam_reasons=["It holds a web address."], received_at=NOW - DAY)
    make_request(state=State.DECLINED, received_at=NOW - 9 * DAY)

    assert maria.open().figures == {
        "Not tried yet": "2",
        "Due now": "3",
        "Overdue": "1",
        "Waiting for later": "1",
        "Spam to skim": "1",
        "Failed e-mails": "0",
        "Last request": "Mon, Nov. 16, 9 a.m.",
        "This list, clinic time (America/Chicago)": "9 a.m. Refresh",
    }


def test_mail_that_is_stuck_or_waits_is_counted_by_what_became_of_it(maria):
    for state in OutboxMail.State:
        make_mail(state=state, due_at=NOW if state == OutboxMail.State.QUEUED else None)

    figures = maria.open().figures

    assert (figures["Failed e-mails"], figures["May not have arrived"], figures["E-mails waiting"]) == ("1", "1", "1")


def test_a_test_does_not_pass_for_the_last_request(maria):
    make_request(received_at=NOW - DAY)
    make_request(is_test=True)

    assert maria.open().figures["Last request"] == "Sun, Nov. 15, 9 a.m."


def test_with_nothing_to_do_the_page_says_when_the_next_call_is_due(maria):
    make_request(state=State.CALL_BACK, next_due_at=NOW + 5.5 * HOUR)

    assert "Nothing to do. The next call is due Monday, Nov. 16, 2:30 p.m." in maria.open().text


def test_with_nobody_waiting_at_all_the_page_says_so(maria):
    maria.open()

    assert "Nothing to do. Nobody is waiting." in maria.text
    assert maria.figures["Last request"] == "none yet"


def test_below_the_list_stands_when_the_next_of_the_waiting_is_due(maria):
    make_request()
    make_request(state=State.CALL_BACK, next_due_at=NOW + DAY)

    assert "1 waiting for a later time. The next is due Tuesday, Nov. 17, 9 a.m." in maria.open().text


# --- undo ---------------------------------------------------------------------------------------


def test_the_last_press_can_be_undone_from_the_list_for_a_minute(maria, clock):
    request = make_request(name="Ana Ortiz")
    maria.open(request).press("No answer")
    assert maria.address == LIST
    (notice,) = maria.texts(".undo")
    assert notice.startswith("No answer: Ana O.; back on the list Mon, Nov. 16, 2 p.m.")

    clock.shift(timedelta(seconds=59))
    maria.open().press("Undo")

    assert maria.address == page_of(request)
    request.refresh_from_db()
    assert (request.state, request.tries) == (State.NEW, 0)
    assert maria.open().texts(".undo") == []


@pytest.mark.parametrize("place", ["changelist", "find", "waiting", "spam", "closed", "another request"])
def test_whoever_notices_the_wrong_button_a_page_later_undoes_it_there(place, maria, clock):
    request, another = make_request(name="Ana Ortiz"), make_request()
    maria.open(request).press("No answer")
    clock.shift(timedelta(seconds=20))

    maria.open(page_of(another) if place == "another request" else address(place))
    assert "You can undo it for 40 seconds." in maria.texts(".undo")[0]
    maria.press("Undo")

    assert maria.address == page_of(request)
    request.refresh_from_db()
    assert request.state == State.NEW


def test_on_the_page_of_a_request_its_own_press_is_undone_before_a_later_one_elsewhere(maria):
    first, second = make_request(name="Ana Ortiz"), make_request(name="Ben Okafor")
    for each in (first, second):
        maria.open(each).press("No answer")

    assert maria.open(first).texts(".undo")[0].startswith("No answer: Ana O.")
    assert maria.open().texts(".undo")[0].startswith("No answer: Ben O.")


def test_after_a_minute_undo_is_no_longer_offered(maria, clock):
    maria.open(make_request()).press("No answer")

    clock.shift(timedelta(seconds=60))

    assert maria.open().texts(".undo") == []


def test_what_happened_to_a_request_since_leaves_nothing_to_undo(maria, sam):
    request = make_request()
    maria.open(request).press("No answer")

    sam.open(request).press("Take it")

    assert maria.open().texts(".undo") == []
    assert maria.open(request).texts(".undo") == []


def test_nobody_is_offered_to_undo_what_a_colleague_pressed(maria, sam):
    maria.open(make_request()).press("No answer")

    assert sam.open().texts(".undo") == []


# --- what the page costs, and what it promises --------------------------------------------------


def test_the_list_asks_no_more_of_the_database_when_it_is_longer(maria, sam):
    for state in (State.NEW, State.TRYING):
        taken_by(sam, state=state)
    few = questions(maria.open)
    for _ in range(24):
        for state in (State.NEW, State.TRYING):
            make_mail(request=taken_by(sam, state=state))

    assert questions(maria.open) == few <= 8
    assert len(maria.names) == 50


def test_who_may_only_read_is_offered_nothing_to_press(reader):
    request = make_request(name="Ana Ortiz")

    reader.open()

    assert reader.buttons == ["Find"]
    assert reader.row("Ana O.").endswith("See")
    assert reader.page.query(".next a")[0].attrs["href"] == page_of(request)


def test_nothing_in_the_address_changes_what_stands_on_the_list(maria):
    make_request(name="Ana Ortiz")

    assert maria.open(f"{LIST}?q=nobody&state=closed&p=7&text=nobody").names == ["Ana O."]


def test_signing_in_leads_straight_to_the_list(maria):
    assert maria.client.get("/admin/").url == LIST


def test_no_request_can_be_added_deleted_or_rewritten_by_hand():
    boss = Desk(make_staff(username="boss", is_superuser=True))
    request = make_request(name="Ana Ortiz")

    for page in ("add", "delete", "history"):
        with pytest.raises(NoReverseMatch):
            address(page, *([] if page == "add" else [request.pk]))
    boss.client.post(page_of(request), {"name": "Somebody else", "note": "changed"})
    boss.client.post(LIST, {"action": "delete_selected", "_selected_action": [request.pk]})

    request.refresh_from_db()
    assert (request.name, request.version) == ("Ana Ortiz", 1)


def test_the_pages_need_nothing_inline_and_are_kept_nowhere(maria):
    pages = [LIST, page_of(make_request()), *map(address, ("find", "waiting", "closed", "spam"))]

    for page in pages:
        response = maria.client.get(page)
        source = response.content.decode()
        for inline in ("<style", " style=", "<script>", " onclick"):
            assert inline not in source
        assert "no-store" in response["Cache-Control"]
        assert "default-src 'none'" in response["Content-Security-Policy"]


def test_no_title_names_a_person(maria):
    request = make_request(name="Zebediah Quill", reference="K7MR4PXD")

    assert "K7MR 4PXD" in maria.open(request).texts("title")[0]
    for page in (request, LIST, address("waiting")):
        assert "Quill" not in maria.open(page).texts("title")[0]


def test_a_stranger_is_asked_to_sign_in():
    response = Client().get(LIST)

    assert response.status_code == 302
    assert response.url.startswith(reverse("admin:login"))
