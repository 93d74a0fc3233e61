"""The page of a request: who reads and changes it is written down, corrections, drafts and mail, and what is not on it."""

from datetime import timedelta

import pytest
from django.core import mail as sent_mail
from django.test import Client

from rlsinfo.consultations import intake, outbox, work
from rlsinfo.consultations.models import ConsultationRequest, Draft, Event, OutboxMail, State
from rlsinfo.staff.models import AccessEntry
from rlsinfo.staff.sessions import REFRESH, REFRESH_HEADER
from tests.consultations.desk.front_desk import LIST, Desk, address, changed, in_hand_of, page_of
from tests.factories import MONDAY_MORNING, make_answers, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db

NOW = MONDAY_MORNING
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


# --- every reading and change is in the access log ----------------------------------------------


def test_every_reading_is_written_down_with_the_reference_alone(maria):
    maria.open(make_request(name="Ana Ortiz", reference="K7MR4PXD"))

    entry = AccessEntry.objects.get()
    assert (entry.action, entry.by_name, entry.subjects, entry.outcome) == ("view", "Maria Lopez", ["K7MR4PXD"], "done")
    assert "Ana" not in entry.detail


def test_an_open_page_can_ask_whether_it_is_still_true_and_nobody_is_shown_anything(maria, sam):
    request = make_request(name="Ana Ortiz")
    maria.open(request)
    (on_the_page,) = (each.attrs["data-version"] for each in maria.page.query("#changed"))

    def asked() -> str:
        return maria.client.get(page_of(request), headers={REFRESH_HEADER: REFRESH}).content.decode()

    assert asked() == on_the_page
    sam.open(request).press("Take it")
    assert asked() not in {on_the_page, ""}
    assert AccessEntry.objects.filter(action="view", by_name="Maria Lopez").count() == 1


def test_every_change_is_written_down_refused_ones_too(maria):
    request = make_request(reference="K7MR4PXD")
    maria.open(request)
    maria.press("Close it", why="Nobody knows why")
    maria.press("No answer")

    entries = AccessEntry.objects.filter(action="change").order_by("number")

    assert [(each.detail, each.subjects, each.outcome) for each in entries] == [
        ("press", ["K7MR4PXD"], "failed"),
        ("press", ["K7MR4PXD"], "done"),
    ]


def test_who_may_not_change_requests_is_refused_and_that_is_written_down(reader):
    request = make_request()

    response = reader.client.post(address("press", request.pk), {"outcome": "no_answer", "version": 1, "token": "t"})

    assert response.status_code == 403
    assert AccessEntry.objects.get().outcome == "refused"
    assert changed(request).version == 1


def test_who_may_only_read_sees_everything_and_no_buttons(reader):
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None)

    reader.open(mail.request)

    assert reader.buttons == []
    assert "What they wrote cannot be changed." in reader.text


# --- corrections, drafts, mail ------------------------------------------------------------------


def test_a_correction_stands_beside_what_was_typed_and_is_used_for_calls(maria):
    request = make_request(name="Anna Ortis", phone="555 010 0177", email="")

    maria.open(request).press("Keep the correction", name="Ana Ortiz", phone="(555) 010-0188", email="ana@example.com")

    assert maria.texts(".phone") == ["(555) 010-0188"]
    assert "They typed “555 010 0177”." in maria.text
    facts = " ".join(maria.texts(".facts div"))
    for both in ("Name Anna Ortis right: Ana Ortiz", "Phone 555 010 0177 right: (555) 010-0188"):
        assert both in facts
    assert "E-mail not given right: ana@example.com" in facts
    after = changed(request)
    assert (after.name, after.phone, after.email) == ("Anna Ortis", "555 010 0177", "")
    assert "Corrected" in maria.texts(".line li")[0]
    assert maria.find("555 010 0188").names == ["Anna Ortis"]


def test_the_message_for_a_machine_uses_the_corrected_name(maria):
    request = make_request(name="Anna Ortis", corrected_name="Ana Ortiz")

    assert "with a message for Ana Ortiz." in maria.open(request).text


def test_a_correction_that_is_none_or_cannot_be_one_is_refused(maria):
    request = make_request()

    assert maria.open(request).press("Keep the correction").status == 422
    assert "Nothing differs" in maria.text
    maria.open(request).press("Keep the correction", email="ana at home", name="Ana Ortiz-Gil")
    assert maria.status == 422
    assert "This is not an e-mail address." in maria.text
    assert 'value="ana at home"' in maria.source
    assert 'value="Ana Ortiz-Gil"' in maria.source
    assert changed(request).version == 1
    maria.open(request).press("Keep the correction", name="\u2800")
    assert "Enter a name with at least one letter" in maria.text
    assert changed(request).version == 1


def test_words_that_are_being_typed_are_kept_for_whoever_typed_them(maria, sam):
    request = make_request()

    maria.open(request)
    response = maria.client.post(address("draft", request.pk), {"why": "Son says: <Friday>"})

    assert response.status_code == 204
    assert maria.open(request).texts("textarea[name=why]") == ["Son says: <Friday>"]
    assert "kept from 9 a.m." in maria.text
    assert sam.open(request).texts("textarea[name=why]") == [""]


