"""A caller is found without a trace of what was typed; the other lists show the rest, each request once."""

from datetime import timedelta

import pytest
from django.db import connection

from rlsinfo.consultations import intake
from rlsinfo.consultations.desk import lists
from rlsinfo.consultations.models import CLOSED_STATES, ConsultationRequest, Event, OutboxMail, State
from rlsinfo.staff import rates
from rlsinfo.staff.models import AccessEntry
from tests.consultations.desk.front_desk import LIST, address, page_of, questions
from tests.factories import MONDAY_MORNING, make_answers, make_mail, make_request

pytestmark = pytest.mark.django_db

NOW = MONDAY_MORNING
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FLAGGED = ["It holds a web address.", "It uses words of advertising."]


def set_aside(**changes) -> ConsultationRequest:
    """What looked like spam to the site when it came, and nobody has looked at."""
    return make_request(state=State.SPAM, spam_reasons=FLAGGED, **changes)


def logged() -> list[tuple[str, str, list[str]]]:
    return [(each.action, each.detail, each.subjects) for each in AccessEntry.objects.order_by("number")]


# --- find ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["ortiz ana", "Otriz", "(555) 010-0177", "5550100177", "0177", "ANA.O@example.com", "k7mr 4pxd"]
)
@pytest.mark.parametrize("state", [State.NEW, State.DECLINED, State.SPAM])
def test_a_caller_is_found_however_they_say_who_they_are_and_in_any_state(maria, text, state):
    ana = make_request(
        name="Ana Ortiz", phone="+1 555 010 0177", email="ana.o@example.com", reference="K7MR4PXD", state=state
    )
    make_request(name="Ruth Abel")

    maria.find(text)

    assert maria.names == ["Ana Ortiz"]
    assert maria.page.query("tbody th a")[0].attrs["href"] == page_of(ana)
    assert "1 request fits" in maria.text
    assert "K7MR 4PXD" in maria.row("Ana Ortiz")
    assert ana.get_state_display() in maria.row("Ana Ortiz")


def test_what_was_searched_gets_into_no_address_and_no_log_what_was_found_does(maria, caplog):
    make_request(name="Zebediah Quill", reference="K7MR4PXD")

    maria.find("quill")

    assert maria.names == ["Zebediah Quill"]
    assert maria.address == address("find")
    entries = AccessEntry.objects.all()
    assert [(each.action, each.subjects, each.outcome) for each in entries] == [("find", ["K7MR4PXD"], "done")]
    assert "quill" not in f"{logged()} {caplog.text}".lower()


def test_a_search_that_finds_nobody_is_written_down_too(maria):
    maria.find("quill")

    assert logged() == [("find", "", [])]
    for advice in ("No request fits “quill”.", "the last four digits", "Ask for the reference", "set aside as spam"):
        assert advice in maria.text


def test_nothing_in_the_address_is_searched_for(maria):
    make_request(name="Ana Ortiz")

    maria.open(address("find") + "?text=ortiz&q=ortiz")

    assert maria.names == []
    assert logged() == []


def test_the_box_stands_on_call_now_and_keeps_what_was_typed(maria):
    make_request(name="Ana Ortiz")

    maria.open().press("Find", text="<ortis>")

    assert maria.names == ["Ana Ortiz"]
    assert maria.page.query("#find")[0].attrs["value"] == "<ortis>"


def test_who_is_meant_shows_whether_somebody_has_them_and_what_comes_next(maria, sam):
    make_request(name="Ana Ortiz", claimed_by=sam.user, claimed_until=NOW + MINUTE, corrected_name="Ana Ortiz-Gil")

    maria.find("ortiz")

    assert maria.names == ["Ana Ortiz"]
    assert "right: Ana Ortiz-Gil" in maria.row("Ana Ortiz")
    assert maria.row("Ana Ortiz").endswith("New Came 9 a.m. Sam Tran")


@pytest.mark.parametrize("text", ["", "   ", "%", "'; DROP TABLE"])
def test_a_search_that_means_nobody_finds_nobody(maria, text):
    make_request()

    maria.find(text)

    assert maria.status == 200
    assert maria.names == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x" * 201, "What you typed has 201 characters: use 200 or fewer."),
        ("a\x00b", "What you typed holds a control character: please type it again."),
        ("\u202eziT", "What you typed holds a hidden mark that turns words around: please type it again."),
    ],
)
def test_a_search_that_cannot_be_read_says_so_with_the_words_kept(maria, text, problem):
    maria.find(text)

    assert maria.status == 422
    assert problem in maria.text
    assert maria.page.query("#find")[0].attrs["value"] == text.replace("\x00", "\ufffd")


