"""Whatever staff do in whatever order, and however many at once: no request is lost, and none is overwritten."""

import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from itertools import count
from threading import Barrier
from typing import ClassVar

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from hypothesis import HealthCheck
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from rlsinfo.consultations import work
from rlsinfo.consultations.intake import receive
from rlsinfo.consultations.models import ConsultationRequest, ContactAttempt, OutboxMail, Outcome, Reason, State, Stop
from rlsinfo.consultations.work import NotAllowed, Overtaken, Press
from tests.factories import MONDAY_MORNING, make_answers, make_request, make_staff

# 4,000 steps each time, fewer where another database is asked the same; DESK_RUNS=10000 tries 10,000 days at the desk.
RUNS = int(os.environ.get("DESK_RUNS", "160" if connection.vendor == "sqlite" else "60"))
STEPS = 25

Refusal = type[NotAllowed] | type[Overtaken] | None

OPEN = {"new", "trying", "talking", "call_back"}
QUARTER = timedelta(minutes=15)
LEADS_TO = {
    "no_answer": "trying",
    "left_message": "trying",
    "wrong_number": "trying",
    "wrote": "trying",
    "texted": "trying",
    "reached": "talking",
    "call_back": "call_back",
    "booked": "scheduled",
    "own_doctor": "not_for_us",
    "out_of_area": "not_for_us",
    "insurance": "not_for_us",
}
"""Where a button or a reason leads; each other reason leads to the state of its name."""

WHICH = st.integers(0, 4)
WHO = st.integers(0, 1)
PAGE = st.sampled_from(["fresh"] * 6 + ["old", "any"])
"""Of a request that suits what is done; opened before the last change; or of any request."""


@dataclass
class Expected:
    """What a request should be like by now, told in the plainest words."""

    phone: str
    email: str
    may_leave_message: bool
    may_text: bool
    judged_spam: bool
    state: str
    to_skim: bool
    arrived: bool
    corrected_phone: str = ""
    corrected_email: str = ""
    version: int = 1
    tried: list[tuple[datetime, str]] = field(default_factory=list)
    """When and how they were tried since somebody last reached them or opened it again."""
    in_hands_of: int | None = None
    until: datetime = MONDAY_MORNING
    is_test: bool = False
    restored: bool = False

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def was_closed(self) -> bool:
        return self.state in {"scheduled", "not_for_us", "declined", "no_contact", "stopped"}

    @property
    def never_was_one(self) -> bool:
        return self.state in {"spam", "duplicate", "test"}

    @property
    def known_by(self) -> set[str]:
        return {self.phone, self.email, self.corrected_phone, self.corrected_email} - {""}

    @property
    def is_held(self) -> bool:
        return self.in_hands_of is not None

    def is_held_from(self, who: int, now: datetime) -> bool:
        return self.in_hands_of not in {None, who} and self.until > now

    def version_on(self, page: str) -> int:
        return self.version - (page == "old")

    def can(self, outcome: str) -> bool:
        phone, email = self.corrected_phone or self.phone, self.corrected_email or self.email
        return {
            "no_answer": bool(phone),
            "wrong_number": bool(phone),
            "left_message": bool(phone) and self.may_leave_message,
            "wrote": bool(email),
            "texted": bool(phone) and self.may_text,
            "reached": self.state != "talking",
        }.get(outcome, True)

    def too_early_to_give_up(self) -> bool:
        days = {at.date() for at, _ in self.tried}
        parts = {"morning" if at.hour < 11 else "midday" if at.hour < 14 else "afternoon" for at, _ in self.tried}
        if not (self.corrected_phone or self.phone):
            return len(self.tried) < 3 or len(days) < 3
        if self.tried and self.tried[-1][1] == "wrong_number" and not (self.corrected_email or self.email):
            return False
        return len(self.tried) < 6 or len(days) < 3 or len(parts) < 3


@dataclass
class Wish:
    """Somebody asked us to stop, about one of the requests."""

    which: int
    scope: str
    at: datetime
    ended: bool = False


@dataclass
class Pressed:
    """A press that was written down, and what was so before."""

    attempt: ContactAttempt
    said: Press
    which: int
    who: int
    at: datetime
    before: Expected
    undone: bool = False


