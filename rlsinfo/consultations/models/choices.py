"""In which words a request is described: what is asked, where it stands, how a try ended, why it was closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Topic(models.TextChoices):
    """What the person would like to talk about."""

    RLS_OR_VEINS = "rls_or_veins", _("Restless legs or veins, I am not sure which")
    VEINS = "veins", _("Bulging or aching veins")
    RLS = "rls", _("Restless legs")
    TESTS = "tests", _("Which tests or which doctor I need")
    OTHER = "other", _("Something else")


class BestTime(models.TextChoices):
    """When a call suits, in words only: hours would promise more than we know."""

    MORNING = "morning", _("Morning")
    MIDDAY = "midday", _("Midday")
    AFTERNOON = "afternoon", _("Afternoon")


class Language(models.TextChoices):
    """In which the form was filled in; the receipt is written in it too."""

    ENGLISH = "en-us", "English"
    SPANISH = "es", "Spanish"


class State(models.TextChoices):
    """Where a request stands. Who has it in hand is a claim, not a state: it runs out by itself."""

    NEW = "new", "New"
    TRYING = "trying", "Trying to reach them"
    TALKING = "talking", "Talking with them"
    CALL_BACK = "call_back", "Call-back promised"
    SCHEDULED = "scheduled", "Visit booked"
    NOT_FOR_US = "not_for_us", "Not for us"
    DECLINED = "declined", "Declined"
    NO_CONTACT = "no_contact", "Could not be reached"
    STOPPED = "stopped", "Asked us to stop"
    SPAM = "spam", "Spam"
    DUPLICATE = "duplicate", "Duplicate"
    TEST = "test", "Test"


OPEN_STATES = (State.NEW, State.TRYING, State.TALKING, State.CALL_BACK)
CLOSED_STATES = tuple(state for state in State if state not in OPEN_STATES)

_ENDS = (
    State.SCHEDULED,
    State.NOT_FOR_US,
    State.DECLINED,
    State.STOPPED,
    State.DUPLICATE,
    State.SPAM,
    State.TEST,
)
MOVES: dict[State, tuple[State, ...]] = {
    State.NEW: (State.TRYING, State.TALKING, State.CALL_BACK, *_ENDS),
    # Each further try that nobody answers is a move too.
    State.TRYING: (State.TRYING, State.TALKING, State.CALL_BACK, *_ENDS, State.NO_CONTACT),
    State.TALKING: (State.TRYING, State.CALL_BACK, *_ENDS),
    State.CALL_BACK: (State.TRYING, State.TALKING, State.CALL_BACK, *_ENDS, State.NO_CONTACT),
    State.SCHEDULED: (State.CALL_BACK,),
    State.NOT_FOR_US: (State.CALL_BACK,),
    State.DECLINED: (State.CALL_BACK,),
    State.NO_CONTACT: (State.CALL_BACK,),
    State.STOPPED: (State.CALL_BACK,),
    State.SPAM: (State.NEW,),
    State.DUPLICATE: (State.NEW,),
    State.TEST: (State.NEW,),
}


class Outcome(models.TextChoices):
    """How a try to reach somebody ended, as one press of a button says it."""

    NO_ANSWER = "no_answer", "No answer"
    LEFT_MESSAGE = "left_message", "Left a message"
    WROTE = "wrote", "Wrote an e-mail"
    TEXTED = "texted", "Sent a text"
    REACHED = "reached", "Reached"
    CALL_BACK = "call_back", "Call back later"
    WRONG_NUMBER = "wrong_number", "Wrong number"
    BOOKED = "booked", "Visit booked"
    CLOSED = "closed", "Closed"


class Reason(models.TextChoices):
    """Why a request was closed without a visit."""

    OWN_DOCTOR = "own_doctor", "Not for us: their own doctor or another clinic"
    OUT_OF_AREA = "out_of_area", "Not for us: too far away"
    INSURANCE = "insurance", "Not for us: insurance"
    DECLINED = "declined", "They decided against it"
    NO_CONTACT = "no_contact", "Could not be reached"
    STOPPED = "stopped", "They asked us not to contact them again"
    DUPLICATE = "duplicate", "The same as another request"
    SPAM = "spam", "Spam or advertising"
    TEST = "test", "It was a test"

    @property
    def state(self) -> State:
        """Where a request goes that is closed for this reason."""
        not_for_us = {Reason.OWN_DOCTOR, Reason.OUT_OF_AREA, Reason.INSURANCE}
        return State.NOT_FOR_US if self in not_for_us else State(self.value)