def test_whoever_searches_as_no_person_does_has_to_wait(maria, sam, monkeypatch):
    make_request(name="Ana Ortiz")
    monkeypatch.setattr(lists, "SEARCHES", rates.Rate("find", 2))
    for _ in range(2):
        assert maria.find("ortiz").names == ["Ana Ortiz"]

    assert maria.find("ortiz").status == 429
    assert "Too many searches: try again in 60 minutes." in maria.text
    assert not maria.names
    assert sam.find("ortiz").names == ["Ana Ortiz"]


def test_a_search_that_fits_too_many_says_so(maria):
    for _ in range(51):
        make_request(name="Ana Ortiz")

    maria.find("ana")

    assert len(maria.names) == 50
    assert "There may be more: type more to find fewer." in maria.text


def test_finding_costs_the_same_however_many_are_found(maria):
    make_request(name="Ruth Abel")
    for _ in range(20):
        make_request(name="Ana Ortiz")
    maria.find("nobody")

    assert questions(lambda: maria.find("ana ortiz")) == questions(lambda: maria.find("ruth abel"))


# --- waiting ------------------------------------------------------------------------------------


def test_the_waiting_stand_there_the_next_one_first_and_with_their_time(maria):
    make_request(name="Cat Later", state=State.TRYING, next_due_at=NOW + DAY)
    make_request(name="Bob Sooner", state=State.CALL_BACK, next_due_at=NOW + HOUR)
    make_request(name="Ann Now")

    maria.open(address("waiting"))

    assert maria.names == ["Bob S.", "Cat L."]
    assert "Mon, Nov. 16, 10 a.m. Call-back promised" in maria.row("Bob S.")
    assert "2 requests the next one first; times in America/Chicago" in maria.text
    assert logged() == [("list", "Waiting", [])]


def test_a_long_list_of_the_waiting_says_that_it_goes_on(maria):
    for _ in range(51):
        make_request(state=State.TRYING, next_due_at=NOW + DAY)

    maria.open(address("waiting"))

    assert len(maria.names) == 50
    assert "51 requests" in maria.text
    assert "Only the next 50 are shown." in maria.text


def test_with_nobody_waiting_the_page_says_so(maria):
    assert "Nobody is waiting for a later time." in maria.open(address("waiting")).text


# --- closed -------------------------------------------------------------------------------------


def test_the_closed_stand_there_with_their_outcome_the_latest_first(maria):
    make_request(name="Ann Booked", state=State.SCHEDULED, received_at=NOW - 3 * DAY, visit_date="2026-12-01")
    make_request(name="Bob Refused", state=State.NOT_FOR_US, received_at=NOW - DAY)
    make_request(name="Cat Open")

    maria.open(address("closed"))

    assert maria.names == ["Bob R.", "Ann B."]
    assert "Visit booked visit on Tue, Dec. 1, 2026" in maria.row("Ann B.")
    assert "Not for us Not for us: their own doctor or another clinic" in maria.row("Bob R.")
    assert logged() == [("list", "Closed", [])]


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_the_closed_can_be_narrowed_to_one_outcome(maria, state):
    for each in CLOSED_STATES:
        make_request(name=f"Ana {each.label}", state=each)

    maria.open(f"{address('closed')}?state={state}")

    (name,) = maria.names
    assert state.label in maria.row(name)
    assert maria.texts(".states [aria-current=page]") == [state.label]


def test_an_outcome_that_does_not_exist_shows_all(maria):
    make_request(state=State.DECLINED)

    assert len(maria.open(f"{address('closed')}?state=nonsense").names) == 1


def test_every_closed_request_is_on_exactly_one_page_also_those_closed_at_one_instant(maria):
    for number in range(120):
        # A week's worth closed at one moment, around the end of the first page.
        at = NOW - (HOUR if 30 <= number < 90 else number * MINUTE)
        make_request(name=f"Person Number{number:03}", state=State.DECLINED, received_at=at, closed_at=at)
    all_of_them = [each.reference for each in ConsultationRequest.objects.closed()]

    seen, where = [], address("closed")
    while where:
        maria.open(where)
        seen += [each.replace(" ", "") for each in maria.texts("td.num")]
        older = [each for each in maria.page.query(".pages a") if "Older" in each.to_text()]
        where = address("closed") + older[0].attrs["href"] if older else ""

    assert seen == all_of_them
    assert len(seen) == 120
    assert "Back to the latest" in maria.text


