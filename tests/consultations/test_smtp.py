"""A line to a mail server ends in time, and says truly whether a message may have been kept."""

from smtplib import SMTPException, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core.mail import EmailMessage, get_connection

from rlsinfo.consultations import smtp
from rlsinfo.consultations.smtp import InDoubt
from tests.faults import mail_server as moods
from tests.faults.mail_server import mail_server


@pytest.fixture
def server(settings, tmp_path, monkeypatch):
    with mail_server(tmp_path, pace=0.001) as listening:
        settings.EMAIL_BACKEND = "rlsinfo.consultations.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", listening.port
        settings.EMAIL_TIMEOUT, settings.EMAIL_USE_TLS = 0.5, True
        monkeypatch.setenv("SSL_CERT_FILE", str(listening.certificate))
        yield listening


def send():
    line = get_connection()
    try:
        EmailMessage("Subject", "Body", to=["ana@example.com"], connection=line).send()
    finally:
        line.close()


def test_a_good_natured_server_gets_the_message_over_tls(server):
    send()

    assert [recipient for recipient, _ in server.kept] == ["ana@example.com"]


def test_so_does_one_that_is_encrypted_from_the_first_byte(server, settings):
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL, server.tls_at_once = False, True, True

    send()

    assert len(server.kept) == 1


def test_a_slow_server_gets_it_too(server):
    server.mood = moods.SLOW

    send()

    assert len(server.kept) == 1


@pytest.mark.parametrize("mood", [moods.DROPS_MESSAGE, moods.KEEPS_SILENT])
def test_once_all_of_it_is_handed_over_only_an_answer_tells(server, mood):
    server.mood = mood

    with pytest.raises(InDoubt):
        send()


def test_an_answer_that_is_none_leaves_doubt(server):
    server.thanks = "well, perhaps"

    with pytest.raises(InDoubt):
        send()


@pytest.mark.parametrize("mood", [moods.HANGS, moods.BUSY, moods.NO_TLS, moods.DROPS_BEFORE_MESSAGE, moods.NOT_NOW])
def test_before_that_it_surely_was_not_taken(server, mood):
    server.mood = mood

    with pytest.raises((SMTPException, OSError)) as trouble:
        send()

    assert not isinstance(trouble.value, InDoubt)
    assert server.kept == []


def test_a_refused_recipient_is_no_doubt(server):
    server.mood, server.refused = moods.PICKY, "ana@example.com"

    with pytest.raises(SMTPRecipientsRefused):
        send()


def test_a_certificate_that_nobody_vouches_for_is_refused(server, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(OSError, match="certificate verify failed"):
        send()

    assert server.kept == []


def test_a_server_that_never_stops_talking_is_cut_off(server, monkeypatch):
    """Each byte comes in time; all of them never would."""
    server.mood, server.pace = moods.SLOW, 0.2
    monkeypatch.setattr(smtp, "LONGEST", 1.0)

    with pytest.raises(SMTPServerDisconnected):
        send()

    assert server.kept == []