def test_kept_words_are_gone_once_they_are_used(maria):
    request = make_request()
    maria.client.post(address("draft", request.pk), {"why": "Son says: Friday"})

    maria.open(request).press("No answer")

    assert request.attempts.get().why == "Son says: Friday"
    assert maria.open(request).texts("textarea[name=why]") == [""]


def test_each_mail_says_how_it_stands_and_a_stuck_one_can_be_sent_again(maria):
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None, attempts=8, last_error="SMTPRecipientsRefused")
    maria.open(mail.request)
    assert "Receipt to the patient: not sent (8 tries: the address was refused)" in maria.text

    maria.press("Send again")

    assert maria.address == page_of(mail.request)
    assert "Receipt to the patient: waiting to be sent" in maria.text
    assert "E-mail to be sent again" in maria.texts(".line li")[0]
    assert "Send again" not in maria.buttons


def test_the_person_and_staff_are_told_the_same_time(maria):
    request = intake.receive(make_answers(email="ana@example.com"), now=NOW)
    outbox.send_due(NOW)
    receipt = next(each for each in sent_mail.outbox if each.to == ["ana@example.com"])

    maria.open(request)

    assert "by Tuesday, November 17, 5 p.m. CST" in receipt.body
    assert "by Tuesday, November 17, 5 p.m." in maria.text
    assert "(America/Chicago)" in maria.text


def test_a_time_reads_the_same_in_every_list_and_on_the_page(maria):
    make_request()
    request = make_request(name="Will Waits", state=State.CALL_BACK, next_due_at=NOW + 28.5 * HOUR)
    time = "Tue, Nov. 17, 1:30 p.m."

    assert f"Call-back promised for {time}" in maria.open(request).text
    assert time in maria.open(address("waiting")).row("Will W.")
    assert f"Call-back promised for {time}" in maria.find("Will Waits").row("Will Waits")
    assert "America/Chicago" in maria.text
    for page in (LIST, request, address("waiting")):
        assert "America/Chicago" in maria.open(page).text


# --- what is not on the page --------------------------------------------------------------------


def test_looking_changes_nothing(maria):
    for state in State:
        request = make_request(state=state)
        before = ConsultationRequest.objects.filter(pk=request.pk).values().get()

        maria.open(request)

        assert ConsultationRequest.objects.filter(pk=request.pk).values().get() == before
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": ""},
        {"outcome": "lost"},
        {"token": ""},
        {"token": "x" * 65},
        {"version": ""},
        {"version": "x"},
        {"version": "-1"},
    ],
)
def test_a_button_that_is_not_on_the_page_is_a_bad_request(maria, changes):
    request = make_request()
    where, fields = maria.open(request).sending("No answer")

    assert maria.send(where, fields | changes).status == 400
    assert changed(request).version == 1


@pytest.mark.parametrize("name", ["claim", "give_back", "reschedule", "reopen", "restore", "correct"])
@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, str(2**63 - 1)])
def test_a_version_that_no_page_has_changes_nothing(maria, name, version):
    request = make_request()

    maria.send(address(name, request.pk), {"version": version, "again_time": "15:00", "name": "Ana Ortega"})

    assert maria.status in {400, 422}
    assert changed(request).version == 1


def test_a_form_of_another_site_changes_nothing(maria):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = maria.client.cookies
    request = make_request()

    where, fields = maria.open(request).sending("No answer")

    assert careful.post(where, fields | {"csrfmiddlewaretoken": "forged"}).status_code == 403
    assert changed(request).version == 1


def test_what_cannot_be_left_on_the_page_is_refused_by_the_desk_too(maria):
    request = make_request(may_leave_message=False)
    where, fields = maria.open(request).sending("No answer")

    maria.send(where, fields | {"outcome": "left_message"})

    assert maria.status == 422
    assert "“Left a message” is not possible for this request." in maria.text


def test_somebody_whose_hands_it_is_not_in_cannot_press(maria, sam):
    request = make_request()
    where, fields = maria.open(request).sending("No answer")
    work.claim(request, by=sam.user, version=1, now=NOW)

    maria.send(where, fields | {"version": 2})

    assert maria.status == 409
    assert not request.attempts.exists()


def test_only_staff_of_the_desk_are_let_in(clock):
    request = make_request()

    assert Desk(make_staff("view_user")).open(request).status == 403


@pytest.mark.parametrize("hostile", ["a\x00b", "a\x1bb", "a\u202eb", "a\uffffb", "q" + "\u0323" * 5], ids=ascii)
@pytest.mark.parametrize("name", ["draft", "note", "reopen", "press", "correct"])
def test_words_that_cannot_be_read_are_stored_nowhere_and_come_back(maria, name, hostile):
    request = make_request(state=State.DECLINED) if name == "reopen" else in_hand_of(maria)
    sent = {"version": request.version, "token": "t" * 20, "outcome": "no_answer", "why": hostile, "name": hostile}

    maria.send(address(name, request.pk), sent)

    assert maria.status == 422
    assert changed(request).version == request.version
    assert not request.events.exists()
    assert not Draft.objects.exists()
    if name != "draft":
        assert "please type it again" in maria.text
        assert hostile.replace("\x00", "\ufffd") in maria.page.to_html()