def test_the_closed_of_one_outcome_are_read_in_the_order_of_their_index():
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # For a handful of rows it would not open an index.
            cursor.execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
            )

    plan = ConsultationRequest.objects.closed().filter(state=State.SCHEDULED)[:51].explain()

    assert "request_closed_as" in plan
    assert "TEMP B-TREE" not in plan


def test_what_is_closed_while_somebody_turns_the_pages_moves_nothing(maria):
    for number in range(60):
        make_request(state=State.DECLINED, received_at=NOW - number * MINUTE)
    first = maria.open(address("closed")).texts("td.num")
    older = address("closed") + maria.page.query(".pages a")[0].attrs["href"]

    make_request(state=State.DECLINED, received_at=NOW + MINUTE)

    assert len(set(first) | set(maria.open(older).texts("td.num"))) == 60


def test_a_page_whose_requests_have_all_come_back_meanwhile_is_empty_and_no_error(maria):
    last = make_request(state=State.DECLINED)

    maria.open(f"{address('closed')}?after={last.reference}")

    assert maria.status == 200
    assert "Back to the latest" in maria.text


@pytest.mark.parametrize("after", ["XXXXXXXX", "1", "K7MR4PXD", "%27"])
def test_a_page_that_begins_nowhere_is_a_bad_request(maria, after):
    make_request(reference="K7MR4PXD")

    assert maria.open(f"{address('closed')}?after={after}").status == 400


# --- spam and duplicates ------------------------------------------------------------------------


def test_what_was_set_aside_can_be_judged_without_opening_it(maria):
    set_aside(name="Win Casino", phone="", email="win@example.com", note="Visit https://win.example now")

    maria.open(address("spam"))

    line = maria.row("Win Casino")
    for said in ("win@example.com", "Visit https://win.example now", *FLAGGED, "Mon, Nov. 16, 9 a.m."):
        assert said in line
    assert "Set aside, not looked at yet 1, the oldest first; times in America/Chicago" in maria.text
    assert logged() == [("list", "Spam and duplicates", [])]


def test_a_note_that_may_be_urgent_is_marked_even_among_the_spam(maria):
    set_aside(name="Ana Ortiz", urgent=True)

    assert "May be urgent" in maria.open(address("spam")).row("Ana Ortiz")


def test_one_press_restores_a_person_who_then_arrives_like_everybody_else(maria, clock):
    answers = make_answers(name="Ana Ortiz", email="ana@example.com", trap="filled in by a password manager")
    request = intake.receive(answers, now=NOW - DAY)
    assert not request.mails.exists()
    clock.shift(HOUR)

    maria.open(address("spam")).press("Restore Ana Ortiz")

    request.refresh_from_db()
    assert maria.address == page_of(request)
    assert (request.state, request.restored_at, request.clock_started_at) == (State.NEW, NOW + HOUR, NOW + HOUR)
    assert {mail.kind for mail in request.mails.all()} == {OutboxMail.Kind.ALERT, OutboxMail.Kind.RECEIPT}
    assert "Restored from “Spam”" in maria.texts(".line li")[0]
    assert maria.open().names == ["Ana O."]
    assert maria.open(address("spam")).names == []


def test_one_press_confirms_all_that_were_shown_and_nothing_that_came_since(maria):
    shown = [set_aside(name="Win Casino"), set_aside(name="Buy Links")]
    maria.open(address("spam"))
    late = set_aside(name="Too Late")

    maria.press("All 2 are spam")

    assert maria.address == address("spam")
    assert maria.names == ["Too Late"]
    for request in shown:
        assert request.events.get().why == "Looked at: it is spam."
    assert not late.events.exists()
    assert ("change", "confirm spam: 2", []) in logged()
    assert len(maria.open(f"{address('closed')}?state=spam").names) == 2


def test_confirmed_spam_can_still_be_restored(maria):
    request = set_aside()
    maria.open(address("spam")).press("It is spam")

    maria.open(request).press("Restore")

    request.refresh_from_db()
    assert (request.state, request.restored_at) == (State.NEW, NOW)


def test_confirming_touches_nothing_that_is_not_set_aside(maria):
    request = make_request()

    maria.send(address("confirm_spam"), {"skimmed": [request.pk, 999]})

    request.refresh_from_db()
    assert (request.state, request.version) == (State.NEW, 1)


