"""The figures page: charts drawn here, each with its table; nothing under five is broken down and nobody is named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.text import capfirst

from rlsinfo.consultations import figures, timing
from rlsinfo.consultations.desk.pages import desk_page, may, show, who
from rlsinfo.consultations.desk.rows import article
from rlsinfo.consultations.disclosure import FEWEST, kept_back
from rlsinfo.consultations.figures import Figures, Funnel, Reach, Share, Waits, duration
from rlsinfo.consultations.hours import TRIES
from rlsinfo.consultations.models import OPEN_STATES, State, Topic
from rlsinfo.staff.log import Action, recorded

PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "365 days"}
USUAL_PERIOD = "30"
FEW = f"fewer than {FEWEST}"
NOTHING = "\N{EN DASH}"
NOT_SHOWN = "not shown"
TOO_FEW = "too few to say"
LONGEST_LABEL = 28
"""Letters that stand beside a number on the narrowest phone; the table has the whole name."""
LINE_HEIGHT = 46
MOST_DRAWN = 14
"""All hours of a working day, and the articles that matter most."""
SHADES = ("all", "part", "most")
SHORT_TOPICS = {
    Topic.RLS_OR_VEINS: "Restless legs or veins",
    Topic.TESTS: "Tests, or which doctor",
}
ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth")


@dataclass(frozen=True)
class Bar:
    """One bar of a line; those of a line lie upon each other, the longest first."""

    shade: str
    percent: str


@dataclass(frozen=True)
class Line:
    """One line of a chart and of its table."""

    label: str
    short_label: str
    value: str
    """What stands at the end of the line."""
    cells: tuple[str, ...]
    bars: tuple[Bar, ...]
    top: int
    """Where the line begins, from the top of the drawing."""

    @property
    def text_at(self) -> int:
        return self.top + 17

    @property
    def bar_at(self) -> int:
        return self.top + 25


@dataclass(frozen=True)
class Chart:
    """Bars from left to right, and a table of the same numbers."""

    key: str
    title: str
    says: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def drawn(self) -> tuple[Line, ...]:
        """The lines that are drawn; the table has all."""
        return self.lines[:MOST_DRAWN]

    @property
    def height(self) -> int:
        return len(self.drawn) * LINE_HEIGHT

    @property
    def shades(self) -> list[tuple[str, str]]:
        """What each shade means; nothing where there is only one."""
        names = [column for column in self.columns[1:] if column != "Share"]
        return list(zip(SHADES, names, strict=False)) if len(names) > 1 else []


@dataclass(frozen=True)
class Part:
    """What a line is made from: numbers that each belong to a whole, the first holding the others."""

    label: str
    numbers: tuple[int, ...]
    short_label: str = ""


@desk_page("view_figures", action=Action.FIGURES)
def figures_page(request: HttpRequest) -> HttpResponse:
    """The figures of the last days; how many, the address says."""
    asked, now = request.GET.get("days", USUAL_PERIOD), timezone.now()
    if asked not in PERIODS:
        raise BadRequest("There are no figures for so many days.")
    days = figures.Days.until(now, int(asked))
    with recorded(Action.FIGURES, by=who(request), detail=f"Last {PERIODS[asked]}"):
        found, standing = figures.of_days(days, now), figures.standing(now)
        context = {
            "title": "Figures",
            "periods": PERIODS,
            "asked": asked,
            "days": days,
            "few": FEW,
            "office_hours": None if settings.CLINIC.hours_known else timing.hours().week[0][0],
            "numbers": _numbers(found),
            "wrong": _wrong(found, standing),
            "charts": [chart for chart in _charts(found) if chart.lines] if found.funnel.received >= FEWEST else [],
            "open_now": _open_now(standing.open_by_age),
            "may_export": may(request, "export_consultationrequest"),
        }
        return show(request, "figures", context)


def _numbers(found: Figures) -> list[tuple[str, str, str]]:
    """The figures that stand first: what, how much, and what that means."""
    spam, duplicates = (found.set_aside[state] for state in figures.SET_ASIDE)
    return [
        ("Requests", _told(found.funnel.received), "came from people who want a call"),
        ("First try", *_waits(found.to_first_try, "were tried")),
        ("First contact", *_waits(found.to_contact, "of those we reached were reached")),
        ("Tried within an opening hour", *_share(found.tried_within_an_hour, "of those who were due")),
        ("Reached the same day", *_share(found.reached_the_same_day, "by the evening of the first opening day")),
        ("Nobody answered", *_share(found.unanswered, "of {:,} calls")),
        ("Spam", *_small_share(spam)),
        ("Duplicates", *_small_share(duplicates)),
    ]


def _wrong(found: Figures, standing: figures.Standing) -> list[tuple[str, int]]:
    """What should be zero, and is told as it is."""
    return [
        ("Untouched when the clinic closed", found.untouched),
        ("People wrongly taken for spam", found.restored),
        ("Taken, then left for 15 minutes", found.left_lying),
        ("E-mails not sent", standing.mails_failed),
        ("E-mails that may not have arrived", standing.mails_uncertain),
    ]


def _charts(found: Figures) -> list[Chart]:
    return [
        _funnel_chart(found.funnel),
        _outcome_chart(found),
        _reach_chart(
            "hours",
            "When people answer",
            "Calls by the hour in which they were made, and how many of them reached somebody.",
            "Hour",
            [
                (time_format(time(hour), "P"), found.by_hour.get(hour, Reach()))
                for hour in range(min(found.by_hour, default=0), max(found.by_hour, default=-1) + 1)
            ],
        ),
        _reach_chart(
            "tries",
            "At which try people answer",
            "First calls, second calls and so on, and how many of them reached somebody.",
            "Try",
            _by_number(found.by_number),
        ),
        _groups_chart(
            "articles",
            "What people had read",
            "Requests by the page from which people came to the form.",
            "Page",
            _folded([_article(source, funnel) for source, funnel in found.by_source.items()]),
        ),
        _groups_chart(
            "topics",
            "What people want to talk about",
            "Requests by the topic people chose.",
            "Topic",
            [
                Part(str(topic.label), _numbers_of(found.by_topic.get(topic, Funnel())), SHORT_TOPICS.get(topic, ""))
                for topic in Topic
            ],
        ),
    ]


def _funnel_chart(funnel: Funnel) -> Chart:
    steps = zip(("Received", "Reached", "Visit booked"), _numbers_of(funnel), SHADES, strict=True)
    lines = []
    for label, count, shade in steps:
        share = Share(count, funnel.received)
        told = count == 0 or count >= FEWEST
        cells = (_told(count), f"{share.percent} %" if told else NOTHING)
        bars = (Bar(shade, _percent(count, funnel.received)),) if told else ()
        lines.append((label, "", _told(count), cells, bars))
    says = "Of the people who asked for a call, how many were reached and how many have a visit booked now."
    return Chart("funnel", "From request to visit", says, ("Step", "Requests", "Share"), _lines(lines))


def _outcome_chart(found: Figures) -> Chart:
    still_open = sum(found.outcomes.get(state, 0) for state in OPEN_STATES)
    ends = (State.SCHEDULED, State.NOT_FOR_US, State.DECLINED, State.NO_CONTACT, State.STOPPED)
    parts = [Part("Still open", (still_open,))]
    parts += [Part(state.label, (found.outcomes.get(state, 0),)) for state in ends]
    # How many visits are booked is told above, so it cannot hide another number here.
    booked = found.funnel.booked
    hides = [part for part in parts if part.label != State.SCHEDULED.label or 0 < booked < FEWEST]
    back = kept_back([part.numbers[0] for part in hides])
    hidden = {hides[at].label for at in back}
    return _bar_chart(
        "outcomes",
        "How requests stand",
        "Where the requests of these days stand now.",
        ("Outcome", "Requests"),
        parts,
        [frozenset(at for at, part in enumerate(parts) if part.label in hidden)],
    )


def _open_now(ages: Mapping[str, int]) -> Chart:
    parts = [Part(age, (count,)) for age, count in ages.items()]
    return _bar_chart(
        "open",
        "Open at this moment",
        f"Every request that still waits for somebody at the clinic, by how long ago it came: "
        f"{_told(sum(ages.values()))} in all.",
        ("Came", "Requests"),
        parts,
        _back(parts),
    )


def _reach_chart(key: str, title: str, says: str, first: str, groups: Iterable[tuple[str, Reach]]) -> Chart:
    parts = [Part(label, (reach.calls, reach.reached)) for label, reach in groups]
    return _bar_chart(key, title, says, (first, "Calls", "Reached", "Share"), parts, _back(parts), share=True)


def _groups_chart(key: str, title: str, says: str, first: str, parts: Sequence[Part]) -> Chart:
    return _bar_chart(key, title, says, (first, "Received", "Reached", "Visit booked"), parts, _back(parts))


def _bar_chart(
    key: str,
    title: str,
    says: str,
    columns: tuple[str, ...],
    parts: Sequence[Part],
    back: Sequence[frozenset[int]],
    *,
    share: bool = False,
) -> Chart:
    """A chart of parts, of which those in `back` are not told: one set for each number."""
    longest = max((part.numbers[0] for part in parts), default=0)
    lines = []
    for at, part in enumerate(parts):
        whole_told = at not in back[0]
        cells = tuple(
            _told_beside(parts, column, at, hidden) if whole_told or not column else NOTHING
            for column, hidden in enumerate(back)
        )
        bars = tuple(
            Bar(shade, _percent(number, longest))
            for shade, number, hidden in zip(SHADES, part.numbers, back, strict=False)
            if at not in hidden
        )
        value = cells[0]
        if share:
            told = part.numbers[0] and not any(at in hidden for hidden in back)
            percent = f"{Share(part.numbers[1], part.numbers[0]).percent} %" if told else NOTHING
            cells += (percent,)
            value = f"{percent} of {cells[0]}" if told else cells[0]
        lines.append((part.label, part.short_label, value, cells, bars))
    return Chart(key, title, says, columns, _lines(lines))


def _back(parts: Sequence[Part]) -> list[frozenset[int]]:
    """For each number which parts are not told; of a part whose first number is not, none is."""
    first, *others = zip(*(part.numbers for part in parts), strict=True) if parts else ((),)
    back = kept_back(first)
    return [back, *(kept_back(numbers, back) for numbers in others)]


def _folded(parts: Sequence[Part]) -> list[Part]:
    """The parts with the most first; those that are not told become one, whose number anybody could work out."""
    ordered = sorted(parts, key=lambda part: (-part.numbers[0], part.label))
    back = kept_back([part.numbers[0] for part in ordered])
    told = [part for at, part in enumerate(ordered) if at not in back]
    rest = [ordered[at].numbers for at in back]
    return [*told, Part("All others", tuple(map(sum, zip(*rest, strict=True))))] if rest else told


def _lines(lines: Iterable[tuple[str, str, str, tuple[str, ...], tuple[Bar, ...]]]) -> tuple[Line, ...]:
    return tuple(
        Line(label, _short(short or label), value, cells, bars, top=at * LINE_HEIGHT)
        for at, (label, short, value, cells, bars) in enumerate(lines)
    )


def _by_number(by_number: Mapping[int, Reach]) -> list[tuple[str, Reach]]:
    later = [reach for number, reach in by_number.items() if number > TRIES]
    groups = [(name, by_number.get(at, Reach())) for at, name in enumerate(ORDINALS, start=1)]
    if later:
        groups.append(("Later", Reach(sum(each.calls for each in later), sum(each.reached for each in later))))
    return groups


def _article(source: str, funnel: Funnel) -> Part:
    return Part(capfirst(article(source)) or "No page, or not known", _numbers_of(funnel))


def _numbers_of(funnel: Funnel) -> tuple[int, int, int]:
    return funnel.received, funnel.contacted, funnel.booked


def _told(count: int) -> str:
    """A number of requests as it is told: small ones are not."""
    return FEW if 0 < count < FEWEST else f"{count:,}"


def _told_beside(parts: Sequence[Part], column: int, at: int, back: frozenset[int]) -> str:
    """The same of one part among others. Where no part is told, it is not told either which ones are small."""
    count = parts[at].numbers[column]
    if at not in back:
        return _told(count)
    return FEW if 0 < count < FEWEST and len(back) < len(parts) else NOT_SHOWN


def _waits(waits: Waits, did: str) -> tuple[str, str]:
    if len(waits.minutes) < FEWEST:
        return TOO_FEW, ""
    meaning = f"of opening time: half {did} by then, nine in ten within {duration(waits.ninetieth)}"
    return duration(waits.median), meaning


def _share(share: Share, of: str) -> tuple[str, str]:
    return (TOO_FEW, "") if share.whole < FEWEST else (f"{share.percent} %", of.format(share.whole))


def _small_share(share: Share) -> tuple[str, str]:
    if 0 < share.part < FEWEST:
        return FEW, ""
    return (f"{share.part:,}", f"{share.percent} % of everything that came") if share.part else ("none", "")


def _percent(number: int, longest: int) -> str:
    return f"{100 * number / longest:.1f}%" if longest else "0%"


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"
