"""Nothing leaves in clear: mail waits rather than go to a server that cannot prove itself, and the start says so."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone

from rlsinfo import build, serving
from rlsinfo.consultations import outbox
from rlsinfo.open_lines import open_lines
from tests.factories import make_mail
from tests.running_site import free_port

SQLITE = {"HOST": "", "OPTIONS": {}}
NO_MAIL = {"EMAIL_HOST": "", "EMAIL_USE_SSL": False, "EMAIL_USE_TLS": False}


@pytest.mark.parametrize("host", ["", "localhost", "mail", "127.0.0.1", "[::1]", "10.1.2.3", "192.168.0.9"])
def test_a_server_on_this_machine_or_beside_it_needs_no_encryption(host):
    assert open_lines(NO_MAIL | {"EMAIL_HOST": host}, {"HOST": host.strip("[]"), "OPTIONS": {}}) == []


@pytest.mark.parametrize("host", ["mail.example.org", "8.8.8.8", "2001:4860:4860::8888"])
def test_mail_to_a_server_elsewhere_is_encrypted(host):
    mail = NO_MAIL | {"EMAIL_HOST": host}

    (said,) = open_lines(mail, SQLITE)

    assert said.startswith(f"Mail goes to {host} in clear")
    assert open_lines(mail | {"EMAIL_USE_SSL": True}, SQLITE) == []
    assert open_lines(mail | {"EMAIL_USE_TLS": True}, SQLITE) == []


@pytest.mark.parametrize(
    ("mode", "is_open"), [(None, True), ("prefer", True), ("require", False), ("verify-full", False)]
)
def test_a_database_elsewhere_is_encrypted(mode, is_open):
    database = {"HOST": "db.example.org", "OPTIONS": {"sslmode": mode} if mode else {}}

    said = open_lines(NO_MAIL, database)

    assert bool(said) == is_open
    assert all("sslmode=verify-full" in each for each in said)


@pytest.fixture
def mail_in_clear(settings):
    settings.EMAIL_BACKEND = "rlsinfo.consultations.smtp.EmailBackend"
    settings.EMAIL_HOST = "mail.example.org"
    settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False


def test_it_is_said_by_check_deploy(mail_in_clear):
    with pytest.raises(SystemCheckError, match=r"mail.example.org in clear"):
        call_command("check", deploy=True, tags=["security"], fail_level="WARNING")


def test_it_is_said_at_the_start(db, mail_in_clear, settings, monkeypatch, capsys):
    settings.PORT = free_port()
    monkeypatch.setattr(build, "collect_assets", lambda: True)
    monkeypatch.setattr(build, "build_pages", lambda folder: folder)
    monkeypatch.setattr(serving, "serve", lambda bind: 0)

    with pytest.raises(SystemExit):
        call_command("serve")

    assert "Warning: Mail goes to mail.example.org in clear" in capsys.readouterr().err


# --- what happens on the line ------------------------------------------------------------------------


class Received:
    def __init__(self):
        self.messages = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(envelope.content)
        return "250 OK"


@pytest.fixture
def certificate_of_nobody(tmp_path):
    """A certificate for localhost that no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["a certificate of nobody", "a certificate of nobody after STARTTLS", "no STARTTLS"])
def test_mail_waits_while_the_server_cannot_prove_who_it_is(settings, certificate_of_nobody, kind):
    received = Received()
    by_upgrade = kind != "a certificate of nobody"
    options = {} if kind == "no STARTTLS" else {"tls_context" if by_upgrade else "ssl_context": certificate_of_nobody}
    server = Controller(received, hostname="127.0.0.1", port=free_port(), **options)
    settings.EMAIL_BACKEND = "rlsinfo.consultations.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "localhost", server.port, 10
    settings.EMAIL_USE_SSL, settings.EMAIL_USE_TLS = not by_upgrade, by_upgrade
    mail = make_mail()

    server.start()
    try:
        outbox.send_due(timezone.now())
    finally:
        server.stop()

    mail.refresh_from_db()
    assert received.messages == []
    assert (mail.state, mail.attempts) == ("queued", 0)
    assert mail.last_error in {"SSLCertVerificationError", "SMTPNotSupportedError"}
