"""The request form: its questions, their order and words, and what counts as an answer."""

import re
import secrets
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Field, Layout, Submit
from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.http import QueryDict
from django.urls import reverse

from rlsinfo.consultations.consent import CALL_VERSION, CALL_WORDING, TEXT_VERSION, TEXT_WORDING
from rlsinfo.consultations.finding import phone_digits
from rlsinfo.consultations.intake import Answers
from rlsinfo.consultations.models import BestTime, Topic
from rlsinfo.form_fields import PlainText, can_be_read_out

NO_WAY_TO_ANSWER = "Enter a phone number or an e-mail address so that we can reach you"
CONSENT_MISSING = "Tick the box if we may keep your answers"
TEXTS_CHANGED = "Tick the box again if we may text you: its words have changed"
NO_NUMBER_TO_TEXT = "Enter a phone number that we may text, or take the tick for text messages away"

STARTED_SALT = "consultations.started"
KEY = re.compile(r"[\w-]{16,64}", re.ASCII)
ARTICLE_PATH = re.compile(r"(?=.{3,200}\Z)/[a-z0-9-]+/(?:[a-z0-9-]+/)?")


def can_be_dialled(phone: str) -> None:
    """Any way of writing a number will do; the digits of an extension are not counted."""
    if not 7 <= len(phone_digits(phone)) <= 15:
        raise ValidationError("Enter a phone number of 7 to 15 digits, with its area code")


def article_path(text: str) -> str:
    """The address of an article, or nothing when the text does not look like one."""
    return text if ARTICLE_PATH.fullmatch(text) else ""


