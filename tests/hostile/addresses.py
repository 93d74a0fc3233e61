"""Every address of the site, with what an honest person would send to it."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from rlsinfo.consultations import consent, forms, stops, views
from rlsinfo.consultations.models import ConsultationRequest, ContactAttempt, OutboxMail, State
from rlsinfo.languages import PREFIX
from rlsinfo.staff import invitations, second_factor, sign_in
from tests.consultations.desk.front_desk import Desk
from tests.factories import make_mail, make_request, make_staff
from tests.hostile.inputs import Form
from tests.visitor import ANSWERS

PASSWORD = "eleven purple lanterns"
NOBODY, STAFF, LOCKED, HALF_IN, PHONELESS = "nobody", "staff", "locked", "half way in", "without a phone"
"""Whose browser it is that asks."""


class World:
    """What there is to ask about, and the browsers of those who ask."""

    def __init__(self) -> None:
        self.boss = make_staff(username="boss", is_superuser=True, password=PASSWORD)
        self.colleague = make_staff(username="sam", email="sam@example.org")
        self.colleague.groups.set(Group.objects.filter(name="Front desk"))
        self.request = make_request(email="ana@example.com", note="Please call.", received_at=timezone.now())
        self.closed = make_request(state=State.DECLINED)
        self.spam = make_request(state=State.SPAM, spam_reasons=["A trap was filled in."])
        self.mail = make_mail(request=self.request, state=OutboxMail.State.FAILED, due_at=None)
        self.pressed = self._pressed()
        self.cookies = {
            NOBODY: "",
            STAFF: _cookie(self._staff()),
            LOCKED: _cookie(self._locked()),
            HALF_IN: _cookie(self._half_in(self.boss)),
            PHONELESS: _cookie(self._half_in(make_staff(username="nora", phone=False, password=PASSWORD))),
        }

    def _pressed(self) -> ContactAttempt:
        request = make_request(received_at=timezone.now())
        desk = Desk(self.boss)
        _vouch(desk.client, self.boss)
        desk.open(request).press("No answer", why="Rang twice")
        return request.attempts.get()

    def _staff(self) -> Client:
        client = Client()
        client.force_login(self.boss)
        _vouch(client, self.boss)
        return client

    def _locked(self) -> Client:
        client = self._staff()
        client.post(reverse("admin:lock"))
        return client

    def _half_in(self, user: User) -> Client:
        client = Client()
        response = client.post(reverse("admin:login"), {"username": user.username, "password": PASSWORD})
        assert response.status_code == 302
        return client


def _vouch(client: Client, user: User) -> None:
    """Both factors were given in this session. That is arranged for every test, but the world is made before any."""
    session, device = client.session, second_factor.device_of(user)
    assert device
    session[sign_in.PHONE] = device.pk
    session.save()


def _cookie(client: Client) -> str:
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def _nothing(world: World) -> list[Any]:
    return []


@dataclass(frozen=True)
class Address:
    """Who asks, what stands in its path, and what would be posted; an address without a form is posted to all the same."""

    who: str = STAFF
    arguments: Callable[[World], Sequence[object]] = _nothing
    forms: Callable[[World], Sequence[Form]] = field(default=lambda world: [{"text": "Ana"}])
    posts: bool = False
    before: str = ""
    """What stands before the path of the English page."""

    def path(self, name: str, world: World) -> tuple[str, list[str]]:
        """Where it is, and what stands there for its arguments."""
        arguments = [str(each) for each in self.arguments(world)]
        if name.isidentifier() or ":" in name:
            return self.before + reverse(name, args=arguments), arguments
        return f"/{name.replace('(?P<url>.*)$', 'no-such-page/')}", []


def _request(world: World) -> list[Any]:
    return [world.request.pk]


def _colleague(world: World) -> list[Any]:
    return [world.colleague.pk]


def _button(*more: Form, on: str = "request") -> Address:
    """A button on the page of a request."""

    def fields(world: World) -> list[Form]:
        version = str(ConsultationRequest.objects.get(pk=getattr(world, on).pk).version)
        return [{"version": version, **form} for form in more or ({},)]

    return Address(arguments=lambda world: [getattr(world, on).pk], forms=fields, posts=True)


def _account(**fields: str) -> Address:
    return Address(arguments=_colleague, forms=lambda world: [fields], posts=True)


def _questions(world: World, language: str = "") -> list[Form]:
    answers: dict[str, Any] = ANSWERS | {
        "consent": consent.CALL_VERSION + language,
        "texts": consent.TEXT_VERSION + language,
        "key": "key-of-a-hostile-form",
        "started": signing.dumps(time.time() - 95, salt=forms.STARTED_SALT),
        "source": IRON,
        "website": "",
    }
    steps = ("send", "send", "send", "check", "change:name", "change:best_times", "change:")
    return [answers | {"step": step} for step in steps] + [answers | {"step": "check", "urgent": "yes"}]


def _sent(world: World) -> list[str]:
    return [signing.dumps((world.request.spoken_reference, timezone.now().isoformat()), salt=views.SENT_SALT)]


def _invitation(world: World) -> list[str]:
    user = User.objects.create_user("invited@example.org", is_staff=True)
    return invitations.link(user).split("/")[-3:-1]


def _person(world: World) -> dict[str, Any]:
    return {"requests": [str(world.request.pk), str(world.closed.pk)], "reason": "asked"}


IRON = "/causes/iron-and-rls/"
NEW_PASSWORD = {"new_password1": "twelve orange lanterns", "new_password2": "twelve orange lanterns"}
PRESS = {
    "token": "a-token",
    "why": "Rang twice",
    "again_day": "2027-01-11",
    "again_time": "14:30",
    "visit_date": "2027-01-12",
}
READER, PAGE = Address(who=NOBODY), Address()
REQUEST = "admin:consultations_consultationrequest_"
ADDRESSES = {
    "home": READER,
    "health": READER,
    "ready": READER,
    "health/ready/": READER,
    "sitemap": READER,
    "robots": READER,
    "changes": READER,
    "security_txt": READER,
    "readers:answer": Address(
        NOBODY, forms=lambda _: [{"page": IRON, "useful": "yes"}, {"page": IRON, "useful": "no"}], posts=True
    ),
    "readers:thanks": Address(NOBODY, forms=lambda _: [{"page": IRON, "words": "How much iron"}], posts=True),
    "articles:search": READER,
    "articles:a_to_z": READER,
    "articles:glossary": READER,
    "articles:figures": READER,
    "articles:sources": READER,
    "articles:section": Address(NOBODY, lambda _: ["causes"]),
    "articles:article": Address(NOBODY, lambda _: ["causes", "iron-and-rls"]),
    "articles:page": Address(NOBODY, lambda _: ["how-we-write"]),
    "consultations:start": READER,
    "consultations:ask": Address(NOBODY, forms=_questions, posts=True),
    "consultations:sent": Address(NOBODY, _sent),
    "consultations:stop": Address(
        NOBODY, lambda world: [stops.link(world.request).split("/")[-2]], lambda _: [{"scope": "all"}], posts=True
    ),
    f"{REQUEST}changelist": PAGE,
    f"{REQUEST}find": Address(
        forms=lambda _: [{"text": each} for each in ("Ana Ortiz", "5550100177", "ana@", "K7MR")], posts=True
    ),
    f"{REQUEST}waiting": PAGE,
    f"{REQUEST}spam": PAGE,
    f"{REQUEST}confirm_spam": Address(forms=lambda world: [{"skimmed": [str(world.spam.pk), "7"]}], posts=True),
    f"{REQUEST}closed": PAGE,
    f"{REQUEST}mails": PAGE,
    f"{REQUEST}mails_again": Address(forms=lambda world: [{"mail": [str(world.mail.pk), "7"]}], posts=True),
    f"{REQUEST}plumbing": PAGE,
    f"{REQUEST}figures": PAGE,
    f"{REQUEST}export": Address(
        forms=lambda _: [
            {"reason": "Report of the month", "first": "2026-01-01", "last": "2027-01-01", "kind": kind}
            for kind in ("csv", "xlsx")
        ],
        posts=True,
    ),
    f"{REQUEST}change": Address(arguments=_request),
    f"{REQUEST}claim": _button({"from_other": "yes"}),
    f"{REQUEST}give_back": _button(),
    f"{REQUEST}press": _button(
        *(PRESS | {"outcome": outcome} for outcome in ("no_answer", "reached", "call_back", "booked", "closed")),
        PRESS | {"outcome": "closed", "reason": "duplicate", "same_as": "K7MR 4PXD"},
        PRESS | {"outcome": "closed", "reason": "declined"},
    ),
    f"{REQUEST}note": _button({"why": "She asked for a morning."}),
    f"{REQUEST}reschedule": _button({"again_day": "2027-01-11", "again_time": "14:30"}),
    f"{REQUEST}reopen": _button({"why": "She called."}, on="closed"),
    f"{REQUEST}restore": _button(on="spam"),
    f"{REQUEST}correct": _button({"name": "Ana Ortega", "phone": "555 010 0178", "email": "ana@example.net"}),
    f"{REQUEST}draft": _button({"why": "She wan"}),
    f"{REQUEST}stop": _button({"why": "She said no.", "token": "a-token"}),
    f"{REQUEST}ask_again": _button({"why": "She called."}),
    f"{REQUEST}end_texts": _button(),
    f"{REQUEST}person": Address(
        forms=lambda _: [{"text": each} for each in ("5550100177", "ana@example.com")], posts=True
    ),
    f"{REQUEST}copy_person": Address(
        forms=lambda world: [_person(world) | {"kind": "html"}, _person(world) | {"kind": "json"}], posts=True
    ),
    f"{REQUEST}erase_person": Address(
        forms=lambda world: [_person(world), _person(world) | {"sure": "on", "asked_before": "yes"}], posts=True
    ),
    f"{REQUEST}undo": Address(arguments=lambda world: [world.pressed.pk], posts=True),
    f"{REQUEST}send_again": Address(arguments=lambda world: [world.request.pk, world.mail.pk], posts=True),
    "admin:desk": PAGE,
    "admin:desk_evidence": PAGE,
    "admin:desk_draft": Address(
        forms=lambda _: [
            {"path": "causes/iron-and-rls", "text": "---\ntitle: Iron\n---\n\n## Iron\n\nA sentence.[@iron-01]\n"}
        ],
        posts=True,
    ),
    "admin:access_log": Address(
        forms=lambda world: [
            {"person": str(world.boss.pk), "action": "list", "day": "2026-11-20", "reference": "K7", "before": "9"}
        ],
        posts=True,
    ),
    "admin:index": PAGE,
    "admin:index (locked)": Address(
        LOCKED, forms=lambda _: [{"unlock-password": PASSWORD, "unlock-method": "GET"}], posts=True
    ),
    "admin:index (signed out)": Address(
        NOBODY,
        forms=lambda _: [
            {"again-username": "boss", "again-password": PASSWORD, "again-code": "123456", "why": "Words"}
        ],
        posts=True,
    ),
    "admin:login": Address(
        NOBODY, forms=lambda _: [{"username": "boss", "password": PASSWORD, "next": "/admin/desk/"}], posts=True
    ),
    "admin:enter_code": Address(
        HALF_IN, forms=lambda _: [{"code": "123456"}, {"code": "K7MR4-PXD3F", "recovery": ""}], posts=True
    ),
    "admin:set_up_phone": Address(PHONELESS, forms=lambda _: [{"code": "123456"}], posts=True),
    "admin:accept_invitation": Address(NOBODY, _invitation, lambda _: [NEW_PASSWORD], posts=True),
    "admin:logout": Address(posts=True),
    "admin:lock": Address(forms=lambda _: [{"next": "/admin/desk/"}], posts=True),
    "admin:own_sign_in": PAGE,
    "admin:recovery_codes": Address(forms=lambda _: [{"password": PASSWORD, "code": "123456"}], posts=True),
    "admin:readers": PAGE,
    "admin:password_change": Address(forms=lambda _: [{"current": PASSWORD, **NEW_PASSWORD}], posts=True),
    "admin:people": PAGE,
    "admin:invite": Address(
        forms=lambda _: [
            {"first_name": "Nora", "last_name": "Lind", "email": "nora@example.org", "roles": ["Front desk", "Lead"]}
        ],
        posts=True,
    ),
    "admin:person": Address(arguments=_colleague),
    "admin:change_roles": Address(arguments=_colleague, forms=lambda _: [{"roles": ["Lead", "Editor"]}], posts=True),
    "admin:invite_again": _account(),
    "admin:reset_second_factor": _account(),
    "admin:end_access": _account(),
    "admin:jsi18n": PAGE,
    "admin:autocomplete": PAGE,
    "admin:view_on_site": Address(
        arguments=lambda world: [ContentType.objects.get_for_model(ConsultationRequest).pk, world.request.pk]
    ),
    "admin:app_list": Address(arguments=lambda _: ["consultations"]),
    "admin/(?P<url>.*)$": PAGE,
}
"""By name, or by pattern where it has none; in brackets, the same address met in another way."""
IN_SPANISH = {
    name: replace(ADDRESSES[name], before=PREFIX)
    for name in (*(f"consultations:{page}" for page in ("start", "ask", "sent", "stop")), "readers:answer")
}
IN_SPANISH["consultations:ask"] = replace(
    IN_SPANISH["consultations:ask"], forms=lambda world: _questions(world, consent.IN_SPANISH)
)
ADDRESSES |= {f"{name} (in Spanish)": address for name, address in IN_SPANISH.items()}


def addresses(patterns: Sequence[Any] | None = None, namespace: str = "", before: str = "") -> Iterator[str]:
    """Every address that the site answers at, as the table calls it."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from addresses(each.url_patterns, inner, before + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield f"{namespace}{each.name}" if each.name else before + str(each.pattern)