class Desk(RuleBasedStateMachine):
    """Two people at the desk and up to five requests, while the clock moves on."""

    staff: ClassVar[list[User]]

    def __init__(self) -> None:
        super().__init__()
        self.now = MONDAY_MORNING
        self.requests: list[ConsultationRequest] = []
        self.expected: list[Expected] = []
        self.pressed: list[Pressed] = []
        self.wishes: list[Wish] = []
        self.tokens = count(1)
        self.savepoint = transaction.savepoint()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    def one(self, which: int, page: str = "fresh", suits: str = "version") -> tuple[int, ConsultationRequest, Expected]:
        """One of the requests as a page that was opened just now has it; of those that suit, if any."""
        suitable = [number for number, each in enumerate(self.expected) if getattr(each, suits)]
        among = suitable if suitable and page != "any" else range(len(self.requests))
        which = among[which % len(among)]
        return which, ConsultationRequest.objects.get(pk=self.requests[which].pk), self.expected[which]

    def expect(self, refusal: Refusal, action: Callable[[], object]) -> bool:
        """Whether it was done; that it is refused exactly when it should be."""
        if refusal:
            with pytest.raises(refusal):
                action()
        else:
            action()
        return refusal is None

    def wishes_about(self, which: int, scope: str = "") -> list[Wish]:
        """Those in force that somebody with the same number or address has."""
        known_by = self.expected[which].known_by
        return [
            each
            for each in self.wishes
            if not each.ended and scope in {"", each.scope} and self.expected[each.which].known_by & known_by
        ]

    def may_be_pressed(self, which: int, outcome: str) -> bool:
        """Whether a button other than that for closing can be pressed on an open request."""
        should = self.expected[which]
        not_theirs = {self.expected[each.which].email for each in self.wishes_about(which, "address")}
        if self.wishes_about(which, "everything"):
            return False
        if outcome == "wrote" and (should.corrected_email or should.email) in not_theirs:
            return False
        return should.can(outcome)

    # --- what happens ---

    @initialize()
    def begin(self) -> None:
        self.arrive("both", True, False)
        self.arrive("phone", False, False)

    @rule(reached_by=st.sampled_from(["both", "phone", "email"]), message=st.booleans(), spam=st.booleans())
    def arrive(self, reached_by: str, message: bool, spam: bool) -> None:
        if len(self.requests) == 5:
            return
        unreachable = {"phone": {"email": ""}, "email": {"phone": ""}}.get(reached_by, {})
        answers = make_answers(may_leave_message=message, trap="filled" if spam else "", **unreachable)
        answers = replace(answers, text_consent_version="texts-2026-11" if message else "")
        self.requests.append(receive(answers, now=self.now))
        state = "spam" if spam else "new"
        self.expected.append(Expected(answers.phone, answers.email, message, message, spam, state, spam, not spam))

    @rule(passed=st.sampled_from([1, 55, 65, 14 * 60, 16 * 60, 2 * 3600, 5 * 3600, 24 * 3600, 70 * 3600]))
    def time_passes(self, passed: int) -> None:
        self.now += timedelta(seconds=passed)

    @rule(
        which=WHICH,
        who=WHO,
        outcome=st.sampled_from([each for each in Outcome if each != Outcome.CLOSED]),
        again=st.sampled_from([None, None, -1, 3, 24, 24 * 6, 24 * 400]),
        day=st.sampled_from([None, 0, 3, 3, -1]),
        page=PAGE,
    )
    def press(
        self,
        which: int,
        who: int,
        outcome: Outcome,
        again: int | None = None,
        day: int | None = None,
        page: str = "fresh",
    ) -> None:
        which, request, should = self.one(which, page, "is_open")
        said = Press(
            outcome,
            token=f"token-{next(self.tokens)}",
            version=should.version_on(page),
            again=None if again is None else self.now + timedelta(hours=again),
            visit_date=None if day is None else (self.now + timedelta(days=day)).date(),
        )
        comes_back = outcome != Outcome.BOOKED
        wrong_time = comes_back and said.again is not None and not self.can_be_called_at(said.again)
        no_day = outcome == Outcome.BOOKED and (day is None or day < 0)
        impossible = not self.may_be_pressed(which, outcome)
        refused = NotAllowed if impossible or wrong_time or no_day else None
        self.write_down(which, request, should, said, who, LEADS_TO[outcome], refused)

    @rule(which=WHICH, who=WHO, reason=st.sampled_from(Reason), same_as=WHICH, page=PAGE)
    def close(self, which: int, who: int, reason: Reason, same_as: int, page: str) -> None:
        which, request, should = self.one(which, page, "is_open")
        _, other, as_other = self.one(same_as)
        said = Press(
            Outcome.CLOSED,
            token=f"token-{next(self.tokens)}",
            version=should.version_on(page),
            reason=reason,
            same_as=other.spoken_reference,
        )
        no_copy = reason == Reason.DUPLICATE and (other == request or as_other.state == "duplicate")
        too_early = reason == Reason.NO_CONTACT and should.too_early_to_give_up()
        self.write_down(
            which,
            request,
            should,
            said,
            who,
            LEADS_TO.get(reason, reason),
            NotAllowed if no_copy or too_early else None,
        )

    @rule(which=WHICH, who=WHO)
    def try_for_days_and_give_up(self, which: int, who: int) -> None:
        which, _, should = self.one(which, suits="is_open")
        for hour in (9, 12, 15, 9, 12, 15):
            self.now = (self.now + timedelta(days=1)).replace(hour=hour)
            self.press(which, who, Outcome.NO_ANSWER if should.can("no_answer") else Outcome.WROTE, page="any")
        self.close(which, who, Reason.NO_CONTACT, which, "any")

    @rule(which=WHICH, who=WHO, outcome=st.sampled_from(Outcome), reason=st.sampled_from(Reason), late=st.booleans())
    def press_and_undo(self, which: int, who: int, outcome: Outcome, reason: Reason, late: bool) -> None:
        if outcome == Outcome.CLOSED:
            self.close(which, who, reason, which + 1, "fresh")
        else:
            self.press(which, who, outcome, day=3)
        self.now += timedelta(seconds=61 if late else 5)
        self.undo(0, False)

    @rule(nth=st.integers(0, 2))
    def press_again(self, nth: int) -> None:
        """A double click, or the page before, sent once more."""
        if nth >= len(self.pressed):
            return
        pressed = self.pressed[-1 - nth]
        _, request, _ = self.one(pressed.which)

        def press() -> None:
            assert work.press(request, pressed.said, by=self.staff[pressed.who], now=self.now) == pressed.attempt

        self.expect(Overtaken if pressed.undone else None, press)

    @rule(nth=st.sampled_from([0, 0, 0, 1, 2]), somebody_else=st.sampled_from([False] * 7 + [True]))
    def undo(self, nth: int, somebody_else: bool) -> None:
        if nth >= len(self.pressed):
            return
        pressed = self.pressed[-1 - nth]
        who = 1 - pressed.who if somebody_else else pressed.who
        attempt = ContactAttempt.objects.get(pk=pressed.attempt.pk)
        should = self.expected[pressed.which]
        built_on = pressed.undone or attempt.version_after != should.version
        too_late = self.now > pressed.at + timedelta(seconds=60)
        refused = NotAllowed if somebody_else or too_late or built_on else None
        if self.expect(refused, lambda: work.undo(attempt, by=self.staff[who], now=self.now)):
            pressed.undone = True
            if pressed.said.reason == Reason.STOPPED:
                self.wishes.remove(next(each for each in reversed(self.wishes) if each.which == pressed.which))
            self.expected[pressed.which] = replace(
                pressed.before, version=should.version + 1, in_hands_of=who, until=self.now + QUARTER
            )

    @rule(which=WHICH, who=WHO, from_other=st.booleans(), page=PAGE)
    def claim(self, which: int, who: int, from_other: bool, page: str) -> None:
        _, request, should = self.one(which, page, "is_open")
        overtaken = page == "old" or (should.is_held_from(who, self.now) and not from_other)
        refused = NotAllowed if not should.is_open else Overtaken if overtaken else None
        if self.expect(
            refused,
            lambda: work.claim(
                request,
                by=self.staff[who],
                version=should.version_on(page),
                now=self.now,
                from_other=from_other,
            ),
        ):
            should.in_hands_of, should.until = who, self.now + QUARTER
            should.version += 1

    @rule(which=WHICH, mistaken=st.sampled_from([False, False, False, True]))
    def give_back(self, which: int, mistaken: bool) -> None:
        which, request, should = self.one(which, suits="is_held")
        who = int(should.in_hands_of == 1) ^ mistaken
        if self.expect(
            None if should.in_hands_of == who else Overtaken,
            lambda: work.give_back(request, by=self.staff[who], version=should.version, now=self.now),
        ):
            should.in_hands_of = None
            should.version += 1

    @rule()
    def nobody_comes_back(self) -> None:
        work.let_go(self.now)
        for each in self.expected:
            if each.is_open and each.state != "talking" and each.until <= self.now:
                each.in_hands_of = None

    @rule(which=WHICH, who=WHO, again=st.sampled_from([-1, 3, 24, 24 * 6]), page=PAGE)
    def put_off(self, which: int, who: int, again: int, page: str) -> None:
        _, request, should = self.one(which, page, "is_open")
        to = self.now + timedelta(hours=again)
        refused: Refusal = None
        if should.is_open and should.is_held_from(who, self.now):
            refused = Overtaken
        elif not should.is_open or not self.can_be_called_at(to):
            refused = NotAllowed
        elif page == "old":
            refused = Overtaken
        if self.expect(
            refused,
            lambda: work.reschedule(request, to, by=self.staff[who], version=should.version_on(page), now=self.now),
        ):
            should.version += 1

    @rule(which=WHICH, who=WHO, page=PAGE)
    def open_again(self, which: int, who: int, page: str) -> None:
        which, request, should = self.one(which, page, "was_closed")
        if self.expect(
            NotAllowed if not should.was_closed else Overtaken if page == "old" else None,
            lambda: work.reopen(request, by=self.staff[who], version=should.version_on(page), why="", now=self.now),
        ):
            should.state, should.tried = "call_back", []
            should.version += 1
            if self.wishes_about(which, "everything"):
                self.end_wishes(which)

    @rule(which=WHICH, who=WHO, page=PAGE)
    def restore(self, which: int, who: int, page: str) -> None:
        _, request, should = self.one(which, page, "never_was_one")
        if self.expect(
            NotAllowed if not should.never_was_one else Overtaken if page == "old" else None,
            lambda: work.restore(request, by=self.staff[who], version=should.version_on(page), now=self.now),
        ):
            should.restored = should.restored or (should.state == "spam" and should.judged_spam)
            should.state, should.tried, should.to_skim, should.is_test, should.arrived = "new", [], False, False, True
            should.version += 1

    @rule(who=WHO)
    def look_at_spam(self, who: int) -> None:
        skimmed = [each for each in self.expected if each.to_skim]
        everything = [each.pk for each in self.requests]
        assert work.confirm_spam(everything, by=self.staff[who], now=self.now) == len(skimmed)
        for each in skimmed:
            each.to_skim = False
            each.version += 1

    @rule(
        which=WHICH, who=WHO, phone=st.sampled_from(["", "555 010 9999"]), email=st.sampled_from(["", "a@example.org"])
    )
    def correct(self, which: int, who: int, phone: str, email: str) -> None:
        _, request, should = self.one(which)
        same = (should.corrected_phone, should.corrected_email) == (phone, email)
        if self.expect(
            NotAllowed if same else None,
            lambda: work.correct(
                request, name="", phone=phone, email=email, by=self.staff[who], version=should.version, now=self.now
            ),
        ):
            should.corrected_phone, should.corrected_email = phone, email
            should.version += 1

    @rule(which=WHICH, scope=st.sampled_from(["everything", "address"]))
    def press_the_link(self, which: int, scope: str) -> None:
        """Whoever got the receipt wants us to stop."""
        which, request, should = self.one(which, page="any")
        work.stop_by_link(request.reference, Stop.Scope(scope), now=self.now)
        nobody_else = not (should.corrected_phone or should.phone) and should.corrected_email in {"", should.email}
        scope = "everything" if nobody_else else scope
        if any(each.which == which and each.scope == scope and not each.ended for each in self.wishes):
            return
        self.wishes.append(Wish(which, scope, self.now))
        should.version += 1
        if scope == "everything" and should.is_open:
            should.state, should.in_hands_of = "stopped", None

    @rule(which=WHICH, who=WHO, page=PAGE)
    def stop_contact_about_what_is_closed(self, which: int, who: int, page: str) -> None:
        which, request, should = self.one(which, page, "was_closed")
        if should.is_open:
            return
        already = self.wishes_about(which, "everything")
        if self.expect(
            NotAllowed if already else Overtaken if page == "old" else None,
            lambda: work.stop(
                request, by=self.staff[who], version=should.version_on(page), token="t", why="", now=self.now
            ),
        ):
            self.wishes.append(Wish(which, "everything", self.now))
            should.version += 1

    @rule(which=WHICH, who=WHO, page=PAGE)
    def ask_again(self, which: int, who: int, page: str) -> None:
        stopped = [at for at in range(len(self.requests)) if self.wishes_about(at)]
        which, request, should = self.one(stopped[which % len(stopped)] if stopped else which, page, "version")
        held = should.is_held_from(who, self.now)
        if self.expect(
            NotAllowed if not self.wishes_about(which) else Overtaken if held or page == "old" else None,
            lambda: work.ask_again(request, by=self.staff[who], version=should.version_on(page), why="", now=self.now),
        ):
            should.version += 1
            self.end_wishes(which)

    def end_wishes(self, which: int) -> None:
        for each in self.wishes_about(which):
            each.ended = True

    @rule(which=WHICH, who=WHO)
    def type_and_note(self, which: int, who: int) -> None:
        _, request, should = self.one(which)
        work.keep_draft(request, "Speaks", by=self.staff[who], now=self.now)
        if should.in_hands_of == who and should.until > self.now:
            should.until = self.now + QUARTER
        work.note(request, "Speaks Spanish", by=self.staff[who], now=self.now)

    def write_down(
        self,
        which: int,
        request: ConsultationRequest,
        should: Expected,
        said: Press,
        who: int,
        to: str,
        refused: type[NotAllowed] | None,
    ) -> None:
        """Press, and say what has changed by it."""
        if said.version != should.version:
            expected: Refusal = Overtaken
        elif not should.is_open:
            expected = NotAllowed
        else:
            expected = Overtaken if should.is_held_from(who, self.now) else refused
        before = replace(should, tried=copy(should.tried))

        def press() -> None:
            attempt = work.press(request, said, by=self.staff[who], now=self.now)
            self.pressed.append(Pressed(attempt, said, which, who, self.now, before))

        if not self.expect(expected, press):
            return
        if to in {"talking", "call_back", "scheduled", "declined", "stopped"}:
            should.tried = []
        elif to == "trying":
            should.tried.append((self.now, said.outcome))
        should.state = to
        should.is_test = should.is_test or to == "test"
        if to == "stopped":
            self.wishes.append(Wish(which, "everything", self.now))
        should.in_hands_of, should.until = (who, self.now + QUARTER) if to == "talking" else (None, should.until)
        should.version += 1

    def can_be_called_at(self, at: datetime) -> bool:
        """The clinic of this test is open from 8 to 5 on working days, and plans a year ahead."""
        ahead = at - self.now
        return timedelta() < ahead <= timedelta(days=366) and at.weekday() < 5 and 8 <= at.hour < 17

    # --- what stays true ---

    @invariant()
    def everything_is_as_it_should_be(self) -> None:
        stored = list(ConsultationRequest.objects.order_by("pk"))
        for request, should in zip(stored, self.expected, strict=True):
            self.is_as_expected(request, should)
            self.comes_back_or_has_an_outcome(request)
            self.has_facts_that_fit_together(request)
        self.stand_on_exactly_one_list_each()
        self.every_press_is_kept_and_what_was_undone_is_not_counted()
        self.every_wish_to_be_left_alone_is_kept()
        self.everybody_was_announced_once()

    def is_as_expected(self, request: ConsultationRequest, should: Expected) -> None:
        assert (request.state, request.version, request.tries) == (should.state, should.version, len(should.tried))
        assert (request.is_test, bool(request.restored_at)) == (should.is_test, should.restored)
        holder = None if should.in_hands_of is None else self.staff[should.in_hands_of].pk
        assert (request.claimed_by_id, request.claimed_until) == (holder, should.until if holder else None)

    def comes_back_or_has_an_outcome(self, request: ConsultationRequest) -> None:
        if request.state in OPEN:
            assert request.next_due_at
            assert request.overdue_at
            assert (request.closed_at, request.close_reason, request.visit_date) == (None, "", None)
        else:
            assert (request.next_due_at, request.overdue_at) == (None, None)
            assert request.closed_at
            assert request.close_reason or request.visit_date or request.spam_reasons

    def has_facts_that_fit_together(self, request: ConsultationRequest) -> None:
        times = [request.clock_started_at, request.first_try_at, request.first_contact_at, self.now]
        known = [each for each in times if each]
        assert known == sorted(known)
        assert request.first_try_at or not request.tries

    def stand_on_exactly_one_list_each(self) -> None:
        requests = ConsultationRequest.objects
        queries = (requests.due(self.now), requests.waiting(self.now), requests.to_skim(), requests.closed())
        due, waiting, to_skim, closed = (query.values_list("pk", flat=True) for query in queries)
        everyone = [request.pk for request in self.requests]

        assert sorted([*due, *waiting, *to_skim, *closed]) == everyone
        as_expected = list(zip(everyone, self.expected, strict=True))
        assert {*due, *waiting} == {pk for pk, should in as_expected if should.is_open}
        assert {*to_skim} == {pk for pk, should in as_expected if should.to_skim}

    def every_press_is_kept_and_what_was_undone_is_not_counted(self) -> None:
        attempts = ContactAttempt.objects.order_by("pk").values_list("pk", "request", "number", "undone_at")
        assert [(pk, bool(undone_at)) for pk, _, _, undone_at in attempts] == [
            (each.attempt.pk, each.undone) for each in self.pressed
        ]
        counted = Counter[int]()
        for _, request, number, undone_at in attempts:
            if number and not undone_at:
                counted[request] += 1
                assert number == counted[request]

    def every_wish_to_be_left_alone_is_kept(self) -> None:
        if not self.wishes:
            return
        numbers = [request.pk for request in self.requests]
        assert sorted(Stop.objects.in_force().values_list("request", "scope")) == sorted(
            (numbers[each.which], each.scope) for each in self.wishes if not each.ended
        )
        for which, request in enumerate(ConsultationRequest.objects.order_by("pk")):
            if self.wishes_about(which, "everything"):
                assert work.outcomes_for(request) in ([], [Outcome.CLOSED])

    def everybody_was_announced_once(self) -> None:
        mails = Counter(OutboxMail.objects.values_list("request", "kind"))
        arrived = [
            (each.pk, should) for each, should in zip(self.requests, self.expected, strict=True) if should.arrived
        ]
        assert mails == {
            (pk, kind): 1 for pk, should in arrived for kind in ("alert", "receipt") if kind == "alert" or should.email
        }


