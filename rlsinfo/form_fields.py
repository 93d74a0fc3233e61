"""The fields for everything that a person types into a form and that is then kept, searched or shown."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rlsinfo.plain_text import Refused, has_a_letter, plain, without_turning_marks

DAY_MISSING = "Give the day as 2026-11-23."


def can_be_read_out(name: str) -> None:
    """A name may be anything that somebody could read out."""
    if not has_a_letter(name):
        raise ValidationError(_("Enter a name with at least one letter"))


class Day(forms.DateField):
    """A day of this century: the first and the last day that a computer knows have none before or after them."""

    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"required": DAY_MISSING, "invalid": DAY_MISSING}
    default_validators = [
        MinValueValidator(date(2000, 1, 1), "Give a day from 2000 on."),
        MaxValueValidator(date(2100, 1, 1), "Give a day before 2100."),
    ]


class Rows(forms.ModelMultipleChoiceField):
    """Rows by their numbers. Django would hand one to the database that no database can hold."""

    def clean(self, value: Any) -> Any:
        for number in map(str, value or ()):
            if not (number.isascii() and number.isdecimal() and len(number) < 19):
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": number}
                )
        return super().clean(value)


class PlainText(forms.CharField):
    """Text as a person types it: whole, in one Unicode form, without characters that nobody can see.

    `called` begins the sentences, as in "The name". `one_direction` is for numbers and addresses.
    """

    def __init__(self, *, called: "str | Promise", one_direction: bool = False, **options: Any) -> None:
        self.called, self.one_direction = called, one_direction
        too_long = format_lazy(_("{called} has %(show_value)d characters: use %(limit_value)d or fewer"), called=called)
        options["error_messages"] = {"max_length": too_long, **options.get("error_messages", {})}
        super().__init__(**options)

    def to_python(self, value: str | None) -> str:
        text = without_turning_marks(value or "") if self.one_direction else value or ""
        try:
            text = plain(text, called=str(self.called), lines=isinstance(self.widget, forms.Textarea))
        except Refused as refusal:
            sentence = gettext(refusal.sentence).format(called=self.called)
            raise ValidationError(sentence, code="unreadable") from refusal
        return super().to_python(text) or ""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # No maxlength: with it a browser cuts what is pasted, and says nothing.
        return {}
