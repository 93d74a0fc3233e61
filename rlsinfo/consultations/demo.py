"""Made-up requests of the last sixty days, arrived and worked as real ones are, and marked as tests throughout."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from heapq import heapify, heappop, heapreplace
from itertools import chain, cycle, islice, product
from random import Random

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from rlsinfo.consultations import intake, removal, timing, work
from rlsinfo.consultations.consent import CALL_VERSION, IN_SPANISH, TEXT_VERSION
from rlsinfo.consultations.finding import folded_words
from rlsinfo.consultations.intake import Answers
from rlsinfo.consultations.models import (
    BestTime,
    ConsultationRequest,
    ContactAttempt,
    Language,
    Outcome,
    Reason,
    State,
    Stop,
    Topic,
)
from rlsinfo.consultations.work import Press

NUMBER = 300
DAYS = 60
# No form can send a key with a colon, and no account page a name with one: nobody real is ever taken for made up.
MARK = "demo:"
COLLEAGUES = ("Maria", "Tom", "Aisha")
# Two of three people write while the clinic is closed.
HOURS_OF_ARRIVAL = (*range(24), 6, 7, 8, 9, 10, 12, 12, 15, 17, 18, 19, 20, 20, 21, 21, 21, 22, 22)

FIRST_NAMES = (
    "Ana Ben Chidi Dolores Emeka Fatima Grace Hiro Inés Jamal Kateryna Liam Mei Noor Olga Pedro Quinn Rosa Sunil "
    "Thandi Ursula Viktor Wanda Yusuf Zoë"
)
LAST_NAMES = (
    "Testperson Madeup Notreal Fictional Invented Placeholder Pretend Sample Imaginary Nobody O'Example Demo-Smith "
    "Standin Makebelieve"
)
AREAS = (210, 312, 415, 512, 617, 713)
NUMBER_FORMATS = ("({}) 555-{}", "{}-555-{}", "+1 {} 555 {}", "{}.555.{}", "{} 555 {} ext. 4")

NOTES = (
    "",
    "",
    "",
    "My legs will not keep still in the evening.",
    "I had my iron tested in spring. Should I bring the result?",
    "Please call my work number only before ten.",
    "My mother had the same. I would like to know which doctor to see.",
    "The veins on my left calf ache when I stand all day.",
    "I wear compression stockings already and wonder if they do anything.",
    "I work nights, so afternoons are best.",
    "My doctor said it could be my veins, but I am not sure.",
    "Do you take patients from out of state?",
    "I read your page on iron. Thank you, it was clear.",
    "I wake up three times a night and walk around.",
    "Is an ultrasound needed before the first visit?",
    "My husband answers the phone too. Please ask for me.",
)
URGENT_NOTES = (
    "My left leg is swollen since yesterday and very sore.",
    "I cannot go on like this, I have not slept for days.",
    "I had chest pain this morning, it is gone now.",
)
ADVERTISING = (
    "We bring your website to page one: https://seo.example.com",
    "Cheap backlinks and guest posts, see www.links.example.com",
    "Business loans for clinics in 24 hours, https://loans.example.com",
)
ASKED_AGAIN = "I wrote already and forgot to say: please call soon."
NOTE_IN_SPANISH = "Mis piernas no me dejan dormir. Por favor, pregunten por mí en español."
HELP_NEEDED = ("", "", "", "", "", "", "Spanish", "I use a relay service", "More time on the phone")
SOURCES = (
    "/causes/iron-and-rls/",
    "/vascular/vein-treatment-and-rls/",
    "/vascular/veins-and-rls/",
    "/vascular/do-i-need-an-ultrasound/",
    "/symptoms/what-rls-feels-like/",
    "/symptoms/self-check/",
    "/treatments/treatment-overview/",
    "",
)


class Deed(StrEnum):
    """What staff do besides saying how a try ended."""

    TAKE = "take"
    NOTE = "note"
    CORRECT = "correct"
    PUT_OFF = "put_off"
    UNDO = "undo"
    CONFIRM_SPAM = "confirm_spam"
    RESTORE = "restore"
    REOPEN = "reopen"
    STOP = "stop"
    """They press the button behind the link in our receipt."""


Step = Outcome | Reason | Deed

STAFF_WORDS: dict[Step, tuple[str, ...]] = {
    Outcome.REACHED: ("", "", "Asked for five minutes to find the test results."),
    Outcome.CALL_BACK: ("", "On the bus, asked for another time.", "Wants to talk with family first."),
    Outcome.BOOKED: ("", "", "Brings the last iron test."),
    Reason.OWN_DOCTOR: ("Already sees a sleep clinic and stays there.",),
    Reason.OUT_OF_AREA: ("Lives five hours away. Named a clinic nearby.",),
    Reason.INSURANCE: ("The plan does not cover us.",),
    Reason.DECLINED: ("Feels better and would rather wait.",),
    Reason.STOPPED: ("Does not want to hear from us again.",),
    Deed.NOTE: ("Speaks softly: a quiet room helps.", "Asked whether parking is near the door."),
    Deed.REOPEN: ("Called us: would like a visit after all.",),
}


@dataclass(frozen=True)
class Plot:
    """How a request goes, from its arrival to where it is left."""

    steps: tuple[Step, ...] = ()
    phone: bool = True
    email: bool | None = None
    """None leaves it to chance."""
    urgent: bool = False
    advertising: bool = False
    misjudged: bool = False
    """A person wrote it, and the site takes it for advertising."""
    again: tuple[Step, ...] | None = None
    """They send the form once more within the hour: what becomes of that."""


TALK = (Outcome.REACHED, Outcome.BOOKED)
# Each as often as it happens.
COMMON = (
    *(Plot(TALK),) * 10,
    *(Plot((Outcome.NO_ANSWER, *TALK)),) * 6,
    *(Plot((Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, *TALK)),) * 7,
    *(Plot((Outcome.LEFT_MESSAGE, Outcome.CALL_BACK, Deed.NOTE, *TALK)),) * 4,
    *(Plot((Outcome.CALL_BACK, *TALK)),) * 3,
    *(Plot((Outcome.NO_ANSWER, Outcome.TEXTED, *TALK)),) * 2,
    *(Plot((Outcome.REACHED, Reason.OWN_DOCTOR)),) * 6,
    *(Plot((Outcome.NO_ANSWER, Outcome.REACHED, Deed.NOTE, Reason.DECLINED)),) * 7,
    *(Plot((Outcome.REACHED, Reason.OUT_OF_AREA)),) * 3,
    *(Plot((Outcome.LEFT_MESSAGE, Outcome.REACHED, Reason.INSURANCE)),) * 4,
    *(Plot((Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Reason.NO_CONTACT)),) * 6,
    *(Plot((Outcome.WROTE, *TALK), phone=False),) * 2,
    Plot((Reason.NO_CONTACT,), phone=False),
    Plot((Outcome.WRONG_NUMBER, Outcome.WROTE, Deed.CORRECT, *TALK), email=True),
    Plot((Outcome.WRONG_NUMBER, Reason.NO_CONTACT), email=False),
    Plot((Deed.TAKE, Outcome.NO_ANSWER, Deed.UNDO, *TALK)),
    Plot((Outcome.REACHED, Reason.DECLINED, Deed.REOPEN, Outcome.BOOKED)),
    Plot((Deed.PUT_OFF, *TALK)),
    Plot(TALK, urgent=True),
    Plot((Outcome.NO_ANSWER, Reason.STOPPED)),
    Plot((Reason.STOPPED, Deed.REOPEN, Outcome.BOOKED)),
    Plot((Outcome.LEFT_MESSAGE, Deed.STOP), email=True),
    Plot((Reason.TEST,)),
    Plot((Reason.SPAM,)),
    *(Plot((Deed.CONFIRM_SPAM,), advertising=True),) * 5,
    *(Plot((Deed.RESTORE, *TALK), misjudged=True),) * 2,
    Plot(TALK, again=(Reason.DUPLICATE,)),
)


@dataclass(frozen=True)
class Story:
    """One made-up request: when it arrives, what it says, and what becomes of it."""

    number: int
    arrives: datetime
    answers: Answers
    steps: tuple[Step, ...]
    last_step_at: datetime | None = None
    """When the last step is taken, if that matters."""


# What a desk looks like in the middle of its work: hours since it arrived, how it went, minutes since the last step.
LATELY: tuple[tuple[float, Plot, float | None], ...] = (
    (0.6, Plot(), None),
    (0.9, Plot(urgent=True), None),
    (2.5, Plot(), None),
    (9, Plot(phone=False), None),
    (11, Plot(), None),
    (15, Plot(again=()), None),
    (17, Plot(email=True), None),
    # Nobody has got to these in time.
    (5 * 24, Plot(), None),
    (8 * 24, Plot((Outcome.NO_ANSWER,)), None),
    (8 * 24 + 3, Plot((Outcome.CALL_BACK,)), None),
    # In somebody's hands at this moment, or waiting for their time.
    (4, Plot((Deed.TAKE,)), 6),
    (6, Plot((Outcome.REACHED,)), 4),
    (20, Plot((Outcome.NO_ANSWER,)), 25),
    (22, Plot((Outcome.LEFT_MESSAGE,)), 45),
    (26, Plot((Outcome.CALL_BACK,)), 70),
    (28, Plot((Deed.PUT_OFF,)), 90),
    # Set aside on arrival, and not looked at yet.
    (1.5, Plot(advertising=True), None),
    (7, Plot(advertising=True), None),
    (30, Plot(misjudged=True), None),
)


def requests() -> QuerySet[ConsultationRequest]:
    """Every made-up request in the database."""
    return ConsultationRequest.objects.filter(is_test=True, submission_key__startswith=MARK)


@transaction.atomic
def fill(now: datetime) -> None:
    """Let all stories happen in the order of time, as far as they have come by now; the same stories each time."""
    by = [_colleague(name) for name in COLLEAGUES]
    plays = [_play(story, by[story.number % len(by)]) for story in islice(_stories(now), NUMBER)]
    agenda = [(next(play), number, play) for number, play in enumerate(plays)]
    heapify(agenda)
    while agenda and agenda[0][0] <= now:
        _, number, play = agenda[0]
        if following := next(play, None):
            heapreplace(agenda, (following, number, play))
        else:
            heappop(agenda)


@transaction.atomic
def remove() -> int:
    """Take everything made up away again; how many requests there were."""
    made_up = list(requests().values_list("pk", flat=True))
    removal.delete(made_up)
    User.objects.filter(username__startswith=MARK).delete()
    return len(made_up)


def _colleague(name: str) -> User:
    """Somebody invented, who cannot sign in."""
    colleague, _ = User.objects.get_or_create(
        username=f"{MARK}{name.lower()}",
        defaults={"first_name": "Demo:", "last_name": name, "is_active": False, "password": "!"},
    )
    return colleague


def _stories(now: datetime) -> Iterator[Story]:
    """Stories without end, those of the last days first."""
    chance = Random(4)  # noqa: S311 - no secret
    people = list(product(FIRST_NAMES.split(), LAST_NAMES.split()))
    chance.shuffle(people)
    lately = (
        (now - timedelta(hours=hours), plot, None if minutes is None else now - timedelta(minutes=minutes))
        for hours, plot, minutes in LATELY
    )
    earlier = ((_arrival(now, chance), plot, None) for plot in cycle(COMMON))
    for number, (person, (arrives, plot, last_step_at)) in enumerate(zip(people, chain(lately, earlier), strict=False)):
        answers = _answers(number, " ".join(person), plot, chance)
        yield Story(number, arrives, answers, plot.steps, last_step_at)
        if plot.again is not None:
            again = replace(answers, submission_key=f"{answers.submission_key}:again", note=ASKED_AGAIN)
            yield Story(number, arrives + timedelta(minutes=chance.randint(20, 50)), again, plot.again)


def _arrival(now: datetime, chance: Random) -> datetime:
    """Some moment of the last sixty days, more often in the evening and on working days."""
    while True:
        day = (now - timedelta(days=chance.uniform(0, DAYS))).astimezone(timing.hours().zone)
        at = day.replace(hour=chance.choice(HOURS_OF_ARRIVAL), minute=chance.randrange(60), second=chance.randrange(60))
        if at < now - timedelta(hours=1) and (at.weekday() < 5 or chance.random() < 0.4):
            return at


def _answers(number: int, name: str, plot: Plot, chance: Random) -> Answers:
    """What this person typed. Telephone numbers 555-0100 to 555-0199 and example.com belong to nobody."""
    has_email = plot.email if plot.email is not None else not plot.phone or chance.random() < 0.7
    mailbox = ".".join(folded_words(name))
    note = chance.choice(NOTES)
    if plot.advertising:
        note = chance.choice(ADVERTISING)
    elif plot.misjudged:
        note = "Is what www.health.example.com says about veins true?"
    elif plot.urgent:
        note = chance.choice(URGENT_NOTES)
    answers = Answers(
        name=name,
        phone=_phone(number, chance) if plot.phone else "",
        email=f"{mailbox}@example.com" if has_email else "",
        best_times=tuple(each for each in BestTime.values if chance.random() < 0.4),
        may_leave_message=chance.random() < 0.75,
        topic=chance.choice((Topic.RLS_OR_VEINS, Topic.RLS_OR_VEINS, *Topic)),
        note=note,
        help_needed=chance.choice(HELP_NEEDED),
        consent_version=CALL_VERSION,
        source=chance.choice(SOURCES),
        submission_key=f"{MARK}{number:03}",
        trap="https://example.com" if plot.advertising and chance.random() < 0.5 else "",
        seconds_on_form=1.4 if plot.advertising else None if plot.misjudged else chance.uniform(40, 400),
        text_consent_version=TEXT_VERSION if Outcome.TEXTED in plot.steps else "",
    )
    return _in_spanish(answers) if answers.help_needed == "Spanish" and note in NOTES else answers


def _in_spanish(answers: Answers) -> Answers:
    """The same person, who found the Spanish form."""
    texts = answers.text_consent_version
    return replace(
        answers,
        note=NOTE_IN_SPANISH,
        language=Language.SPANISH,
        consent_version=answers.consent_version + IN_SPANISH,
        text_consent_version=texts and texts + IN_SPANISH,
    )


def _phone(number: int, chance: Random) -> str:
    area, line = AREAS[number // 100], f"01{number % 100:02}"
    return chance.choice(NUMBER_FORMATS).format(area, line)


def _play(story: Story, by: User) -> Iterator[datetime]:
    """Says when the next thing happens, and lets it happen when it is asked again."""
    chance = Random(story.number)  # noqa: S311 - no secret
    yield story.arrives
    request = intake.receive(story.answers, now=story.arrives, is_test=True)
    at, attempt = story.arrives, None
    steps = list(reversed(story.steps))
    while steps:
        step = steps.pop()
        if step == Reason.NO_CONTACT and work.why_not_give_up(request):
            # The desk does not let anybody give up so early: one try more.
            steps.append(step)
            step = Outcome.NO_ANSWER
        at = story.last_step_at if story.last_step_at and not steps else _when(step, request, at, chance)
        yield at
        if isinstance(step, Deed):
            _do(step, request, attempt, by, at, chance)
        else:
            attempt = work.press(request, _press(step, request, at, chance), by=by, now=at)


def _when(step: Step, request: ConsultationRequest, at: datetime, chance: Random) -> datetime:
    """When staff take this step: in opening hours, when the request is due and they get to it."""
    if step == Deed.UNDO:
        return at + timedelta(seconds=20)
    if request.state == State.TALKING:
        return at + timedelta(minutes=chance.randint(2, 9))
    if step == Deed.REOPEN:
        at += timedelta(days=chance.randint(1, 6))
    first = request.state in {State.NEW, State.SPAM}
    since = max(at, request.next_due_at or at)
    return timing.hours().add_business_minutes(since, chance.randint(4, 80) if first else chance.randint(0, 9)) or since


def _press(step: Outcome | Reason, request: ConsultationRequest, at: datetime, chance: Random) -> Press:
    """The button, with what stands beside it."""
    outcome = Outcome.CLOSED if isinstance(step, Reason) else _possible(step, request)
    return Press(
        outcome,
        token=f"{MARK}{request.pk}:{request.version}",
        version=request.version,
        why=chance.choice(STAFF_WORDS.get(step, ("",))),
        visit_date=_opening_day(at + timedelta(days=chance.randint(2, 21))) if outcome == Outcome.BOOKED else None,
        reason=step if isinstance(step, Reason) else None,
        same_as=_first_of_same_person(request) if step == Reason.DUPLICATE else "",
    )


def _possible(wanted: Outcome, request: ConsultationRequest) -> Outcome:
    """What was meant, or what comes nearest for somebody without a phone or who wants no message."""
    possible = work.outcomes_for(request)
    return next(each for each in (wanted, Outcome.NO_ANSWER, Outcome.WROTE) if each in possible)


def _opening_day(at: datetime) -> date:
    return next(timing.hours().opening_days(at.date()), at.date())


def _first_of_same_person(request: ConsultationRequest) -> str:
    first = request.others_from_same_person().last()
    return first.reference if first else ""


def _do(
    deed: Deed, request: ConsultationRequest, attempt: ContactAttempt | None, by: User, at: datetime, chance: Random
) -> None:
    """Everything staff do that is not the press of a button."""
    version, words = request.version, chance.choice(STAFF_WORDS.get(deed, ("",)))
    match deed:
        case Deed.TAKE:
            work.claim(request, by=by, version=version, now=at)
        case Deed.NOTE:
            work.note(request, words, by=by, now=at)
        case Deed.CORRECT:
            right = _phone(chance.randrange(NUMBER, 2 * NUMBER), chance)
            work.correct(request, name="", phone=right, email="", by=by, version=version, now=at)
        case Deed.PUT_OFF:
            again = timing.hours().add_business_minutes(at, 300) or at + timedelta(days=1)
            work.reschedule(request, again, by=by, version=version, now=at)
        case Deed.UNDO if attempt:
            work.undo(attempt, by=by, now=at)
        case Deed.CONFIRM_SPAM:
            work.confirm_spam([request.pk], by=by, now=at)
        case Deed.RESTORE:
            work.restore(request, by=by, version=version, now=at)
        case Deed.REOPEN:
            work.reopen(request, by=by, version=version, why=words, now=at)
        case Deed.STOP:
            work.stop_by_link(request.reference, Stop.Scope.EVERYTHING, now=at)