@pytest.mark.parametrize("skimmed", ["x", "-1", "1.5", "", "9" * 19, "\u0661"])
def test_a_mark_that_is_not_on_the_page_is_a_bad_request(maria, skimmed):
    assert maria.send(address("confirm_spam"), {"skimmed": [skimmed]}).status == 400


def test_a_duplicate_stands_beside_the_request_it_repeats(maria):
    first, second = make_request(reference="K7MR4PXD"), make_request(name="Ana Twice")
    maria.open(second).press("Close it", reason="duplicate", same_as="K7MR4PXD")

    maria.open(address("spam"))

    assert maria.row("Ana T.").endswith("K7MR 4PXD")
    assert page_of(first) in maria.source


def test_of_many_duplicates_the_latest_stand_there_with_a_way_to_all(maria):
    first = make_request()
    for number in range(25):
        make_request(state=State.DUPLICATE, related_to=first, received_at=NOW - number * MINUTE)
    latest = [each.spoken_reference for each in ConsultationRequest.objects.closed()[:20]]

    assert maria.open(address("spam")).texts("td.num") == latest

    maria.open(maria.page.query(".more a")[0].attrs["href"])
    assert len(maria.names) == 25


def test_with_nothing_set_aside_the_page_says_so(maria):
    assert "Nothing was set aside since somebody last looked." in maria.open(address("spam")).text


def test_who_may_only_read_restores_and_confirms_nothing(reader):
    request = set_aside()

    reader.open(address("spam"))

    assert reader.buttons == []
    for where in (address("restore", request.pk), address("confirm_spam")):
        assert reader.send(where, {"version": 1, "skimmed": [request.pk]}).status == 403
    request.refresh_from_db()
    assert request.version == 1


# --- what a list costs --------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["changelist", "waiting", "closed", "spam", "mails"])
def test_a_list_asks_the_database_eight_times_at_most_however_long_it_is(maria, place):
    pressed = make_request(phone="555 010 0177")
    maria.open(pressed).press("No answer")
    for number in range(60):
        at = NOW - number * MINUTE
        make_request(name="Ann Due", phone=f"555010{number:04}", received_at=at)
        make_request(name="Bob Waits", state=State.CALL_BACK, next_due_at=NOW + HOUR)
        make_request(name="Cat Closed", state=State.DECLINED, received_at=at)
        make_request(name="Dan Twice", state=State.DUPLICATE, received_at=at, related_to=pressed)
        make_mail(request=set_aside(), state=OutboxMail.State.FAILED, due_at=None)

    asked = questions(lambda: maria.open(address(place)))

    assert asked <= 8
    assert len(maria.names) >= 50
    # That a press can be taken back is known here too.
    assert maria.texts(".undo b")[0] == "No answer"


def test_a_later_page_of_the_closed_asks_no_more_than_eight_times_either(maria):
    for number in range(60):
        make_request(state=State.DECLINED, received_at=NOW - number * MINUTE)
    maria.open(address("closed"))
    older = address("closed") + maria.page.query(".pages a")[0].attrs["href"]

    assert questions(lambda: maria.open(older)) <= 8
    assert len(maria.names) == 10


# --- every request on one list ------------------------------------------------------------------


def test_every_request_stands_on_exactly_one_list(maria):
    for state in State:
        make_request(name=f"Ana {state}", state=state)
    set_aside(name="Ana aside")
    make_request(name="Ana waits", state=State.CALL_BACK, next_due_at=NOW + HOUR)

    on_lists = []
    for page in (LIST, address("waiting"), address("closed")):
        on_lists += [each.attrs["href"] for each in maria.open(page).page.query("tbody th a")]
    on_lists += [each.attrs["href"] for each in maria.open(address("spam")).page.query(".skim tbody th a")]

    assert sorted(on_lists) == sorted(page_of(each) for each in ConsultationRequest.objects.all())


@pytest.mark.parametrize(
    ("place", "name"),
    [("changelist", "Call now"), ("find", "Find"), ("spam", "Spam and duplicates"), ("closed", "Closed")],
)
def test_the_menu_says_on_which_page_one_is(place, name, maria):
    assert maria.open(address(place)).texts(".desk-nav [aria-current=page]") == [name]


def test_looking_at_lists_changes_nothing(maria):
    for state in State:
        make_request(state=state)
    before = list(ConsultationRequest.objects.order_by("pk").values())

    for page in (LIST, *map(address, ("find", "waiting", "closed", "spam"))):
        assert maria.open(page).status == 200

    assert list(ConsultationRequest.objects.order_by("pk").values()) == before
    assert not Event.objects.exists()
