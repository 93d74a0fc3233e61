"""Mail goes out as soon as a server takes it, says nothing private, and its state is never a guess."""

import re
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, time, timedelta
from email import message_from_bytes
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core import mail as django_mail
from django.core.mail.backends import locmem
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from rlsinfo.consultations import outbox
from rlsinfo.consultations.intake import receive
from rlsinfo.consultations.models import Event, OutboxMail
from rlsinfo.staff import invitations
from tests.factories import MONDAY_MORNING, make_answers, make_mail, make_request, make_staff

SOON = MONDAY_MORNING + timedelta(seconds=30)
ALERT, RECEIPT = OutboxMail.Kind.ALERT, OutboxMail.Kind.RECEIPT


def reread(mail: OutboxMail) -> OutboxMail:
    return OutboxMail.objects.get(pk=mail.pk)


def states() -> set[tuple[str, str]]:
    return set(OutboxMail.objects.values_list("kind", "state"))


# --- what the messages say ----------------------------------------------------------------------


@pytest.mark.django_db
def test_whoever_is_invited_gets_one_mail_with_a_link_that_works(client):
    nora = make_staff(username="nora@example.com", email="nora@example.com", is_active=False)
    invitations.invite(nora)
    invitations.invite(nora)

    assert outbox.send_due(timezone.now()) == {"sent": 1}

    (mail,) = django_mail.outbox
    (link,) = re.findall(r"http\S+", mail.body)
    assert mail.to == ["nora@example.com"]
    assert client.get(link, follow=True).status_code == 200
    assert not OutboxMail.objects.filter(request__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_an_invitation_that_cannot_be_stored_invites_nobody(monkeypatch):
    nora = make_staff(username="nora@example.com", email="nora@example.com", is_active=False)
    monkeypatch.setattr(outbox, "new_message_id", lambda: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        invitations.invite(nora)

    nora.refresh_from_db()
    assert not nora.is_active


@pytest.mark.django_db
def test_an_alert_holds_a_reference_and_a_link_and_nothing_typed(settings):
    settings.SITE_URL, settings.CLINIC_ALERT_EMAIL = "https://guide.example.org", "desk@example.org"
    request = make_request(reference="K7MR4PXD", name="Zebediah", phone="555 010 7777", note="Marker")
    make_mail(request=request, kind=ALERT)

    outbox.send_due(MONDAY_MORNING)

    (alert,) = django_mail.outbox
    assert alert.to == ["desk@example.org"]
    assert alert.subject == "A request is waiting: K7MR 4PXD"
    assert f"https://guide.example.org/admin/consultations/consultationrequest/{request.pk}/change/" in alert.body
    assert_says_nothing_typed(alert)


@pytest.mark.django_db
def test_a_receipt_holds_a_reference_and_what_happens_next_and_nothing_typed():
    request = make_request(
        reference="K7MR4PXD", name="Zebediah", phone="555 010 7777", note="Marker", email="ana@example.com"
    )
    make_mail(request=request, kind=RECEIPT)

    outbox.send_due(MONDAY_MORNING)

    (receipt,) = django_mail.outbox
    assert receipt.to == ["ana@example.com"]
    assert receipt.subject == "We have your request: K7MR 4PXD"
    assert "K7MR 4PXD" in receipt.body
    assert "WHAT HAPPENS NEXT" in receipt.body
    assert "call 911" in receipt.body
    assert "call or text 988" in receipt.body
    assert_says_nothing_typed(receipt)


def assert_says_nothing_typed(message) -> None:
    whole = message.message().as_string()
    assert "\n\n\n" not in message.body
    for typed in ("Zebediah", "7777", "Marker", "veins, I am", "restless"):
        assert typed not in whole


@pytest.mark.django_db
def test_where_hours_are_unknown_a_receipt_names_no_day_and_no_phone(settings):
    settings.CLINIC = replace(settings.CLINIC, phone="", week=((),) * 7, call_back_days=None)
    make_mail()

    outbox.send_due(MONDAY_MORNING)

    (receipt,) = django_mail.outbox
    assert "We cannot say yet on which day." in receipt.body
    assert "Call us" not in receipt.body


@pytest.mark.django_db
def test_where_hours_are_known_a_receipt_says_by_when_and_what_to_call(settings):
    week = (((time(8), time(17)),),) * 5 + ((),) * 2
    settings.CLINIC = replace(
        settings.CLINIC,
        phone="555-010-0134",
        week=week,
        call_back_days=1,
        time_zone=ZoneInfo("America/Chicago"),
        holidays=frozenset({date(2026, 11, 26)}),
    )
    settings.TIME_ZONE = "America/Chicago"
    make_mail()

    outbox.send_due(MONDAY_MORNING)

    (receipt,) = django_mail.outbox
    assert "gets in touch with you by Tuesday, November 17, 5 p.m. CST." in receipt.body
    assert "Call us at 555-010-0134" in receipt.body
    assert "cannot say" not in receipt.body


@pytest.mark.django_db
def test_characters_of_a_name_are_not_turned_into_markup(settings):
    settings.CLINIC = replace(settings.CLINIC, name="Vein & Leg", phone="(555) 010-0134")
    make_mail()

    outbox.send_due(MONDAY_MORNING)

    assert "A person at Vein & Leg reads" in django_mail.outbox[0].body


# --- sending ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_one_request_makes_one_alert_and_one_receipt():
    receive(make_answers(), now=MONDAY_MORNING)

    counts = outbox.send_due(MONDAY_MORNING)

    assert counts == {"sent": 2}
    assert len(django_mail.outbox) == 2
    assert outbox.send_due(MONDAY_MORNING + timedelta(days=1)) == {}


@pytest.mark.django_db
def test_what_was_sent_is_in_the_history_of_the_request():
    mail = make_mail()

    outbox.send_due(MONDAY_MORNING)

    event = mail.request.events.get()
    assert (event.kind, event.at, event.why) == (Event.Kind.MAIL_SENT, MONDAY_MORNING, "Receipt to the patient")
    sent = reread(mail)
    assert (sent.state, sent.sent_at, sent.due_at, sent.attempts) == (OutboxMail.State.SENT, MONDAY_MORNING, None, 1)


@pytest.mark.django_db
def test_nothing_is_sent_before_its_time():
    make_mail(due_at=SOON)

    assert outbox.send_due(MONDAY_MORNING) == {}
    assert outbox.send_due(SOON) == {"sent": 1}


@pytest.mark.django_db
def test_the_longest_due_is_sent_first():
    later = make_mail(due_at=MONDAY_MORNING)
    first = make_mail(due_at=MONDAY_MORNING - timedelta(hours=1))

    assert outbox.send_next(MONDAY_MORNING) == first
    assert outbox.send_next(MONDAY_MORNING) == later


@pytest.mark.django_db
def test_a_mail_in_the_hands_of_a_worker_that_died_is_sent_by_another():
    mail = make_mail()
    outbox._claim(MONDAY_MORNING)

    assert outbox.send_due(MONDAY_MORNING + timedelta(minutes=4)) == {}
    assert outbox.send_due(MONDAY_MORNING + outbox.LEASE) == {"sent": 1}
    assert reread(mail).attempts == 2


@pytest.mark.django_db
def test_a_mail_that_another_worker_took_meanwhile_is_left_to_it(monkeypatch):
    make_mail()
    monkeypatch.setattr(outbox, "_claim", lambda now: None)

    assert outbox.send_next(MONDAY_MORNING) is None
    assert django_mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_every_mail_once():
    for _ in range(30):
        make_mail()

    def work(_: int) -> int:
        try:
            return outbox.send_due(MONDAY_MORNING)["sent"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        sent = list(workers.map(work, range(4)))

    assert sum(sent) == 30
    assert len({message.extra_headers["Message-ID"] for message in django_mail.outbox}) == 30
    assert set(OutboxMail.objects.values_list("state", "attempts")) == {("sent", 1)}


# --- a server that misbehaves -------------------------------------------------------------------


class Sink:
    """A mail server in this process; `mode` says how it behaves."""

    def __init__(self) -> None:
        self.mode = "accept"
        self.messages: list[bytes] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mode == "refuse recipient":
            return "550 no such mailbox"
        if self.mode == "busy":
            return "452 try again later"
        if self.mode == "hang up before it":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.mode == "hang up instead of a goodbye":
            server.transport.abort()
        return "221 Bye"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.messages.append(envelope.content)
        if self.mode == "hang up after taking it":
            server.transport.abort()
        return "250 OK"

    @property
    def identifiers(self) -> list[str]:
        return [str(message_from_bytes(message)["Message-ID"]) for message in self.messages]


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    server = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    server.start()
    use_smtp(settings, server.port)
    yield server.handler
    server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def use_smtp(settings, port: int) -> None:
    settings.EMAIL_BACKEND = "rlsinfo.consultations.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5


@pytest.mark.django_db
def test_a_message_arrives_at_a_real_server_with_its_own_identifier(sink):
    mail = make_mail(message_id="<fixed@example.org>")

    assert outbox.send_due(MONDAY_MORNING) == {"sent": 1}

    (arrived,) = (message_from_bytes(message) for message in sink.messages)
    assert arrived["Message-ID"] == "<fixed@example.org>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["To"] == mail.request.email


@pytest.mark.django_db
def test_while_no_server_answers_mail_waits_and_never_gives_up(settings):
    use_smtp(settings, free_port())
    mail = make_mail()
    now = MONDAY_MORNING

    for _ in range(20):
        assert outbox.send_due(now) == {}
        now += timedelta(hours=1)

    waiting = reread(mail)
    assert (waiting.state, waiting.attempts) == (OutboxMail.State.QUEUED, 0)
    assert waiting.last_error == "ConnectionRefusedError"


@pytest.mark.django_db
def test_a_server_that_is_away_is_asked_once_in_half_a_minute_for_all_mail(monkeypatch):
    class Away(locmem.EmailBackend):
        asked = 0

        def open(self):
            Away.asked += 1
            raise TimeoutError

    for _ in range(5):
        make_mail()

    for seconds in (0, 2, 29, 30):
        outbox.send_due(MONDAY_MORNING + timedelta(seconds=seconds), Away())

    assert Away.asked == 2


@pytest.mark.django_db
def test_a_server_that_is_away_is_one_line_in_the_log_without_an_address(settings, caplog):
    use_smtp(settings, free_port())
    make_mail(request=make_request(email="zebediah@example.com"))

    outbox.send_due(MONDAY_MORNING)
    outbox.send_due(MONDAY_MORNING + timedelta(minutes=1))

    assert caplog.messages == ["The mail server cannot be reached (ConnectionRefusedError). Messages wait."]


@pytest.mark.django_db
def test_two_hundred_requests_while_the_server_refuses_are_all_mailed_once_it_accepts(sink, settings):
    port = settings.EMAIL_PORT
    use_smtp(settings, free_port())
    references = {receive(make_answers(), now=MONDAY_MORNING).reference for _ in range(200)}
    assert outbox.send_due(MONDAY_MORNING) == {}

    use_smtp(settings, port)
    counts = outbox.send_due(SOON)

    assert len(references) == 200
    assert counts == {"sent": 400}
    assert len(set(sink.identifiers)) == 400


@pytest.mark.django_db
def test_a_refused_message_is_tried_again_ever_more_rarely_and_then_shown_as_failed(sink):
    sink.mode = "refuse recipient"
    mail = make_mail()
    now, pauses = MONDAY_MORNING, []

    for _ in range(7):
        assert outbox.send_due(now) == {"queued": 1}
        due_at = reread(mail).due_at
        pauses.append((due_at - now).total_seconds())
        now = due_at
    assert outbox.send_due(now) == {"failed": 1}

    assert pauses == [30, 60, 120, 240, 480, 960, 1920]
    failed = reread(mail)
    assert (failed.attempts, failed.due_at, failed.last_error) == (8, None, "SMTPRecipientsRefused")
    assert [event.kind for event in mail.request.events.all()] == [Event.Kind.MAIL_FAILED]
    assert outbox.send_due(now + timedelta(days=1)) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["busy", "hang up before it"])
def test_a_server_that_says_not_now_is_asked_every_half_hour_for_two_days(sink, mode):
    sink.mode = mode
    mail = make_mail()
    now, tried = MONDAY_MORNING, 0

    while reread(mail).state == OutboxMail.State.QUEUED:
        outbox.send_due(now)
        now, tried = reread(mail).due_at or now, tried + 1

    assert 90 < tried < 110
    assert now - MONDAY_MORNING > timedelta(days=2)
    assert reread(mail).state == OutboxMail.State.FAILED
    assert mail.request.events.get().kind == Event.Kind.MAIL_FAILED


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [ALERT, RECEIPT])
def test_a_message_that_surely_did_not_leave_is_sent_later(sink, kind):
    sink.mode = "hang up before it"
    mail = make_mail(kind=kind)
    assert outbox.send_due(MONDAY_MORNING) == {"queued": 1}

    sink.mode = "accept"
    assert outbox.send_due(SOON) == {"sent": 1}

    assert sink.identifiers == [mail.message_id]


@pytest.mark.django_db
def test_a_server_that_dies_over_the_goodbye_has_taken_the_message(sink):
    sink.mode = "hang up instead of a goodbye"
    mail = make_mail()

    assert outbox.send_due(MONDAY_MORNING) == {"sent": 1}

    assert sink.identifiers == [mail.message_id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attempts", "ahead", "sent"),
    [
        (0, timedelta(seconds=30), False),  # the server was away
        (0, timedelta(minutes=6), True),
        (1, outbox.LEASE, False),  # in the hands of a worker
        (7, outbox.LONGEST_PAUSE, False),
        (7, timedelta(minutes=33), True),
        (1, timedelta(days=400), True),
    ],
)
def test_a_clock_that_was_ahead_and_was_put_right_holds_no_message_back(attempts, ahead, sent):
    mail = make_mail(attempts=attempts, due_at=MONDAY_MORNING + ahead)

    outbox.send_due(MONDAY_MORNING)

    assert (reread(mail).state == OutboxMail.State.SENT) == sent


@pytest.mark.django_db
def test_a_message_that_was_refused_goes_out_when_the_server_changes_its_mind(sink):
    sink.mode = "busy"
    mail = make_mail()
    outbox.send_due(MONDAY_MORNING)

    sink.mode = "accept"
    outbox.send_due(SOON)

    sent = reread(mail)
    assert (sent.state, sent.attempts, sent.last_error) == (OutboxMail.State.SENT, 2, "")


@pytest.mark.django_db
def test_one_refused_message_does_not_hold_up_the_next(sink):
    bad = make_mail(request=make_request(email="ana@example.com\r\nBcc: x@example.com"))
    good = make_mail()

    outbox.send_due(MONDAY_MORNING)

    assert (reread(bad).state, reread(bad).last_error) == (OutboxMail.State.QUEUED, "ValueError")
    assert reread(good).state == OutboxMail.State.SENT


@pytest.mark.django_db
def test_a_receipt_that_may_have_arrived_is_said_to_be_uncertain_and_not_sent_twice(sink):
    sink.mode = "hang up after taking it"
    mail = make_mail(kind=RECEIPT)

    assert outbox.send_due(MONDAY_MORNING) == {"uncertain": 1}

    assert reread(mail).due_at is None
    assert reread(mail).last_error == "InDoubt"
    assert mail.request.events.get().kind == Event.Kind.MAIL_UNCERTAIN
    assert outbox.send_due(MONDAY_MORNING + timedelta(days=1)) == {}
    assert len(sink.messages) == 1


@pytest.mark.django_db
def test_an_alert_that_may_have_arrived_is_sent_again_under_the_same_identifier(sink):
    sink.mode = "hang up after taking it"
    mail = make_mail(kind=ALERT)
    assert outbox.send_due(MONDAY_MORNING) == {"uncertain": 1}

    sink.mode = "accept"
    assert outbox.send_due(SOON) == {"sent": 1}

    assert sink.identifiers == [mail.message_id] * 2


@pytest.mark.django_db
def test_an_alert_that_never_surely_arrives_ends_as_uncertain(sink):
    sink.mode = "hang up after taking it"
    mail = make_mail(kind=ALERT, attempts=7)

    outbox.send_due(MONDAY_MORNING)

    assert (reread(mail).state, reread(mail).due_at) == (OutboxMail.State.UNCERTAIN, None)


# --- the worker ---------------------------------------------------------------------------------


@pytest.fixture
def restored_signals() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stop_the_worker(sign: signal.Signals = signal.SIGTERM) -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, sign)


