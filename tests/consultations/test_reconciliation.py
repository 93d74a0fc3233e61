"""The nightly count finds a request that has fallen between the lists, and is content with everything else."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from rlsinfo.consultations import reconciliation
from rlsinfo.consultations.intake import receive
from rlsinfo.consultations.models import ConsultationRequest, ConsultationRequestQuerySet, OutboxMail, State
from rlsinfo.plumbing import jobs
from tests.factories import MONDAY_MORNING, make_answers, make_request

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def test_what_stands_where_is_counted():
    receive(make_answers(), now=MONDAY_MORNING)
    receive(make_answers(trap="filled"), now=MONDAY_MORNING)
    make_request(next_due_at=MONDAY_MORNING + DAY, received_at=MONDAY_MORNING - 8 * DAY)
    make_request(state=State.DECLINED, received_at=MONDAY_MORNING - 8 * DAY)
    make_request(is_test=True)

    said = reconciliation.count(MONDAY_MORNING)

    assert said == "5 requests: 2 due, 1 waiting, 1 to skim, 1 closed."


def test_a_request_on_no_list_is_found(monkeypatch):
    receive(make_answers(), now=MONDAY_MORNING)
    monkeypatch.setattr(ConsultationRequestQuerySet, "due", lambda self, now: self.none())

    with pytest.raises(jobs.Failure, match="There are 1 requests, but 0 on all lists"):
        reconciliation.count(MONDAY_MORNING)


def test_a_request_without_its_arrival_is_found():
    make_request()

    with pytest.raises(jobs.Failure, match="1 requests of the last week lack the entry that they were received"):
        reconciliation.count(MONDAY_MORNING)


def test_a_request_of_which_nobody_was_told_is_found():
    request = receive(make_answers(), now=MONDAY_MORNING)
    OutboxMail.objects.filter(request=request, kind="alert").delete()

    with pytest.raises(jobs.Failure, match="Nobody was to be told of 1 requests of the last week"):
        reconciliation.count(MONDAY_MORNING)


def test_the_count_is_recorded(capsys):
    call_command("count_requests")
    assert jobs.last("count").ok
    assert (
        jobs.last("count").detail
        == capsys.readouterr().out.strip()
        == ("0 requests: 0 due, 0 waiting, 0 to skim, 0 closed.")
    )

    make_request(received_at=timezone.now())
    with pytest.raises(CommandError, match="lack the entry"):
        call_command("count_requests")
    assert not jobs.last("count").ok
    assert ConsultationRequest.objects.count() == 1
