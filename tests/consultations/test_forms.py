"""What counts as an answer to the request form, and the sentence a person reads when something does not."""

import time
from datetime import UTC, datetime

import pytest
import time_machine
from django.core import signing
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from rlsinfo.consultations.consent import CALL_VERSION, CALL_WORDING, TEXT_VERSION, TEXT_WORDING
from rlsinfo.consultations.forms import RequestForm, article_path
from rlsinfo.consultations.models import ConsultationRequest

MARK_AROUND_A_COPIED_NUMBER = "\u202a"
FILLED_IN = {
    "urgent": "no",
    "name": "Ana Ortiz",
    "phone": "(555) 010-0177",
    "email": "ana@example.com",
    "best_times": ["morning", "afternoon"],
    "may_leave_message": "yes",
    "topic": "rls_or_veins",
    "note": "Please ask for me at the front desk.",
    "help_needed": "",
    "consent": [CALL_VERSION],
    "website": "",
    "key": "a-key-that-the-form-was-opened-with",
    "source": "/causes/iron-and-rls/",
}


def words(**changes: str | list[str]) -> QueryDict:
    """What a browser sends for a form filled in without a fault, but for the changes."""
    data = QueryDict(mutable=True)
    for name, value in (FILLED_IN | changes).items():
        data.setlist(name, [value] if isinstance(value, str) else value)
    return data


def sentences(**changes: str | list[str]) -> dict[str, list[str]]:
    return dict(RequestForm(words(**changes)).errors)


def answered(**changes: str | list[str]):
    form = RequestForm(words(**changes))
    assert form.is_valid(), form.errors
    return form.answers(now=datetime.now(UTC))


def test_a_form_filled_in_without_a_fault_is_accepted():
    assert sentences() == {}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("urgent", [], "Say whether one of these is happening now"),
        ("name", "", "Enter your full name"),
        ("name", "   ", "Enter your full name"),
        ("name", "12345 --", "Enter a name with at least one letter"),
        ("name", "\u200b\u3164", "Enter your full name"),
        ("name", "A" * 151, "The name has 151 characters: use 150 or fewer"),
        ("phone", "123456", "Enter a phone number of 7 to 15 digits, with its area code"),
        ("phone", "1" * 16, "Enter a phone number of 7 to 15 digits, with its area code"),
        ("phone", "call me", "Enter a phone number of 7 to 15 digits, with its area code"),
        ("email", "ana.example.com", "Enter an e-mail address like name@example.com"),
        ("email", "ana @example.com", "Enter an e-mail address like name@example.com"),
        ("best_times", ["midnight"], "Pick from the times in the list"),
        ("may_leave_message", [], "Say whether we may leave a message"),
        ("topic", [], "Pick what it is about"),
        ("topic", "money", "Pick what it is about"),
        ("note", "n" * 1001, "Your note has 1001 characters: use 1000 or fewer"),
        ("help_needed", "h" * 201, "The help you need has 201 characters: use 200 or fewer"),
        ("consent", [], "Tick the box if we may keep your answers"),
    ],
)
def test_each_field_says_in_its_own_words_what_is_wrong(field, value, sentence):
    assert sentences(**{field: value}) == {field: [sentence]}


def test_a_request_needs_a_phone_or_an_email():
    assert sentences(phone="", email="") == {
        "phone": ["Enter a phone number or an e-mail address so that we can reach you"]
    }


def test_an_email_address_will_do_instead_of_a_phone():
    answers = answered(phone="")

    assert (answers.phone, answers.email) == ("", "ana@example.com")


def test_a_phone_will_do_instead_of_an_email_address():
    assert answered(email="").email == ""


def test_a_faulty_address_without_a_phone_is_one_fault_and_not_two():
    assert set(sentences(phone="", email="ana")) == {"email"}


def test_a_faulty_phone_is_a_fault_even_beside_a_good_address():
    assert set(sentences(phone="12")) == {"phone"}


@pytest.mark.parametrize(
    "phone",
    [
        "5550100177",
        "555-010-0177",
        "(555) 010-0177",
        "555.010.0177",
        "+1 555 010 0177",
        "555 010 0177 ext. 22",
        "555-010-0177 x123456",
        "+44 20 7946 0958",
        "home 555 010 0177, after 4",
        "٥٥٥٠١٠٠١٧٧",
    ],
)
def test_a_phone_number_is_kept_as_it_was_typed(phone):
    assert answered(phone=phone).phone == phone


@pytest.mark.parametrize("name", ["José Núñez", "李小龙", "Nguyễn Văn A", "O'Neil-Smith, Jr.", "X"])
def test_a_name_of_any_script_is_a_name(name):
    assert answered(name=name).name == name


