"""Everything about a request that is kept in the database."""

from rlsinfo.consultations.models.choices import (
    CLOSED_STATES,
    MOVES,
    OPEN_STATES,
    BestTime,
    Language,
    Outcome,
    Reason,
    State,
    Topic,
)
from rlsinfo.consultations.models.history import ContactAttempt, Draft, Event, Stop
from rlsinfo.consultations.models.keys import SealingKey, SearchKey
from rlsinfo.consultations.models.mail import LEASE, LONGEST_PAUSE, OutboxMail
from rlsinfo.consultations.models.requests import (
    CLAIM,
    MOST_FOUND,
    REFERENCE_ALPHABET,
    REFERENCE_LENGTH,
    ConsultationRequest,
    ConsultationRequestQuerySet,
    display_name,
    new_reference,
    who_did,
)

__all__ = [
    "CLAIM",
    "CLOSED_STATES",
    "LEASE",
    "LONGEST_PAUSE",
    "MOST_FOUND",
    "MOVES",
    "OPEN_STATES",
    "REFERENCE_ALPHABET",
    "REFERENCE_LENGTH",
    "BestTime",
    "ConsultationRequest",
    "ConsultationRequestQuerySet",
    "ContactAttempt",
    "Draft",
    "Event",
    "Language",
    "OutboxMail",
    "Outcome",
    "Reason",
    "SealingKey",
    "SearchKey",
    "State",
    "Stop",
    "Topic",
    "display_name",
    "new_reference",
    "who_did",
]
