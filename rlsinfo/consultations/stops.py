"""Who asked to be left alone, by number and address. Everything that calls, texts or writes asks here first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.core import signing

from rlsinfo import languages
from rlsinfo.consultations.finding import keys_of_person, normalised_email
from rlsinfo.consultations.models import ConsultationRequest, OutboxMail, SearchKey, Stop

EVERYTHING, ADDRESS = Stop.Scope.EVERYTHING, Stop.Scope.ADDRESS
LINK_SALT = "consultations.stop"
LINK_WORKS_FOR = 30 * 24 * 60 * 60
"""Seconds for which the link in a receipt can stop us."""


@dataclass
class Standing:
    """What stands against getting in touch with the person of one request."""

    stops: list[Stop] = field(default_factory=list)
    """Those in force, the latest first."""

    @property
    def stop(self) -> Stop | None:
        """The latest wish for no contact at all; None if they may be called."""
        return next((each for each in self.stops if each.scope == EVERYTHING), None)

    def may_write_to(self, email: str) -> bool:
        """Whether a message may go to this address."""
        refused = {normalised_email(each.request.email) for each in self.stops if each.scope == ADDRESS}
        return self.stop is None and normalised_email(email) not in refused


def of(request: ConsultationRequest) -> Standing:
    """What stands against getting in touch with the person of this request, whichever request they said it about."""
    return of_all([request])[request.pk]


def of_all(requests: Iterable[ConsultationRequest]) -> Mapping[int, Standing]:
    """The same for many at once, by number; one question to the database."""
    keys = {each.pk: _keys(each) for each in requests}
    same_person = SearchKey.objects.any_of(set().union(*keys.values())).values("request")
    in_force = Stop.objects.in_force().filter(request__in=same_person).select_related("request").order_by("-at", "-pk")
    stops = [(each, _keys(each.request)) for each in in_force]
    return {pk: Standing([stop for stop, theirs in stops if theirs & mine]) for pk, mine in keys.items()}


def begin(request: ConsultationRequest, scope: Stop.Scope, now: datetime) -> None:
    """They want no contact, or an address is not theirs. Mail that waits is held back when its turn comes."""
    request.stops.create(scope=scope, at=now)


def end(request: ConsultationRequest, now: datetime) -> None:
    """They asked again themselves: all that stood against it is over, and they get the receipt that was held back."""
    Stop.objects.filter(pk__in=[each.pk for each in of(request).stops]).update(ended_at=now)
    _send_what_was_held_back(request, now)


def take_back(request: ConsultationRequest, at: datetime, now: datetime) -> None:
    """The button was pressed by mistake: they never said so."""
    request.stops.filter(scope=EVERYTHING, at=at).latest("pk").delete()
    _send_what_was_held_back(request, now)


def link(request: ConsultationRequest) -> str:
    """The address at which whoever got the receipt can stop us; it can do nothing else, and shows nothing typed."""
    return settings.SITE_URL + languages.address("consultations:stop", signing.dumps(request.reference, salt=LINK_SALT))


def reference_in(token: str) -> str:
    """The reference that a link of ours is about; raises SignatureExpired, or BadSignature for what is not ours."""
    reference: str = signing.loads(token, salt=LINK_SALT, max_age=LINK_WORKS_FOR)
    return reference


def _send_what_was_held_back(request: ConsultationRequest, now: datetime) -> None:
    held_back = request.mails.filter(state=OutboxMail.State.STOPPED)
    held_back.update(state=OutboxMail.State.QUEUED, attempts=0, due_at=now)


def _keys(request: ConsultationRequest) -> set[str]:
    typed = keys_of_person(request.phone, request.email)
    return typed | keys_of_person(request.corrected_phone, request.corrected_email)
