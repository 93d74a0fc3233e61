"""The request form: its questions, their order and words, and what counts as an answer."""

import re
import secrets
import time
from collections.abc import Iterator, Mapping
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
from django.utils.translation import gettext_lazy as _

from rlsinfo import languages
from rlsinfo.consultations.consent import CALL_VERSION, CALL_WORDING, IN_SPANISH, TEXT_VERSION, TEXT_WORDING
from rlsinfo.consultations.finding import phone_digits
from rlsinfo.consultations.intake import Answers
from rlsinfo.consultations.models import BestTime, Language, Topic
from rlsinfo.form_fields import PlainText, can_be_read_out

NO_WAY_TO_ANSWER = _("Enter a phone number or an e-mail address so that we can reach you")
CONSENT_MISSING = _("Tick the box if we may keep your answers")
TEXTS_CHANGED = _("Tick the box again if we may text you: its words have changed")
NO_NUMBER_TO_TEXT = _("Enter a phone number that we may text, or take the tick for text messages away")

STARTED_SALT = "consultations.started"
KEY = re.compile(r"[\w-]{16,64}", re.ASCII)
ARTICLE_PATH = re.compile(r"(?=.{3,200}\Z)(?:/es)?/[a-z0-9-]+/(?:[a-z0-9-]+/)?")


def can_be_dialled(phone: str) -> None:
    """Any way of writing a number will do; the digits of an extension are not counted."""
    if not 7 <= len(phone_digits(phone)) <= 15:
        raise ValidationError(_("Enter a phone number of 7 to 15 digits, with its area code"))


def article_path(text: str) -> str:
    """The address of an article, or nothing when the text does not look like one."""
    return text if ARTICLE_PATH.fullmatch(text) else ""


def _in_the_words_of(version: str, wording: Mapping[str, str]) -> list[tuple[str, str]]:
    """The box to tick, in the language of the page; its value is the version that was read."""
    version += IN_SPANISH if languages.is_spanish() else ""
    return [(version, wording[version])]


class RequestForm(forms.Form):
    """Asks a person to call. What they typed comes back to them after every failure."""

    data: QueryDict
    use_required_attribute = False

    urgent = forms.ChoiceField(
        label=_("Is one of these happening now?"),
        help_text=_(
            "Chest pain, trouble breathing or fainting. Sudden weakness, numbness or trouble speaking. "
            "A leg that is suddenly cold, pale or very painful. One leg that is newly swollen. "
            "Bleeding that does not stop. Thoughts of suicide."
        ),
        choices=(("no", _("No, none of these")), ("yes", _("Yes, or I am not sure"))),
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether one of these is happening now")},
    )
    name = PlainText(
        called=_("The name"),
        label=_("Full name"),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "name", "spellcheck": "false"}),
        validators=[can_be_read_out],
        error_messages={"required": _("Enter your full name")},
    )
    # Marked as needed, though an e-mail address will do instead: see clean().
    phone = PlainText(
        called=_("The phone number"),
        one_direction=True,
        label=_("What number should we call?"),
        help_text=_("Any way of writing it is fine. Or leave it empty and give an e-mail address below."),
        max_length=60,
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
        validators=[can_be_dialled],
        error_messages={"required": NO_WAY_TO_ANSWER},
    )
    email = PlainText(
        called=_("The e-mail address"),
        one_direction=True,
        label=_("E-mail"),
        help_text=_("If you give one, we send your reference there."),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}),
        validators=[EmailValidator(_("Enter an e-mail address like name@example.com"))],
    )
    best_times = forms.MultipleChoiceField(
        label=_("When is a good time?"),
        help_text=_("Pick all that suit you."),
        choices=BestTime.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Pick from the times in the list")},
    )
    may_leave_message = forms.ChoiceField(
        label=_("May we leave a message?"),
        help_text=_("We say only our name and number, never why we call."),
        choices=(("yes", _("Yes")), ("no", _("No"))),
        widget=forms.RadioSelect,
        error_messages={"required": _("Say whether we may leave a message")},
    )
    texts = forms.MultipleChoiceField(
        label=_("May we text you?"),
        help_text=_("We say only our name and number, never why we write. Your phone company may charge for texts."),
        choices=lambda: _in_the_words_of(TEXT_VERSION, TEXT_WORDING),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": TEXTS_CHANGED},
    )
    topic = forms.ChoiceField(
        label=_("What is it about?"),
        choices=Topic.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Pick what it is about"), "invalid_choice": _("Pick what it is about")},
    )
    note = PlainText(
        called=_("Your note"),
        label=_("Anything else?"),
        help_text=_("One or two lines. Please leave out your medical history. We will ask by phone."),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )
    help_needed = PlainText(
        called=_("The help you need"),
        label=_("Do you need an interpreter or other help?"),
        help_text=_("For example your language, a relay service, or more time on the phone."),
        max_length=200,
        required=False,
    )
    # The value of the box is the version: nobody agrees to words that changed while they were typing.
    consent = forms.MultipleChoiceField(
        label=_("May we keep these answers?"),
        choices=lambda: _in_the_words_of(CALL_VERSION, CALL_WORDING),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": CONSENT_MISSING, "invalid_choice": CONSENT_MISSING},
    )
    website = forms.CharField(
        label=_("Leave this empty"),
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
        "name": _("Full name"),
        "phone": _("Number to call"),
        "email": _("E-mail"),
        "best_times": _("Good time"),
        "may_leave_message": _("Leave a message"),
        "texts": _("Text messages"),
        "topic": _("About"),
        "note": _("Anything else"),
        "help_needed": _("Interpreter or other help"),
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
            Submit("step", _("Check your answers")),
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
                answer = ", ".join(str(labels[value]) for value in ([answer] if isinstance(answer, str) else answer))
            yield name, str(short_name), answer.capitalize() if name == "best_times" else answer

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
            consent_page=settings.SITE_URL + languages.address("consultations:ask"),
            language=Language.SPANISH if languages.is_spanish() else Language.ENGLISH,
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
