"""What staff do with a request, said in few words."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User

from rlsinfo.consultations import work
from rlsinfo.consultations.models import (
    ConsultationRequest,
    ContactAttempt,
    Outcome,
    Reason,
)
from rlsinfo.consultations.work import NotAllowed, Press
from tests.factories import MONDAY_MORNING

# A quarter past nine and a few millionths of a second: nothing is rounded on the way.
NOW = MONDAY_MORNING + timedelta(minutes=15, microseconds=123_457)
TUESDAY = date(2026, 11, 17)

_tokens = count(1)


def reread(request: ConsultationRequest) -> ConsultationRequest:
    return ConsultationRequest.objects.get(pk=request.pk)


def everything(request: ConsultationRequest) -> dict[str, Any]:
    """Every stored field of the request."""
    return ConsultationRequest.objects.filter(pk=request.pk).values().get()


def press(
    request: ConsultationRequest, outcome: Outcome, *, by: User, at: datetime = NOW, **beside: Any
) -> ContactAttempt:
    """A press on a page that was opened just now."""
    fresh = reread(request)
    said = Press(outcome, **{"token": f"token-of-page-{next(_tokens)}", "version": fresh.version} | beside)
    return work.press(fresh, said, by=by, now=at)


def close(request: ConsultationRequest, reason: Reason, *, by: User, at: datetime = NOW, **beside: Any) -> None:
    press(request, Outcome.CLOSED, by=by, at=at, reason=reason, **beside)


def beside(outcome: Outcome) -> dict[str, Any]:
    """What has to stand beside a button for it to be pressed."""
    return {Outcome.BOOKED: {"visit_date": TUESDAY}, Outcome.CLOSED: {"reason": Reason.DECLINED}}.get(outcome, {})


def on(day: int, hour: int) -> datetime:
    """A moment of November 2026; the 16th is a Monday. The clinic of these tests keeps UTC."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def refused(sentence: str) -> pytest.RaisesExc:
    return pytest.raises(NotAllowed, match=sentence)