@pytest.mark.django_db
def test_the_worker_sends_what_is_due_and_says_so():
    make_mail()
    said = StringIO()

    call_command("send_mail", "--once", stdout=said)
    call_command("send_mail", "--once", stdout=said)

    assert said.getvalue() == "1 sent\nNothing was sent.\n"
    assert len(django_mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_ends_when_asked_after_the_message_in_its_hands(monkeypatch, restored_signals, sign):
    first, second = make_mail(), make_mail()
    send = outbox._send

    def asked_to_stop_while_sending(mail, link, now):
        stop_the_worker(sign)
        send(mail, link, now)

    monkeypatch.setattr(outbox, "_send", asked_to_stop_while_sending)

    call_command("send_mail")

    assert reread(first).state == OutboxMail.State.SENT
    assert reread(second).state == OutboxMail.State.QUEUED


@pytest.mark.django_db(transaction=True)
def test_the_worker_looks_for_new_mail_again_and_again(monkeypatch, restored_signals):
    monkeypatch.setattr("rlsinfo.consultations.management.commands.send_mail.POLL_SECONDS", 0.01)
    looks = []

    def look(now):
        looks.append(now)
        if len(looks) == 3:
            stop_the_worker()

    monkeypatch.setattr(outbox, "send_next", look)

    call_command("send_mail")

    assert len(looks) == 3
    assert looks == sorted(set(looks))


@pytest.mark.django_db(transaction=True)
def test_the_worker_outlives_a_database_that_is_away(monkeypatch, restored_signals, caplog):
    monkeypatch.setattr("rlsinfo.consultations.management.commands.send_mail.POLL_SECONDS", 0.01)
    mail = make_mail()
    send, tries = outbox.send_next, []

    def away_three_times(now):
        tries.append(now)
        if len(tries) <= 3:
            raise OperationalError("connection to server at db.example.org failed for user zebediah")
        stop_the_worker()
        return send(now)

    monkeypatch.setattr(outbox, "send_next", away_three_times)

    call_command("send_mail")

    assert reread(mail).state == OutboxMail.State.SENT
    assert caplog.messages == ["No mail can be sent (OperationalError). Trying again every 0.01 seconds."]
