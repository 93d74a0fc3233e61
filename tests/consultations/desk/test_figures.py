"""The figures page: numbers, charts with their tables, nothing about few people and nobody's name."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from rlsinfo.consultations import work
from rlsinfo.consultations.models import OutboxMail, Outcome, State, Topic
from rlsinfo.staff.models import AccessEntry
from tests.consultations.desk.front_desk import LIST, Desk, address, words
from tests.factories import MONDAY_MORNING, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db

NOW = MONDAY_MORNING
DAY = timedelta(days=1)


class Figures(Desk):
    """Somebody who looks at the figures."""

    def look(self, days: int = 30):
        return self.open(f"{LIST}figures/?days={days}")

    def value(self, name: str) -> str:
        return next(words(each.query("dd")[0]) for each in self.page.query("dl div") if words(each).startswith(name))

    def table(self, key: str) -> dict[str, list[str]]:
        """The numbers of a chart by the head of their line."""
        rows = next(chart for chart in self.page.query(".chart") if chart.query(f"#{key}")).query("tbody tr")
        return {words(row.query("th")[0]): [words(cell) for cell in row.query("td")] for row in rows}

    def drawing(self, key: str) -> ElementTree.Element:
        source = self.source[self.source.index(f'aria-labelledby="{key}-drawn"') :]
        return ElementTree.fromstring("<svg " + source[: source.index("</svg>")] + "</svg>")


@pytest.fixture
def fay() -> Figures:
    return Figures(make_staff("view_figures", username="fay"))


def came(number: int, **changes) -> None:
    """So many people asked for a call yesterday."""
    for _ in range(number):
        make_request(**{"received_at": NOW - DAY} | changes)


BOOKED = {"state": State.SCHEDULED, "first_try_at": NOW - DAY, "first_contact_at": NOW - DAY}


def test_only_who_may_see_figures_sees_them(fay, maria):
    assert fay.look().status == 200
    assert maria.open(address("figures")).status == 403
    assert maria.texts("h1") == ["Not for your account"]
    assert list(AccessEntry.objects.order_by("number").values_list("action", "outcome", "detail")) == [
        ("figures", "done", "Last 30 days"),
        ("figures", "refused", address("figures")),
    ]


def test_figures_change_nothing(fay):
    assert fay.client.post(address("figures")).status_code == 405


def test_figures_name_nobody(fay):
    make_request(name="Zebediah Quill", phone="(555) 010-7777", email="zeb@example.com", note="itchy")
    came(9)

    source = fay.look().source

    for secret in ("Zebediah", "Quill", "7777", "zeb@", "itchy"):
        assert secret not in source


def test_a_period_that_is_not_offered_is_refused(fay):
    assert fay.open(f"{LIST}figures/?days=8").status == 400
    assert fay.open(f"{LIST}figures/?days=7%20or").status == 400


def test_the_page_says_which_days_it_is_about_and_in_which_zone(fay):
    text = fay.look(7).text

    assert "Tue, Nov. 10, 2026 to Mon, Nov. 16, 2026, America/Chicago" in text
    assert "Waits are counted in the clinic’s opening hours." in text


def test_where_the_clinics_hours_are_not_known_the_page_says_what_is_counted(fay, settings, clinic):
    settings.CLINIC = type(clinic)(name="A", site="example.com")

    assert "in office hours (Monday to Friday, 9 a.m. to 5 p.m.)" in fay.look().text


def test_first_figures_stand_in_words(fay):
    came(6, first_try_at=NOW - DAY, state=State.TRYING)
    came(6, **BOOKED)
    came(3, state=State.SPAM)
    came(6, state=State.DUPLICATE)

    fay.look()

    assert fay.value("Requests") == "12 came from people who want a call"
    assert fay.value("First try") == "0 min of opening time: half were tried by then, nine in ten within 0 min"
    assert fay.value("First contact").startswith("0 min of opening time: half of those we reached")
    assert fay.value("Tried within an opening hour") == "100 % of those who were due"
    assert fay.value("Reached the same day") == "100 % by the evening of the first opening day"
    assert fay.value("Nobody answered") == "too few to say"
    assert fay.value("Spam") == "fewer than 5"
    assert fay.value("Duplicates") == "6 29 % of everything that came"


def test_nothing_is_told_of_fewer_than_five_waits(fay):
    came(4, **BOOKED)

    fay.look()

    assert fay.value("Requests").startswith("fewer than 5")
    assert fay.value("First try") == fay.value("First contact") == "too few to say"
    assert "So few requests came on these days that nothing more is told of them." in fay.text
    assert fay.texts(".chart h2") == ["Open at this moment"]


def test_what_should_be_zero_is_told_as_it_is(fay):
    make_request(received_at=NOW - 3 * DAY)
    make_mail(state=OutboxMail.State.FAILED, due_at=None, request=make_request(restored_at=NOW))
    make_mail(state=OutboxMail.State.UNCERTAIN, due_at=None)

    fay.look()

    assert fay.value("Untouched when the clinic closed") == "1"
    assert fay.value("People wrongly taken for spam") == "1"
    assert fay.value("Taken, then left for 15 minutes") == "0"
    assert fay.value("E-mails not sent") == fay.value("E-mails that may not have arrived") == "1"
    assert len(fay.page.query(".zero .late")) == 4


def test_a_quiet_month_says_so(fay):
    assert "No request came on these days." in fay.look().text


# --- small groups -------------------------------------------------------------------------------


def test_pages_with_few_requests_become_one_line_that_tells_nothing_of_each(fay):
    came(12, source="/causes/iron-and-rls/", **BOOKED)
    came(9, source="/vascular/veins-and-rls/")
    came(2, source="/living/sleep/")
    came(1)

    assert fay.look().table("articles") == {
        "Iron and RLS": ["12", "12", "12"],
        "All others": ["12", "0", "0"],
    }


def test_a_single_small_topic_cannot_be_worked_out_from_the_others(fay):
    came(20, topic=Topic.RLS)
    came(9, topic=Topic.VEINS)
    came(3, topic=Topic.OTHER)

    topics = fay.look().table("topics")

    assert topics["Restless legs"] == ["20", "0", "0"]
    assert topics["Something else"] == ["fewer than 5", "–", "–"]
    assert topics["Bulging or aching veins"] == ["not shown", "–", "–"]
    assert topics["Which tests or which doctor I need"] == ["0", "0", "0"]


def test_few_booked_visits_of_a_large_group_are_not_told_either(fay):
    came(20, topic=Topic.RLS)
    came(3, topic=Topic.RLS, **BOOKED)
    came(6, topic=Topic.VEINS, **BOOKED)
    came(7, topic=Topic.OTHER, **BOOKED)

    topics = fay.look().table("topics")

    assert topics["Restless legs"] == ["23", "fewer than 5", "fewer than 5"]
    assert topics["Bulging or aching veins"] == ["6", "not shown", "not shown"]
    assert topics["Something else"] == ["7", "7", "7"]
    drawing = fay.drawing("topics")
    # A bar could be measured, so there is one for each number that is told.
    assert [bar.attrib["class"] for bar in drawing.iter("rect") if bar.attrib["width"] != "0.0%"] == [
        "all",
        "all",
        "all",
        "part",
        "most",
    ]


def test_few_booked_visits_are_told_nowhere(fay):
    came(20)
    came(9, state=State.DECLINED)
    came(3, **BOOKED)

    fay.look()

    assert fay.table("funnel")["Visit booked"] == ["fewer than 5", "–"]
    assert fay.table("outcomes") == {
        "Still open": ["20"],
        "Visit booked": ["fewer than 5"],
        "Not for us": ["0"],
        "Declined": ["not shown"],
        "Could not be reached": ["0"],
        "Asked us to stop": ["0"],
    }


def test_booked_visits_that_are_told_above_hide_no_other_outcome(fay):
    came(20)
    came(8, **BOOKED)
    came(9, state=State.NOT_FOR_US)
    came(2, state=State.DECLINED)

    fay.look()

    assert fay.table("funnel")["Visit booked"] == ["8", "21 %"]
    assert fay.table("outcomes") == {
        "Still open": ["20"],
        "Visit booked": ["8"],
        "Not for us": ["not shown"],
        "Declined": ["fewer than 5"],
        "Could not be reached": ["0"],
        "Asked us to stop": ["0"],
    }


def test_few_open_requests_are_not_told_by_age(fay):
    came(3)

    fay.look()

    assert "fewer than 5 in all" in fay.text
    assert list(fay.table("open").values()) == [["not shown"]] * 5


# --- charts -------------------------------------------------------------------------------------


def called(number: int, outcome: Outcome, at) -> None:
    for at_number in range(number):
        request = make_request(received_at=NOW - DAY)
        press = work.Press(outcome, token=f"{outcome}-{at}-{at_number}", version=request.version)
        work.press(request, press, by=make_staff(), now=at)


def test_calls_are_drawn_by_hour_with_the_share_that_was_answered(fay):
    called(6, Outcome.NO_ANSWER, NOW)
    called(6, Outcome.REACHED, NOW)
    called(8, Outcome.NO_ANSWER, NOW + timedelta(hours=2))
    called(2, Outcome.REACHED, NOW + timedelta(hours=2))

    hours = fay.look().table("hours")

    assert hours == {
        "9 a.m.": ["12", "not shown", "–"],
        "10 a.m.": ["0", "0", "–"],
        "11 a.m.": ["10", "fewer than 5", "–"],
    }
    assert fay.table("tries")["First"] == ["22", "8", "36 %"]
    assert fay.value("Nobody answered") == "64 % of 22 calls"


def test_a_chart_draws_the_numbers_of_its_table(fay):
    came(10)
    came(30, **BOOKED)

    drawing = fay.look().drawing("funnel")

    assert fay.table("funnel") == {
        "Received": ["40", "100 %"],
        "Reached": ["30", "75 %"],
        "Visit booked": ["30", "75 %"],
    }
    assert [bar.attrib["width"] for bar in drawing.iter("rect")] == ["100.0%", "75.0%", "75.0%"]
    assert [text.text for text in drawing.iter("text")] == ["Received", "40", "Reached", "30", "Visit booked", "30"]


def test_a_group_that_is_not_told_has_no_bar_to_measure(fay):
    came(20, topic=Topic.RLS)
    came(9, topic=Topic.VEINS)
    came(3, topic=Topic.OTHER)

    drawing = fay.look().drawing("topics")

    widths = [bar.attrib["width"] for bar in drawing.iter("rect") if bar.attrib["width"] != "0.0%"]
    assert widths == ["100.0%"]


def test_every_chart_has_a_name_and_a_table_and_no_style_of_its_own(fay):
    came(20)
    called(9, Outcome.REACHED, NOW)

    fay.look()

    charts = fay.page.query(".chart")
    assert [words(chart.query("h2")[0]) for chart in charts] == [
        "From request to visit",
        "How requests stand",
        "When people answer",
        "At which try people answer",
        "What people had read",
        "What people want to talk about",
        "Open at this moment",
    ]
    for chart in charts:
        drawing = chart.query("svg.bars")[0]
        assert drawing.attrs["role"] == "img"
        assert words(chart.query(f"#{drawing.attrs['aria-labelledby']}")[0])
        assert chart.query("table th[scope=row]")
        assert words(chart.query("caption")[0]) == words(chart.query("h2")[0])
    assert " style=" not in fay.source


def test_a_long_list_is_drawn_in_part_and_stands_whole_in_the_table(fay):
    for at in range(16):
        came(5, source=f"/causes/a-page-with-many-words-in-it-{at:02}/")

    drawing = fay.look().drawing("articles")

    assert len(fay.table("articles")) == 16
    assert "All 16 as a table" in fay.text
    labels = [text.text for text in drawing.iter("text") if "value" not in text.attrib.get("class", "")]
    assert len(labels) == 14
    assert set(labels) == {"A page with many words in i…"}


def test_the_way_to_the_export_is_shown_to_whom_it_is_open(fay):
    lead = Figures(make_staff("view_figures", "export_consultationrequest"))

    assert "Export" not in fay.look().text
    assert "Export requests as a file" in lead.look().text