@pytest.mark.django_db
def test_whatever_staff_do_no_request_is_lost_and_nothing_happens_that_should_not(settings):
    settings.CLINIC = replace(settings.CLINIC, week=(((time(8), time(17)),),) * 5 + ((),) * 2)
    Desk.staff = [make_staff(), make_staff()]

    as_many = example_settings(max_examples=RUNS, stateful_step_count=STEPS, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Desk, settings=as_many)


# --- many at once -------------------------------------------------------------------------------

PEOPLE = 50
REQUESTS = 500


@pytest.mark.django_db(transaction=True)
def test_fifty_people_who_take_and_press_at_once_never_both_have_a_request():
    staff = [make_staff() for _ in range(PEOPLE)]
    requests = [make_request() for _ in range(REQUESTS)]
    now = datetime(2026, 11, 16, 15, 30, tzinfo=UTC)
    start = Barrier(PEOPLE)

    def work_through(number: int) -> Counter[str]:
        """Take one of the first on the list and press a button, until nothing is free."""
        mine, choice = Counter[str](), random.Random(number)
        start.wait(timeout=60)
        try:
            while free := ConsultationRequest.objects.due(now).filter(claimed_by=None).order_by("pk")[:10]:
                request = choice.choice(free)
                # Whoever reads the list a moment too late has to be told.
                try:
                    work.claim(request, by=staff[number], version=1, now=now)
                except Overtaken:
                    mine["told"] += 1
                    continue
                said = Press(Outcome.NO_ANSWER, token=f"{number} {request.pk}", version=request.version)
                work.press(request, said, by=staff[number], now=now)
                mine[request.reference] += 1
        finally:
            connection.close()
        return mine

    with ThreadPoolExecutor(PEOPLE) as people:
        taken = sum(people.map(work_through, range(PEOPLE)), Counter())

    assert taken.pop("told") > PEOPLE
    assert taken == {request.reference: 1 for request in requests}
    assert (
        ConsultationRequest.objects.filter(state=State.TRYING, version=3, tries=1, claimed_by=None).count() == REQUESTS
    )
    assert ContactAttempt.objects.filter(version_after=3).values("request").distinct().count() == REQUESTS
    assert ContactAttempt.objects.count() == REQUESTS
