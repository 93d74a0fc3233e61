"""What was not sent is found from Call now, and sent again by a press."""

from datetime import timedelta

import pytest
from django.db import connection

from rlsinfo.consultations.models import OutboxMail
from rlsinfo.staff.models import AccessEntry
from tests.consultations.desk.front_desk import address, page_of, questions
from tests.factories import MONDAY_MORNING, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db

FAILED, UNCERTAIN = OutboxMail.State.FAILED, OutboxMail.State.UNCERTAIN


def stuck(state: OutboxMail.State = FAILED, **changes) -> OutboxMail:
    return make_mail(**{"state": state, "due_at": None, "attempts": 8, "last_error": "SMTPRecipientsRefused"} | changes)


def test_failed_mail_leads_from_call_now_to_what_can_be_done_about_it(maria):
    mail = stuck(request=make_request(reference="K7MR4PXD"))
    (link,) = (each for each in maria.open().page.query(".day a") if "Failed" in each.to_text())

    maria.open(link.attrs["href"])

    assert maria.row("K7MR 4PXD") == (
        "K7MR 4PXD Receipt to the patient Mon, Nov. 16, 9 a.m. Not sent 8 tries: the address was refused Send again"
    )
    assert maria.page.query("tbody a")[0].attrs["href"] == page_of(mail.request)


def test_mail_about_no_request_stands_there_too(maria):
    stuck(request=None, kind="digest", day=MONDAY_MORNING.date())
    stuck(request=None, kind="invitation", user=make_staff(first_name="Olga", last_name="Novak"))

    assert maria.open(address("mails")).texts("tbody th") == ["Mon, Nov. 16, 2026", "Olga Novak"]


def test_one_press_sends_one_again_and_another_all_that_were_refused(maria):
    first, second, third = (stuck(created_at=MONDAY_MORNING + timedelta(hours=hour)) for hour in range(3))
    may_be_there = stuck(UNCERTAIN)
    maria.open(address("mails")).press("Send again", mail=str(first.pk))
    assert maria.address == address("mails")
    assert queued() == {first}

    maria.press("Send all 2 again that were not sent")

    assert queued() == {first, second, third}
    assert first.request.events.get().kind == "mail_again"
    assert may_be_there in OutboxMail.objects.stuck()
    assert [button for button in maria.buttons if button.startswith("Send")] == ["Send again"]
    assert "3 more wait to be sent, and are tried again without you." in maria.text


def queued() -> set[OutboxMail]:
    return set(OutboxMail.objects.filter(state=OutboxMail.State.QUEUED))


def test_what_was_sent_or_waits_anyway_is_not_sent_again(maria):
    sent, waits = make_mail(state=OutboxMail.State.SENT, due_at=None), make_mail()
    tried_again_anyway = make_mail(state=UNCERTAIN)

    maria.send(address("mails_again"), {"mail": [str(each.pk) for each in (sent, waits, tried_again_anyway)]})

    assert maria.text.endswith("Every e-mail that was due has been sent.")
    sent.refresh_from_db()
    assert (sent.state, sent.due_at) == (OutboxMail.State.SENT, None)
    assert not sent.request.events.exists()


def test_sending_again_is_written_down_with_what_it_was_about(maria):
    mail = stuck(request=make_request(reference="K7MR4PXD"))

    maria.open(address("mails")).press("Send again", mail=str(mail.pk))

    entry = AccessEntry.objects.get(action="change")
    assert (entry.by_name, entry.subjects, entry.detail) == ("Maria Lopez", ["K7MR4PXD"], "send 1 e-mail again")


@pytest.mark.parametrize("mark", ["", "x", "-1", "1.5", "9" * 19])
def test_a_mark_that_is_not_on_the_page_is_a_bad_request(mark, maria):
    assert maria.client.post(address("mails_again"), {"mail": mark}).status_code == 400


def test_who_may_only_read_sees_them_and_sends_nothing(reader):
    stuck()

    assert reader.open(address("mails")).buttons == []
    assert reader.names


def test_a_long_list_says_that_it_goes_on_and_costs_no_more(maria):
    stuck()
    maria.open(address("mails"))
    few = questions(lambda: maria.open(address("mails")))
    for _ in range(50):
        stuck()

    assert questions(lambda: maria.open(address("mails"))) == few
    assert len(maria.names) == 50
    assert "Only the oldest 50 are shown." in maria.text


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts its rows, and chooses by itself")
def test_of_all_mail_ever_sent_only_what_is_stuck_is_read():
    assert "(state=?)" in OutboxMail.objects.stuck().explain()