class RequestForm(forms.Form):
    """Asks a person to call. What they typed comes back to them after every failure."""

    data: QueryDict
    use_required_attribute = False

    urgent = forms.ChoiceField(
        label="Is one of these happening now?",
        help_text="Chest pain, trouble breathing or fainting. Sudden weakness, numbness or trouble speaking. "
        "A leg that is suddenly cold, pale or very painful. One leg that is newly swollen. "
        "Bleeding that does not stop. Thoughts of suicide.",
        choices=(("no", "No, none of these"), ("yes", "Yes, or I am not sure")),
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether one of these is happening now"},
    )
    name = PlainText(
        called="The name",
        label="Full name",
        max_length=150,
        widget=forms.TextInput({"autocomplete": "name", "spellcheck": "false"}),
        validators=[can_be_read_out],
        error_messages={"required": "Enter your full name"},
    )
    # Marked as needed, though an e-mail address will do instead: see clean().
    phone = PlainText(
        called="The phone number",
        one_direction=True,
        label="What number should we call?",
        help_text="Any way of writing it is fine. Or leave it empty and give an e-mail address below.",
        max_length=60,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
        validators=[can_be_dialled],
        error_messages={"required": NO_WAY_TO_ANSWER},
    )
    email = PlainText(
        called="The e-mail address",
        one_direction=True,
        label="E-mail",
        help_text="If you give one, we send your reference there.",
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}),
        validators=[EmailValidator("Enter an e-mail address like name@example.com")],
    )
    best_times = forms.MultipleChoiceField(
        label="When is a good time?",
        help_text="Pick all that suit you.",
        choices=BestTime.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Pick from the times in the list"},
    )
    may_leave_message = forms.ChoiceField(
        label="May we leave a message?",
        help_text="We say only our name and number, never why we call.",
        choices=(("yes", "Yes"), ("no", "No")),
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether we may leave a message"},
    )
    texts = forms.MultipleChoiceField(
        label="May we text you?",
        help_text="We say only our name and number, never why we write. Your phone company may charge for texts.",
        choices=[(TEXT_VERSION, TEXT_WORDING[TEXT_VERSION])],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": TEXTS_CHANGED},
    )
    topic = forms.ChoiceField(
        label="What is it about?",
        choices=Topic.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Pick what it is about", "invalid_choice": "Pick what it is about"},
    )
    note = PlainText(
        called="Your note",
        label="Anything else?",
        help_text="One or two lines. Please leave out your medical history. We will ask by phone.",
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )
    help_needed = PlainText(
        called="The help you need",
        label="Do you need an interpreter or other help?",
        help_text="For example your language, a relay service, or more time on the phone.",
        max_length=200,
        required=False,
    )
    # The value of the box is the version: nobody agrees to words that changed while they were typing.
    consent = forms.MultipleChoiceField(
        label="May we keep these answers?",
        choices=[(CALL_VERSION, CALL_WORDING[CALL_VERSION])],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": CONSENT_MISSING, "invalid_choice": CONSENT_MISSING},
    )
    website = forms.CharField(
        label="Leave this empty",
        required=False,
        widget=forms.TextInput({"tabindex": "-1", "autocomplete": "off"}),
    )
    key = forms.CharField(required=False, initial=secrets.token_urlsafe, widget=forms.HiddenInput)
    started = forms.CharField(
        required=False,
        initial=lambda: signing.dumps(time.time(), salt=STARTED_SALT),
        widget=forms.HiddenInput,
    )
    source = forms.CharField(required=False, widget=forms.HiddenInput)

    SHORT_NAMES = {
        "name": "Full name",
        "phone": "Number to call",
        "email": "E-mail",
        "best_times": "Good time",
        "may_leave_message": "Leave a message",
        "texts": "Text messages",
        "topic": "About",
        "note": "Anything else",
        "help_needed": "Interpreter or other help",
    }

    @classmethod
    def kept(cls, words: QueryDict, *, focus: str = "") -> Self:
        """The form with every word still in it, not checked, with the cursor in the field to change."""
        form = cls(
            initial={
                name: field.widget.value_from_datadict(words, {}, name)
                for name, field in cls.base_fields.items()
                if name in words
            }
        )
        if focus in form.fields:
            form.fields[focus].widget.attrs["autofocus"] = True
        return form

    @property
    def helper(self) -> FormHelper:
        # Made for each form: a shared layout would keep the bound fields of everybody's requests.
        helper = FormHelper()
        helper.form_class = "flow"
        helper.attrs = {"novalidate": True}
        helper.layout = Layout(
            "urgent",
            "name",
            "phone",
            "email",
            Field("best_times", wrapper_class="cols"),
            Field("may_leave_message", wrapper_class="cols"),
            "texts",
            "topic",
            "note",
            "help_needed",
            "consent",
            Field("website", template="forms/trap.html"),
            "key",
            "started",
            "source",
            HTML('{% include "consultations/privacy_line.html" with clinic=clinic only %}'),
            Submit("step", "Check your answers"),
        )
        return helper

    @property
    def is_urgent(self) -> bool:
        """Whether the person said that help may be needed now; asked before anything else is checked."""
        return bool(self["urgent"].value() == "yes")

    def words(self, *, leaving_out: str = "") -> Iterator[tuple[str, str]]:
        """Every name and value that was sent, for hidden inputs that carry them to the next page."""
        for name in self.fields:
            if name != leaving_out:
                yield from ((name, value) for value in self.data.getlist(name))

    def shown(self) -> Iterator[tuple[str, str, str]]:
        """Field, short name and answer, for the page on which a person checks them."""
        for name, short_name in self.SHORT_NAMES.items():
            answer, field = self.cleaned_data[name], self.fields[name]
            if isinstance(field, forms.ChoiceField):
                labels = dict(field.choices)  # type: ignore[arg-type]
                answer = ", ".join(labels[value] for value in ([answer] if isinstance(answer, str) else answer))
            yield name, short_name, answer.capitalize() if name == "best_times" else answer

    def answers(self, *, now: datetime) -> Answers:
        """What the person answered, as intake receives it."""
        cleaned = self.cleaned_data
        return Answers(
            name=cleaned["name"],
            phone=cleaned["phone"],
            email=cleaned["email"],
            best_times=tuple(cleaned["best_times"]),
            may_leave_message=cleaned["may_leave_message"] == "yes",
            topic=cleaned["topic"],
            note=cleaned["note"],
            help_needed=cleaned["help_needed"],
            consent_version=cleaned["consent"][0],
            text_consent_version=next(iter(cleaned["texts"]), ""),
            consent_page=settings.SITE_URL + reverse("consultations:ask"),
            source=cleaned["source"],
            submission_key=cleaned["key"],
            trap=cleaned["website"],
            seconds_on_form=self._seconds_on_form(now),
        )

    def clean_key(self) -> str:
        """A key that no page of ours sent is replaced, so that the request still gets through."""
        key: str = self.cleaned_data["key"]
        return key if KEY.fullmatch(key) else secrets.token_urlsafe()

    def clean_source(self) -> str:
        return article_path(self.cleaned_data["source"])

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        # A faulty address has its own sentence beside it; two for one slip would confuse.
        if self.has_error("phone", "required") and (cleaned.get("email") or self.has_error("email")):
            del self.errors["phone"]
            cleaned["phone"] = ""
        if cleaned.get("texts") and cleaned.get("phone") == "":
            self.add_error("phone", NO_NUMBER_TO_TEXT)
        return cleaned

    def _seconds_on_form(self, now: datetime) -> float | None:
        try:
            started: float = signing.loads(self.cleaned_data["started"], salt=STARTED_SALT)
        except signing.BadSignature:
            return None
        return now.timestamp() - started
