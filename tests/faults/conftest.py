"""A site to break, and a way to say how it fared."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.mail_server import MailServer, mail_server
from tests.faults.size import FULL
from tests.faults.stack import Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/faults/" in item.nodeid:
            item.add_marker("stack")


@pytest.fixture(scope="session")
def post_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    """The mail server of the site; it offers TLS, and the site trusts it."""
    with mail_server(tmp_path_factory.mktemp("post-office"), pace=1.0 if FULL else 0.002) as server:
        yield server


@pytest.fixture(scope="session")
def mail(post_office: MailServer) -> dict[str, str]:
    """What tells a site to send its mail there."""
    return {
        "EMAIL_URL": f"smtp+starttls://127.0.0.1:{post_office.port}",
        "CLINIC_ALERT_EMAIL": "desk@example.org",
        "SSL_CERT_FILE": str(post_office.certificate),
    }


class Clock:
    """The clock of the site's processes, wrong by so many seconds."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        # Put into place as a whole: half a number is no time.
        draft = self.file.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.rename(self.file)


@pytest.fixture(scope="session")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("clock") / "wrong-by")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, mail: dict[str, str], clock: Clock) -> Iterator[Stack]:
    """One site for whatever happens: it has to come through."""
    with Stack(tmp_path_factory.mktemp("site"), CLOCK_IS_WRONG_BY=str(clock.file), **mail) as running:
        yield running


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print one result, whether the test passes or not."""

    def say(result: str) -> None:
        with capsys.disabled():
            print(f"\n{result}", end="", flush=True)

    return say if FULL else lambda result: None
