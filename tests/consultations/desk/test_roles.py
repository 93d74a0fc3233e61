"""Who may open which address of the admin, by which method; an address without a line in the table fails the test."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from rlsinfo.consultations.models import ConsultationRequest, ContactAttempt, Event, OutboxMail
from rlsinfo.staff import invitations, sign_in
from rlsinfo.staff.models import RecoveryCode
from tests.consultations.desk.front_desk import Desk, address
from tests.factories import make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db

GROUPS = ("Front desk", "Lead", "Figures only", "Editor", "Administrator")
STAFF = frozenset(("superuser", *GROUPS))
OUTSIDE = frozenset(("stranger", "no staff", "without a second factor"))
EVERYBODY = STAFF | OUTSIDE | {"locked"}
DESK = frozenset(("superuser", "Front desk", "Lead"))
FIGURES = frozenset(("superuser", "Lead", "Figures only", "Administrator"))
EXPORT = frozenset(("superuser", "Lead"))
ACCOUNTS = frozenset(("superuser", "Administrator"))
LOG = PLUMBING = frozenset(("superuser", "Lead", "Administrator"))
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Address:
    """Whom an address serves, by the two methods that there are. None stands for a method that it does not know."""

    read: frozenset[str] | None = None
    post: frozenset[str] | None = None
    """Without a reader, it is a button: a link or a preview can press none."""
    refusal: str = "refused"


PAGE, BUTTON = Address(read=DESK), Address(post=DESK)
ACCOUNT_BUTTON = Address(post=ACCOUNTS)
NOT_THERE = Address(read=NOBODY, post=NOBODY, refusal="not found")
# Only whoever has just given a password comes further.
ON_THE_WAY = Address(read=NOBODY, post=NOBODY, refusal="sign in")
REQUEST = "consultations_consultationrequest_"
ADDRESSES = {
    f"{REQUEST}changelist": PAGE,
    f"{REQUEST}find": Address(read=DESK, post=DESK),
    f"{REQUEST}waiting": PAGE,
    f"{REQUEST}spam": PAGE,
    f"{REQUEST}confirm_spam": BUTTON,
    f"{REQUEST}closed": PAGE,
    f"{REQUEST}mails": PAGE,
    f"{REQUEST}mails_again": BUTTON,
    f"{REQUEST}figures": Address(read=FIGURES),
    f"{REQUEST}export": Address(read=EXPORT, post=EXPORT),
    f"{REQUEST}person": Address(read=EXPORT, post=EXPORT),
    f"{REQUEST}copy_person": Address(post=EXPORT),
    f"{REQUEST}erase_person": Address(post=EXPORT),
    f"{REQUEST}plumbing": Address(read=PLUMBING),
    f"{REQUEST}change": PAGE,
    f"{REQUEST}claim": BUTTON,
    f"{REQUEST}give_back": BUTTON,
    f"{REQUEST}press": BUTTON,
    f"{REQUEST}note": BUTTON,
    f"{REQUEST}reschedule": BUTTON,
    f"{REQUEST}reopen": BUTTON,
    f"{REQUEST}restore": BUTTON,
    f"{REQUEST}correct": BUTTON,
    f"{REQUEST}end_texts": BUTTON,
    f"{REQUEST}stop": BUTTON,
    f"{REQUEST}ask_again": BUTTON,
    f"{REQUEST}draft": BUTTON,
    f"{REQUEST}undo": BUTTON,
    f"{REQUEST}send_again": BUTTON,
    "desk": Address(read=STAFF),
    "desk_evidence": Address(read=STAFF),
    "readers": Address(read=STAFF),
    "desk_draft": Address(read=STAFF, post=STAFF),
    "access_log": Address(read=LOG, post=LOG),
    "index": Address(read=STAFF, post=STAFF),
    "login": Address(read=EVERYBODY, post=EVERYBODY),
    "enter_code": ON_THE_WAY,
    "set_up_phone": ON_THE_WAY,
    "accept_invitation": Address(read=EVERYBODY, post=EVERYBODY),
    "logout": Address(post=STAFF | {"locked"}),
    "lock": Address(post=STAFF),
    "own_sign_in": Address(read=STAFF),
    "recovery_codes": Address(post=STAFF),
    "password_change": Address(read=STAFF, post=STAFF),
    "people": Address(read=ACCOUNTS),
    "invite": Address(read=ACCOUNTS, post=ACCOUNTS),
    "person": Address(read=ACCOUNTS),
    "change_roles": ACCOUNT_BUTTON,
    "invite_again": ACCOUNT_BUTTON,
    "reset_second_factor": ACCOUNT_BUTTON,
    "end_access": ACCOUNT_BUTTON,
    "jsi18n": Address(read=STAFF),
    "autocomplete": Address(read=NOBODY),
    "view_on_site": NOT_THERE,
    "app_list": Address(read=DESK, post=DESK, refusal="not found"),
    "(?P<url>.*)$": NOT_THERE,
}
READ, OTHERS = ("GET", "HEAD"), ("PUT", "PATCH", "DELETE", "TRACE")


def addresses(patterns: list[Any] | None = None, before: str = "") -> Iterator[str]:
    """Every address under /admin/, by its name, or by its pattern if it has none."""
    for each in get_resolver().namespace_dict["admin"][1].url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, before + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield each.name or before + str(each.pattern)


@pytest.fixture
def people() -> dict[str, Client]:
    """The browser of one person in each role, and of those for whom there is nothing to see."""

    def browser(name: str, group: str = "", **changes: Any) -> Client:
        user = make_staff(username=name, **changes)
        user.user_permissions.clear()
        user.groups.set(Group.objects.filter(name=group))
        return Desk(user).client

    people = {"stranger": Client(), "no staff": browser("visitor", "Lead", is_staff=False)}
    people |= {group: browser(group, group) for group in GROUPS}
    people["superuser"] = browser("boss", is_superuser=True)
    people["locked"] = browser("away", "Lead")
    people["locked"].post(reverse("admin:lock"))
    people["without a second factor"] = browser("half", "Lead")
    session = people["without a second factor"].session
    del session[sign_in.PHONE]
    session.save()
    return people


@pytest.fixture
def where() -> dict[str, list[object]]:
    """What the addresses are about, each with something that is really there."""
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None)
    desk = Desk(make_staff(username="frida"))
    desk.open(mail.request).press("No answer")
    attempt = mail.request.attempts.get()
    about: dict[str, list[object]] = {
        name: [mail.request.pk] for name in ADDRESSES if ADDRESSES[name] in (PAGE, BUTTON)
    }
    for name in ("changelist", "waiting", "spam", "confirm_spam", "closed", "mails", "mails_again"):
        about[REQUEST + name] = []
    about[f"{REQUEST}undo"] = [attempt.pk]
    about[f"{REQUEST}send_again"] = [mail.request.pk, mail.pk]
    about["view_on_site"] = [ContentType.objects.get_for_model(ConsultationRequest).pk, mail.request.pk]
    about["app_list"] = ["consultations"]
    for name in ("person", "change_roles", "invite_again", "reset_second_factor", "end_access"):
        about[name] = [make_staff().pk]
    about["accept_invitation"] = invitations.link(make_staff()).split("/")[-3:-1]
    return about


def path_of(name: str, where: dict[str, list[object]]) -> str:
    """Where an address of the table leads; those without a name lead to pages that are not there."""
    if name.isidentifier():
        return reverse(f"admin:{name}", args=where.get(name, []))
    return "/admin/no-such-page/"


def answer(somebody: Client, method: str, path: str) -> str:
    """What somebody is answered: "served", "refused", "sign in", "locked", "not found" or "no such method"."""
    response = somebody.generic(method, path)
    # An answer to HEAD has no body; the title that its page would have tells as much.
    title = response.context.get("title") if response.context else ""
    to_sign_in = response.status_code == 302 and response.url.startswith(reverse("admin:login"))
    if to_sign_in or title == "Sign in again":
        return "sign in"
    if title == "Locked":
        return "locked"
    if method == "OPTIONS" and not response.content:
        return "nothing"
    named = {403: "refused", 404: "not found", 405: "no such method"}
    return named.get(response.status_code, "served" if response.status_code < 500 else "broken")


def expected(role: str, method: str, name: str) -> str:
    line = ADDRESSES[name]
    served = line.post if method == "POST" else line.read
    if served == EVERYBODY or line == ON_THE_WAY:
        return "served" if served else line.refusal
    if role in OUTSIDE:
        # Whoever signs out and is not signed in has nothing to sign in for.
        return "served" if name == "logout" else "sign in"
    if role == "locked" and name != "logout":
        return "locked"
    if served is None:
        return "no such method"
    return "served" if role in served else line.refusal


def test_every_address_has_a_line_in_the_table_and_every_line_an_address():
    assert sorted(addresses()) == sorted(ADDRESSES)


@pytest.mark.parametrize("name", ADDRESSES)
def test_each_role_is_served_what_it_needs_and_nothing_else(name, people, where):
    path = path_of(name, where)

    for role, somebody in people.items():
        # Posting comes last: it may sign out.
        for method in (*READ, "POST"):
            assert answer(somebody, method, path) == expected(role, method, name), f"{role} {method}"


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_address_knows_another_method(name, people, where):
    path = path_of(name, where)
    for role in ("stranger", "superuser"):
        assert {answer(people[role], method, path) for method in OTHERS} == {"no such method"}
        what_it_can = answer(people[role], "OPTIONS", path)
        assert what_it_can in {"nothing", "no such method", expected(role, "GET", name)}


def test_a_button_pressed_by_who_may_not_press_changes_nothing(people, where):
    before = list(ConsultationRequest.objects.values())
    for name, line in ADDRESSES.items():
        if line == BUTTON:
            for role in people.keys() - DESK:
                answer(people[role], "POST", path_of(name, where))

    assert list(ConsultationRequest.objects.values()) == before


def test_nothing_that_staff_are_answered_is_kept_anywhere(people, where):
    # Signing out comes last.
    for name in sorted(ADDRESSES, key="logout".__eq__):
        for role in ("stranger", "locked", "superuser"):
            for method in ("GET", "POST"):
                answered = people[role].generic(method, path_of(name, where))

                assert "no-store" in answered["Cache-Control"], f"{role} {method} {name}"


def test_looking_at_any_address_changes_nothing(people, where):
    kept = (ConsultationRequest, OutboxMail, ContactAttempt, Event, User, Group, TOTPDevice, RecoveryCode)
    before = [list(model.objects.order_by("pk").values()) for model in kept]

    for name in ADDRESSES:
        for method in (*READ, "OPTIONS"):
            people["superuser"].generic(method, path_of(name, where))

    assert [list(model.objects.order_by("pk").values()) for model in kept] == before


# --- what belongs to somebody else, or is not there ---------------------------------------------

IDS = (0, 999, 2**31, 2**63 - 1, 2**63, 10**40)
WITH_ID = [name for name, line in ADDRESSES.items() if line in (PAGE, BUTTON) and name.startswith(REQUEST)]


@pytest.mark.parametrize("number", IDS)
def test_a_number_that_nothing_has_is_not_found(people, where, number):
    for name in (each for each in WITH_ID if where[each]):
        method = "GET" if ADDRESSES[name] == PAGE else "POST"
        path = reverse(f"admin:{name}", args=[number, *where[name][1:]])

        assert answer(people["Lead"], method, path) == "not found", path


@pytest.mark.parametrize("number", ["-1", "1.5", "x", "%27", "\u0661", "1e3", "0x1"])
def test_what_is_no_number_is_not_found(people, number):
    for method, page in (("GET", "change"), ("POST", "press")):
        path = f"/admin/consultations/consultationrequest/{number}/{page}/"

        assert answer(people["Lead"], method, path) == "not found"


def test_the_mail_of_another_request_cannot_be_reached_through_this_one(people):
    mail = make_mail(state=OutboxMail.State.FAILED, due_at=None)

    for pk, mail_pk in ((make_request().pk, mail.pk), (mail.request.pk, 10**40)):
        assert answer(people["Lead"], "POST", address("send_again", pk, mail_pk)) == "not found"

    mail.refresh_from_db()
    assert mail.state == OutboxMail.State.FAILED
