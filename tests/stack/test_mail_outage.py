"""A dead mail server changes nothing for the patient and loses nothing."""

from concurrent.futures import ThreadPoolExecutor

from aiosmtpd.controller import Controller

from tests.running_site import RunningSite, free_port, wait_for
from tests.visitor import Visitor

PEOPLE = 200


class Sink:
    """Accepts every message and keeps it."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):
        self.messages.append(envelope.content)
        return "250 kept"


def test_two_hundred_requests_during_an_outage_are_all_kept_and_all_mailed_after_it(tmp_path):
    mail_port = free_port()
    environment = {"EMAIL_URL": f"smtp://127.0.0.1:{mail_port}", "CLINIC_ALERT_EMAIL": "desk@example.org"}
    with RunningSite(tmp_path, **environment) as site:

        def ask(number: int) -> str:
            visitor = Visitor(site.address).fill_in(
                name=f"Person {'abcdefghij'[number % 10]}", phone="", email=f"person{number}@example.org"
            )
            return visitor.send().reference

        with ThreadPoolExecutor(8) as crowd:
            references = list(crowd.map(ask, range(PEOPLE)))

        assert len(set(references)) == PEOPLE
        count = "from rlsinfo.consultations.models import *; print({}.objects.count())"
        shell = ("shell", "--no-imports", "--command")
        assert site.manage(*shell, count.format("ConsultationRequest")).strip() == str(PEOPLE)

        sink = Sink()
        server = Controller(sink, hostname="127.0.0.1", port=mail_port)
        server.start()
        try:
            # The waiting times of the retries are tested elsewhere; here the wait is cut short.
            due = "from django.utils import timezone; from rlsinfo.consultations.models import *;"
            due += "OutboxMail.objects.filter(sent_at=None).update(due_at=timezone.now())"

            def all_sent() -> bool:
                site.manage(*shell, due)
                return len(sink.messages) >= 2 * PEOPLE

            wait_for(all_sent, seconds=120)
        finally:
            server.stop()
        mailed = b"\n".join(sink.messages).decode()
        assert all(reference in mailed or reference.replace(" ", "") in mailed for reference in references)
        left = "from rlsinfo.consultations.models import *; print(OutboxMail.objects.exclude(state='sent').count())"
        wait_for(lambda: site.manage(*shell, left).strip() == "0")
        assert len(sink.messages) == 2 * PEOPLE