def test_spaces_around_an_answer_are_left_out():
    answers = answered(name="  Ana Ortiz ", email=" ana@example.com ", phone=" 555 010 0177 ")

    assert (answers.name, answers.email, answers.phone) == ("Ana Ortiz", "ana@example.com", "555 010 0177")


def test_marks_that_come_with_a_copied_number_are_left_out():
    assert answered(phone=f"{MARK_AROUND_A_COPIED_NUMBER}555 010 0177\u202c").phone == "555 010 0177"


@pytest.mark.parametrize(("field", "called"), [("name", "The name"), ("note", "Your note")])
def test_an_answer_that_turns_the_words_around_it_is_refused_with_every_word_kept(field, called):
    form = RequestForm(words(**{field: "Ana \u202eztirO"}))

    assert form.errors == {field: [f"{called} holds a hidden mark that turns words around: please type it again"]}
    assert form[field].value() == "Ana \u202eztirO"


def test_one_name_typed_on_two_keyboards_is_the_same_name():
    assert answered(name="Jose\u0301").name == "Jos\u00e9"


def test_a_tab_from_a_spreadsheet_becomes_a_space():
    assert answered(name="Ana\tOrtiz").name == "Ana Ortiz"


def test_a_note_keeps_its_lines():
    assert answered(note="One.\r\nTwo.\rThree.\u2028Four.").note == "One.\nTwo.\nThree.\nFour."


def test_a_note_of_a_thousand_characters_fits_however_its_lines_end():
    assert len(answered(note="n\r\n" * 499 + "nn").note) == 1000


@pytest.mark.parametrize(
    ("character", "what"),
    [
        *((control, "a control character") for control in "\x00\x07\x1b\x9f"),
        *((nothing, "a character we cannot read") for nothing in "\ufffe\ufdd0\U0001ffff\ud800"),
        ("q" + "\u0323" * 5, "a letter with more than 4 accents"),
    ],
)
@pytest.mark.parametrize(
    ("field", "called"),
    [
        ("name", "The name"),
        ("phone", "The phone number"),
        ("email", "The e-mail address"),
        ("note", "Your note"),
        ("help_needed", "The help you need"),
    ],
)
def test_a_character_that_nobody_can_read_is_refused(field, called, character, what):
    value = f"{FILLED_IN[field]}{character}x"

    assert sentences(**{field: value}) == {field: [f"{called} holds {what}: please type it again"]}


@pytest.mark.parametrize("field", ["name", "phone", "email", "help_needed"])
def test_an_answer_of_one_line_holds_no_line_end(field):
    assert set(sentences(**{field: f"{FILLED_IN[field]}\r\nBcc: all@example.com"})) == {field}


@given(st.text(), st.text())
def test_whatever_is_typed_is_either_refused_or_can_be_stored_and_read(name, note):
    form = RequestForm(words(name=name, note=note))

    if form.is_valid():
        answers = form.answers(now=datetime.now(UTC))
        assert any(character.isalpha() for character in answers.name)
        assert not {"\x00", "\r", "\u202e"} & set(answers.name + answers.note)
        assert (answers.name + answers.note).encode()


@pytest.mark.parametrize("field", ["name", "phone", "email", "note", "help_needed"])
def test_what_the_form_accepts_fits_its_column(field):
    assert RequestForm.base_fields[field].max_length == ConsultationRequest._meta.get_field(field).max_length


@pytest.mark.parametrize("field", ["name", "phone", "email", "note", "help_needed"])
def test_no_browser_cuts_what_is_pasted(field):
    assert "maxlength" not in str(RequestForm()[field])


def test_the_urgent_signs_are_asked_about_first():
    assert next(iter(RequestForm())).name == "urgent"


def test_the_consent_that_is_stored_names_the_words_that_were_agreed_to():
    assert answered().consent_version == "2026-11"
    # Words once agreed to never change: for new words add a version.
    assert CALL_WORDING == {
        "2026-11": "Yes. Keep my answers so that the clinic can call me or write to me. Only clinic staff see them.",
        "2026-11-es": (
            "Sí. Guarden mis respuestas para que la clínica pueda llamarme o escribirme."
            " Solo las ve el personal de la clínica."
        ),
    }
    assert TEXT_WORDING == {
        "texts-2026-11": "Yes. The clinic may also text me at this number about my request.",
        "texts-2026-11-es": "Sí. La clínica también puede mandarme mensajes de texto a este número sobre mi solicitud.",
    }


def test_words_that_changed_while_the_form_was_open_are_asked_again():
    assert sentences(consent=["2025-01"]) == {"consent": ["Tick the box if we may keep your answers"]}


def test_a_consent_is_stored_with_the_page_on_which_it_was_given(settings):
    settings.SITE_URL = "https://www.example.org"

    assert answered().consent_page == "https://www.example.org/consultation/request/"


