"""Somebody at the front desk: opens pages, presses what stands on them, and reads what comes back."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Self

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from justhtml import JustHTML

from rlsinfo.consultations.models import ConsultationRequest
from tests.factories import MONDAY_MORNING, make_request

LIST = "/admin/consultations/consultationrequest/"


def address(name: str, *args: object) -> str:
    """Where a page or a button of the desk leads: address("press", 7)."""
    return reverse(f"admin:consultations_consultationrequest_{name}", args=args)


def page_of(request: ConsultationRequest) -> str:
    """The address of the page of a request."""
    return address("change", request.pk)


def words(node: Any) -> str:
    """What stands in a part of a page, as one line of text."""
    return re.sub(r" (?=[.,;:?!)”])|(?<=[(“]) ", "", " ".join(node.to_text().split()))


def typed_in(field: Any) -> str:
    """What stands in a field."""
    if field.name == "textarea":
        return str(field.to_text(strip=False))
    return str(field.attrs.get("value", ""))


def questions(act: Callable[[], object]) -> int:
    """How many questions it asks of the database, not counting the frames of transactions."""
    with CaptureQueriesContext(connection) as asked:
        act()
    return sum("SAVEPOINT" not in each["sql"] for each in asked.captured_queries)


class Desk:
    """The browser of one member of staff, without script; it sees one page at a time."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.client = Client()
        self.client.force_login(user)
        self.status = 0
        self.address = ""
        self.source = ""

    def open(self, place: ConsultationRequest | str = LIST) -> Self:
        """Open a page by its address, or that of a request."""
        self.address = place if isinstance(place, str) else page_of(place)
        return self._see(lambda: self.client.get(self.address))

    def press(self, label: str, **typed: Any) -> Self:
        """Press the button whose words begin so, with what was typed beside it."""
        return self.send(*self.sending(label, **typed))

    def sending(self, label: str, **typed: Any) -> tuple[str, dict[str, Any]]:
        """Where a button would send what, for pressing it later or twice."""
        button = next(each for each in self.page.query("button") if self.name(each).startswith(label))
        form = button
        while form.name != "form":
            form = form.parent
        fields: dict[str, Any] = {}
        for field in form.query("input, textarea"):
            name, kind = field.attrs.get("name"), field.attrs.get("type", "text")
            chosen = "checked" in field.attrs if kind in {"radio", "checkbox"} else True
            if name and chosen and "disabled" not in field.attrs:
                fields.setdefault(name, []).append(typed_in(field))
        if "name" in button.attrs:
            fields[button.attrs["name"]] = button.attrs["value"]
        return button.attrs.get("formaction") or form.attrs["action"], fields | typed

    def send(self, where: str, fields: dict[str, Any]) -> Self:
        """Post a form, and see the page it leads to."""
        self.address = where
        return self._see(lambda: self.client.post(where, fields))

    def find(self, text: str) -> Self:
        """Look for a caller."""
        return self.open(address("find")).press("Find", text=text)

    def _see(self, ask: Callable[[], Any]) -> Self:
        response = ask()
        if response.status_code == 403 and b"<h1>Locked</h1>" in response.content:
            # She was away for a while, and unlocks the screen.
            self.client.force_login(self.user)
            response = ask()
        if response.status_code == 303:
            return self.open(response.url)
        self.status, self.source = response.status_code, response.content.decode()
        return self

    # What one can read on the page.

    @property
    def page(self) -> JustHTML:
        return JustHTML(self.source, sanitize=False)

    @property
    def text(self) -> str:
        return words(self.page.query("#content")[0])

    def texts(self, selector: str) -> list[str]:
        """What stands in each part of the page that the selector names."""
        return [words(each) for each in self.page.query(selector)]

    @property
    def names(self) -> list[str]:
        """The people on the lists of the page, from top to bottom."""
        return self.texts("tbody th a")

    def row(self, name: str) -> str:
        """The line of a list that is about this person."""
        return next(words(row) for row in self.page.query("tbody tr") if words(row.query("th a")[0]) == name)

    @property
    def figures(self) -> dict[str, str]:
        """How the day stands."""
        return {words(each.query("dt")[0]): words(each.query("dd")[0]) for each in self.page.query(".day div")}

    @property
    def buttons(self) -> list[str]:
        """Every button of the page proper, by its name."""
        return [self.name(each) for each in self.page.query("#content button") if "hidden" not in each.attrs]

    @staticmethod
    def name(control: Any) -> str:
        """The name by which a screen reader announces it."""
        return control.attrs.get("aria-label") or words(control)


def in_hand_of(desk: Desk, **changes: Any) -> ConsultationRequest:
    """A request that somebody took on Monday morning and has for five minutes more."""
    return make_request(claimed_by=desk.user, claimed_until=MONDAY_MORNING + timedelta(minutes=5), **changes)


def changed(request: ConsultationRequest) -> ConsultationRequest:
    """The request as it is stored now."""
    return ConsultationRequest.objects.get(pk=request.pk)
