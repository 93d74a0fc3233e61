"""Valid things for tests; a test names only what matters to it."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from django.contrib.auth.models import Permission, User
from django_otp.plugins.otp_totp.models import TOTPDevice

from rlsinfo.consultations import timing
from rlsinfo.consultations.intake import Answers
from rlsinfo.consultations.models import OPEN_STATES, ConsultationRequest, OutboxMail, Reason, State, Topic

MONDAY_MORNING = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)

_numbers = count(1)


def make_answers(**changes: Any) -> Answers:
    """What one person sends, each time somebody else unless told otherwise."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "name": "Ana Ortiz",
        "phone": f"(555) 010-{number:04}",
        "email": f"ana{number}@example.com",
        "best_times": ("morning", "afternoon"),
        "may_leave_message": True,
        "topic": Topic.RLS_OR_VEINS,
        "note": "Please ask for me at the front desk.",
        "help_needed": "",
        "consent_version": "2026-11",
        "consent_page": "https://www.example.org/consultation/request/",
        "source": "/causes/iron-and-rls/",
        "submission_key": f"key-of-form-{number:08}",
        "trap": "",
        "seconds_on_form": 95.0,
    }
    return Answers(**defaults | changes)


def make_request(**changes: Any) -> ConsultationRequest:
    """A stored request that can be found, due since it came or closed; without mail and history."""
    number = next(_numbers)
    received_at = changes.get("received_at", MONDAY_MORNING)
    state = changes.get("state", State.NEW)
    defaults: dict[str, Any] = {
        "submission_key": f"key-of-form-{number:08}",
        "content_hash": f"{number:064}",
        "received_at": received_at,
        "clock_started_at": received_at,
        "state_changed_at": received_at,
        "state": state,
        "name": "Ana Ortiz",
        "phone": f"(555) 010-{number:04}",
        "email": "",
        "best_times": ["morning", "afternoon"],
        "may_leave_message": True,
        "topic": Topic.RLS_OR_VEINS,
        "consent_version": "2026-11",
        "consent_at": MONDAY_MORNING,
    }
    if state in OPEN_STATES:
        due = changes.get("next_due_at") or received_at
        clock = changes.get("clock_started_at", received_at)
        defaults |= {"next_due_at": due, "overdue_at": timing.overdue_at(State(state), due, clock)}
    else:
        reasons = [reason for reason in Reason if reason.state == state]
        set_aside = state == State.SPAM and "spam_reasons" in changes
        defaults |= {"closed_at": received_at, "close_reason": reasons[0] if reasons and not set_aside else ""}
        defaults |= {"skim_since": received_at if set_aside else None, "is_test": state == State.TEST}
        defaults["visit_date"] = received_at.date() if state == State.SCHEDULED else None
    request = ConsultationRequest.objects.create(**defaults | changes)
    request.make_findable()
    return request


def make_mail(**changes: Any) -> OutboxMail:
    """A message that is due, owed by a request of its own unless one is named."""
    defaults: dict[str, Any] = {
        "kind": OutboxMail.Kind.RECEIPT,
        "due_at": MONDAY_MORNING,
        "created_at": MONDAY_MORNING,
        "message_id": f"<mail-{next(_numbers)}@example.com>",
    }
    if "request" not in changes:
        changes["request"] = make_request(email="ana@example.com")
    return OutboxMail.objects.create(**defaults | changes)


def make_staff(*permissions: str, phone: bool = True, **changes: Any) -> User:
    """Somebody who signs in at the front desk, with what its group may do unless told otherwise.

    With a phone: `client.force_login()` then stands for both factors.
    """
    user = User.objects.create_user(**{"username": f"maria{next(_numbers)}", "is_staff": True} | changes)
    codenames = permissions or ("view_consultationrequest", "move_consultationrequest")
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    if phone:
        TOTPDevice.objects.create(user=user, name="Phone")
    return user