def test_text_messages_have_a_box_of_their_own_which_nobody_needs_and_nobody_finds_ticked():
    field = RequestForm()["texts"]

    assert not field.field.required
    assert not field.value()
    assert [value for value, _ in field.field.choices] == [TEXT_VERSION]


@pytest.mark.parametrize(("ticked", "stored"), [([], ""), ([TEXT_VERSION], TEXT_VERSION)])
def test_consent_to_text_messages_is_stored_only_if_its_box_was_ticked(ticked, stored):
    assert answered(texts=ticked).text_consent_version == stored
    assert answered(texts=ticked).consent_version == CALL_VERSION


def test_nobody_is_asked_whether_advertising_may_be_sent():
    page = str(RequestForm()).lower()

    assert not [word for word in ("marketing", "newsletter", "offers", "news ") if word in page]


def test_words_about_text_messages_that_changed_while_the_form_was_open_are_asked_again():
    assert sentences(texts=["texts-2025-01"]) == {
        "texts": ["Tick the box again if we may text you: its words have changed"]
    }


def test_a_text_message_needs_a_number():
    assert sentences(phone="", texts=[TEXT_VERSION]) == {
        "phone": ["Enter a phone number that we may text, or take the tick for text messages away"]
    }


def test_every_opened_form_has_a_key_of_its_own():
    assert RequestForm()["key"].value() != RequestForm()["key"].value()


def test_a_form_keeps_its_key_until_it_is_sent():
    assert answered().submission_key == FILLED_IN["key"]


@pytest.mark.parametrize("key", ["", "short", "k" * 65, "a key with spaces in it", "key/../../etc/passwd"])
def test_a_request_with_a_key_that_is_not_ours_still_gets_through(key):
    assert len(answered(key=key).submission_key) == 43


@pytest.mark.parametrize("path", ["/causes/iron-and-rls/", "/about/"])
def test_the_article_a_person_came_from_is_kept(path):
    assert answered(source=path).source == path == article_path(path)


@pytest.mark.parametrize(
    "path",
    ["https://example.com/", "//example.com/", "/causes/../admin/", "/Causes/", "/?phone=5550100177", "/", "x" * 300],
)
def test_what_is_not_the_address_of_an_article_is_left_out(path):
    assert answered(source=path).source == article_path(path) == ""


def test_the_time_a_person_took_is_measured_from_the_opened_form():
    with time_machine.travel(datetime(2026, 11, 23, 15, 0, tzinfo=UTC), tick=False):
        started = RequestForm()["started"].value()

    form = RequestForm(words(started=started))
    form.is_valid()

    assert form.answers(now=datetime(2026, 11, 23, 15, 1, 35, tzinfo=UTC)).seconds_on_form == 95


@pytest.mark.parametrize(
    "started", ["", "yesterday", signing.dumps(time.time(), salt="another")], ids=["none", "words", "foreign"]
)
def test_a_time_that_we_did_not_sign_is_not_believed(started):
    assert answered(started=started).seconds_on_form is None


def test_what_fell_into_the_trap_is_passed_on_to_be_judged():
    assert answered(website="https://example.com/").trap == "https://example.com/"


def test_yes_and_no_to_a_message_are_told_apart():
    assert answered(may_leave_message="yes").may_leave_message is True
    assert answered(may_leave_message="no").may_leave_message is False


def test_the_check_shows_each_answer_under_a_short_name():
    form = RequestForm(
        words(email="", best_times=["midday", "morning"], help_needed="Spanish, please", texts=[TEXT_VERSION])
    )
    form.is_valid()

    assert list(form.shown()) == [
        ("name", "Full name", "Ana Ortiz"),
        ("phone", "Number to call", "(555) 010-0177"),
        ("email", "E-mail", ""),
        ("best_times", "Good time", "Midday, morning"),
        ("may_leave_message", "Leave a message", "Yes"),
        ("texts", "Text messages", "Yes. The clinic may also text me at this number about my request."),
        ("topic", "About", "Restless legs or veins, I am not sure which"),
        ("note", "Anything else", "Please ask for me at the front desk."),
        ("help_needed", "Interpreter or other help", "Spanish, please"),
    ]


def test_going_back_keeps_every_word_even_a_faulty_one():
    typed = words(phone="12", consent=[])

    form = RequestForm.kept(typed)

    assert not form.errors
    for name in FILLED_IN.keys() - {"best_times", "consent"}:
        assert form[name].value() == typed[name]
    assert form["best_times"].value() == ["morning", "afternoon"]
    assert not form["consent"].value()


def test_words_sent_without_a_key_are_given_one():
    typed = words()
    del typed["key"]

    assert len(RequestForm.kept(typed)["key"].value()) == 43
