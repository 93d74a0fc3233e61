"""A hundred thousand hostile requests over every address that accepts any: nothing breaks, and nothing hostile is kept.

A few hundred of them in every run of the tests; HOSTILE_REQUESTS=100000, which `make fuzz` sets, asks for more.
"""

import gzip
import os
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.http import HttpResponse, HttpResponseBase
from django.test import override_settings
from hypothesis import HealthCheck, Phase, given, settings

from rlsinfo.consultations.models import ConsultationRequest
from rlsinfo.middleware import headers_of_every_answer
from rlsinfo.plain_text import TURNING, has_a_letter
from tests.hostile.addresses import ADDRESSES, World, addresses
from tests.hostile.inputs import Hostile, requests
from tests.hostile.pieces import IMAGE, SCRIPT
from tests.served_client import ServedClient
from tests.stack.test_headers import DIGEST

pytestmark = pytest.mark.django_db

WANTED = int(os.environ.get("HOSTILE_REQUESTS", "750"))
EACH = -(-WANTED // len(ADDRESSES))
MADE_UP_ANEW = "HOSTILE_REQUESTS" in os.environ
"""A short run repeats what it asked the last time, so that whoever changes a page is not blamed for an old fault."""

WRITES = re.compile(r'^(?:INSERT INTO|UPDATE) "(\w+)"')
KEPT_LINE_END = "\n"
SITE = "http://testserver/"


def test_every_address_has_a_row_in_the_table_and_every_row_an_address():
    assert sorted(addresses()) == sorted({name.partition(" (")[0] for name in ADDRESSES})


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Made once: what is done to it is undone after every request, and itself in the end."""
    # What is tried here is tried often, and none of it is about the hashing of passwords.
    quickly = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with django_db_blocker.unblock(), quickly, undone():
        yield World()


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_hostile_request_breaks_an_address_or_leaves_anything_hostile_behind(name, world, record_property):
    answered, slowest, row = Counter[str](), 0.0, ADDRESSES[name]
    asking = {proves_nothing: ServedClient(enforce_csrf_checks=proves_nothing) for proves_nothing in (False, True)}
    with undone():
        path, arguments = row.path(name.partition(" (")[0], world)

        @settings(
            max_examples=EACH,
            deadline=None,
            database=None,
            derandomize=not MADE_UP_ANEW,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(requests(path, arguments, row.forms(world), posts=row.posts))
        def holds(hostile: Hostile) -> None:
            nonlocal slowest
            with undone(), written_tables() as tables:
                began = time.perf_counter()
                response = send(asking[hostile.proves_nothing], hostile, world.cookies[row.who])
                check_answer(response)
                slowest = max(slowest, time.perf_counter() - began)
                answered[str(response.status_code)] += 1
                check_stored(tables)

        holds()
    record_property("answered", dict(answered))
    record_property("slowest", (slowest, name))


def send(client: ServedClient, hostile: Hostile, cookie: str) -> HttpResponseBase:
    """Ask as a server hands it on; whatever is not caught is raised here."""
    environ: dict[str, Any] = {f"HTTP_{name}": value for name, value in hostile.headers.items()}
    environ |= {"HTTP_COOKIE": "; ".join(filter(None, (cookie, hostile.cookie))), "QUERY_STRING": hostile.query}
    content_type = hostile.body.content_type.encode().decode("latin-1")
    return client.generic(hostile.method, hostile.path, hostile.body.content, content_type, **environ)


def check_answer(response: HttpResponseBase) -> None:
    assert response.status_code < 500
    for name, value in headers_of_every_answer().items():
        assert name in response.headers
        # What stands in a page is named besides: exactly that, says the test of the headers.
        assert name == "Cache-Control" or re.sub(DIGEST, "", response.headers[name]) == value
    assert all(value.isprintable() for value in response.headers.values())
    content = response.content if isinstance(response, HttpResponse) else b"".join(response.streaming_content)
    assert urlsplit(urljoin(SITE, response.headers.get("Location", "/"))).netloc == urlsplit(SITE).netloc
    if response.headers.get("Content-Type", "").startswith("text/"):
        packed = response.headers.get("Content-Encoding") == "gzip"
        text = (gzip.decompress(content) if packed else content).decode()
        assert "Traceback" not in text
        if response.headers["Content-Type"].startswith("text/html"):
            assert SCRIPT not in text
            assert IMAGE not in text


def check_stored(tables: set[str]) -> None:
    """What is kept reads well: looked at through the models, as the pages do."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table in tables:
            for kept in model._base_manager.all():
                assert [text for text in texts(kept) if not is_plain(text)] == []
                if isinstance(kept, ConsultationRequest):
                    assert kept.removed_at or has_a_letter(kept.name)
                    assert not kept.corrected_name or has_a_letter(kept.corrected_name)


def texts(kept: models.Model) -> Iterator[str]:
    """Every text in a row, however deep."""
    if isinstance(kept, Session):
        yield from in_value(SessionStore().decode(kept.session_data))
    for field in kept._meta.concrete_fields:
        yield from in_value(getattr(kept, field.attname))


def in_value(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in (*value, *value.values()):
            yield from in_value(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from in_value(each)


def is_plain(text: str) -> bool:
    """Without control characters, marks that turn text around, or what is no character at all."""
    return not TURNING.search(text) and all(
        character == KEPT_LINE_END
        or (
            unicodedata.category(character) not in {"Cc", "Cs"}
            and ord(character) & 0xFFFE != 0xFFFE
            and not 0xFDD0 <= ord(character) <= 0xFDEF
        )
        for character in text
    )


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside never happened; to the site it looks as if it were outside of any transaction."""
    with transaction.atomic():
        connection.atomic_blocks[-1]._from_testcase = True
        try:
            yield
        finally:
            transaction.set_rollback(True)


@contextmanager
def written_tables() -> Iterator[set[str]]:
    """The tables that are written to meanwhile."""
    tables: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if found := WRITES.match(sql):
            tables.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield tables
