"""A page in Spanish says what its English page says, on the same grounds, and is no older than that."""

from datetime import date

import pytest

from rlsinfo.articles import evidence, rules
from rlsinfo.articles.problems import Level
from tests.articles.factories import make_article, make_register
from tests.articles.rules.samples import DO_NOT_STOP, EXCEPTION, OTHERS, PICTURES, TODAY

ENGLISH = f"""
Low iron is common.[@iron-01]

## Call now

!!! emergency "Call 911 now if:"
    - one leg swells[@flag:dvt]

## What helps?

Take it for 3 days, says [this page](/causes/family-and-genes/).[@iron-01]
Pramipexole may help 45 in 100 people.[@iron-02]

{DO_NOT_STOP} {EXCEPTION}

!!! dont "Do not"
    - do not wait

## What to ask your clinician

- What is my ferritin?
- What is my TSAT?
- Should I take iron?
"""
SPANISH = """
El hierro bajo es común.[@iron-01]

## Llame ahora

!!! emergency "Llame al 911 ahora si:"
    - se le hincha una pierna[@flag:dvt]

## ¿Qué ayuda?

Tome esto por 3 días, dice [esta página](/causes/family-and-genes/).[@iron-01]
El pramipexol puede ayudar a 45 de cada 100 personas.[@iron-02]

No deje una medicina por su cuenta.

!!! dont "No haga esto"
    - no espere

## Qué preguntar a su profesional de salud

- ¿Cuál es mi ferritina?
- ¿Cuál es mi TSAT?
- ¿Debo tomar hierro?
"""
SPOKEN = {
    "Low iron and RLS go together.": "El hierro bajo y el SPI van juntos.",
    "Iron may ease RLS in some people.": "El hierro puede aliviar el SPI en algunas personas.",
    "Blood clot in a leg vein. Clots need fast treatment.": "Coágulo en una vena de la pierna.",
    "pramipexole": "pramipexol",
}
HEADER = {
    "title": "El hierro y las piernas",
    "summary": "El hierro bajo va junto con las piernas inquietas. Pida dos análisis de sangre.",
    "key_facts": "\n  - Puede faltarle hierro.\n  - Pida dos análisis.",
    "changes": "\n  - 2026-11-20: Primera versión.",
    "translates": "2026-11-20",
    "translation_checked": "",
}


def review(
    body: str = SPANISH, english: str = ENGLISH, spoken=SPOKEN, original=None, path="causes/iron-and-rls", **header
):
    """What is wrong with a page in Spanish beside its English page."""
    register = make_register()
    page = make_article(english, path=path, **(original or {}))
    known = rules.context_of((page, *OTHERS), register, evidence.Glossary(), PICTURES, ["/"], TODAY)
    article = make_article(body, path=f"es/{path}", **HEADER | header)
    spoken = type(register)(**{**vars_of(register), "spoken": spoken})
    context = rules.spanish_context_of((article,), known, spoken, evidence.Glossary(), PICTURES)
    return [*rules.of_article(article, context), *rules.of_the_set(context)]


def vars_of(register):
    return {name: getattr(register, name) for name in register.__dataclass_fields__}


def said(*arguments, **header):
    return [problem.message for problem in review(*arguments, **header)]


def test_a_page_that_says_the_same_is_right():
    assert said() == []


def test_there_is_no_translation_of_a_page_that_there_is_not():
    register = make_register()
    context = rules.context_of(OTHERS, register, evidence.Glossary(), PICTURES, ["/"], TODAY)
    article = make_article(SPANISH, path="es/causes/iron-and-rls", **HEADER)

    found = rules.of_article(article, rules.spanish_context_of((article,), context, register, evidence.Glossary(), {}))

    assert "There is no English page causes/iron-and-rls." in [problem.message for problem in found]


@pytest.mark.parametrize("grave", ["emergency", "medicine"])
def test_a_translation_about_red_flags_or_medicines_must_not_be_older_than_its_page(grave):
    english = ENGLISH if grave == "emergency" else "\nPramipexole may help.[@iron-01]\n"
    found = review(english=english, original={"updated": "2026-11-21"})

    assert [each.level for each in found if "has changed since 2026-11-20" in each.message] == [Level.MUST]


def test_what_people_consent_to_must_not_be_older_than_its_page():
    found = review("\nHierro.\n", "\nIron.\n", original={"updated": "2026-11-21"}, path="pages/privacy")

    assert [each.level for each in found if "has changed since 2026-11-20" in each.message] == [Level.MUST]


def test_any_other_translation_should_not_be():
    found = review("\nHierro.[@iron-01]\n", "\nIron.[@iron-01]\n", original={"updated": "2026-11-21"})

    assert [each.level for each in found if "has changed since" in each.message] == [Level.SHOULD]


def test_a_translation_is_not_newer_than_its_page():
    assert said(translates="2026-11-21") == ["This translates a page that there is not yet."]


def test_a_page_that_changed_is_checked_again():
    changed = said(translation_checked="2026-11-19")

    assert changed == ["This page has changed since a translator checked it."]
    assert said(translation_checked="2026-11-20") == []


@pytest.mark.parametrize(
    ("spanish", "instead", "message"),
    [
        ("días, dice [esta página](/causes/family-and-genes/).[@iron-01]", "días, dice [esta página](/causes/family-and-genes/).", "The claims here are not those of the English page: iron-01."),
        ("común.[@iron-01]", "común.[@iron-02]", "The claims here are not those of the English page: iron-01, iron-02."),
        ("3 días", "30 días", "The numbers here are not those of the English page: 3, 30."),
        ("45 de cada 100", "54 de cada 100", "The numbers here are not those of the English page: 45, 54."),
        ("[esta página](/causes/family-and-genes/)", "esta página", "The links here are not those of the English page: /causes/family-and-genes/."),
        ("El pramipexol", "La gabapentin", "The English page names pramipexole, and this one does not."),
        ("El pramipexol", "El pramipexol o la gabapentin", "The English page does not name gabapentin."),
        ("El pramipexol", "El pramipexol (pramipexal)", "“pramipexal” is nearly the name of a medicine."),
        ('"Llame al 911 ahora si:"', '"Llame ahora si:"', "This emergency card's heading does not say whom to call."),
        ("- no espere", "- espere", "This line of a “do not” list does not say “no”."),
        ("se le hincha una pierna", "se le [hincha](/causes/family-and-genes/) una pierna", "There is a link in an emergency card."),
        ("45 de cada 100", "45 %", "“45 %” is a bare percentage."),
        ("El hierro bajo", "El hierro " + "muy " * 30 + "bajo", f"This sentence has 35 words: {('El hierro ' + 'muy ' * 30)[:60]}..."),
    ],
)  # fmt: skip
def test_what_differs_is_named(spanish, instead, message):
    assert spanish in SPANISH
    assert message in said(SPANISH.replace(spanish, instead))


def test_a_card_that_is_missing_is_noticed():
    card = SPANISH[SPANISH.index("!!! dont") : SPANISH.index("## Qué")]

    assert any("in the English page (line" in message for message in said(SPANISH.replace(card, "")))


def test_the_related_pages_are_the_same():
    related = "\n  - symptoms/what-rls-feels-like\n  - causes/family-and-genes"

    assert said(related=related) == ["The related pages are not those of the English page."]


def test_what_prints_alone_is_the_same_part():
    assert said(original={"sheet": "\n  - What helps?"}) == ["What prints alone is not what the English page prints."]
    assert said(original={"sheet": "\n  - What helps?"}, sheet="\n  - ¿Qué ayuda?") == []


def test_a_claim_that_there_is_not_is_told_elsewhere_and_not_looked_up():
    wrong = SPANISH.replace("común.[@iron-01]", "común.[@iron-99]")

    assert said(wrong) == ["The claims here are not those of the English page: iron-01, iron-99."]


def test_where_no_medicine_is_known_none_is_looked_for():
    register = make_register(medicines="")
    known = rules.context_of((make_article(ENGLISH), *OTHERS), register, evidence.Glossary(), PICTURES, ["/"], TODAY)
    article = make_article(SPANISH, path="es/causes/iron-and-rls", **HEADER)
    context = rules.spanish_context_of((article,), known, register, evidence.Glossary(), PICTURES)

    assert not any("medicine" in problem.message for problem in rules.of_article(article, context))


def test_what_the_numbers_lead_to_is_spanish_too():
    spoken = {english: spanish for english, spanish in SPOKEN.items() if not english.startswith("Low iron")}

    assert said(spoken=spoken) == ["“Low iron and RLS go together.” is not said in Spanish."]


def test_a_sentence_of_the_evidence_that_changed_leaves_its_translation_behind():
    [message] = said(spoken=SPOKEN | {"Iron and RLS go together.": "El hierro."})

    assert message == "Nothing says “Iron and RLS go together.” in English any more."


def test_a_drawing_with_english_words_has_a_spanish_one_of_its_own():
    figure = '\n\n![{}](leg.svg "{} | {}")\n\n## '
    english = ENGLISH.replace("\n## Call", figure.format("A leg and its veins, seen from the front side.", "Leg", "A leg.") + "Call", 1)  # fmt: skip
    spanish = SPANISH.replace("\n## Llame", figure.format("Una pierna y sus venas, vistas desde el frente.", "Pierna", "Una pierna.") + "Llame", 1)  # fmt: skip

    assert said(spanish, english) == ["The drawing leg.svg has English words."]


@pytest.mark.parametrize("path", ["causes/iron-and-rls", "pages/privacy"])
def test_long_words_and_sentences_are_hard_to_read(path):
    hard = "Consideraciones fisiopatológicas internacionales caracterizan indiscutiblemente electroencefalogramas. "

    assert any("on the scale of Szigriszt Pazos" in message for message in said(SPANISH.replace("El hierro bajo es común.", hard * 20), path=path))  # fmt: skip


def test_the_fields_of_a_translation_belong_to_pages_in_spanish():
    from tests.articles.factories import problems_in

    assert "“translates” belongs to pages in Spanish." in [
        each.message for each in problems_in(translates="2026-11-20")
    ]
    missing = problems_in(path="es/causes/iron-and-rls")
    assert "The field “translates” is missing." in [each.message for each in missing]


def test_a_day_of_a_translation_is_a_date():
    assert make_article(path="es/causes/iron-and-rls", translates="2026-11-20").translates == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ('!!! note "Uno"\n    Uno.\n\n### Dos\n\n!!! note "Dos"\n    Dos.\n\n### Tres\n\n!!! note "Tres"\n    Tres.', "There are more than 2 notes on this page."),
        ('!!! note "Uno"\n    Uno.\n\nSuelto.', "This stands right after a card without a heading."),
        ("[Nada](/nada/)", "There is no page /nada/"),
        ("Una [[ferritin|ferritina]].\n\nOtra [[ferritin|ferritina]].", "“ferritin” is linked to the glossary twice."),
        ('![Pierna.](leg.svg "Pierna | Una.")', "This picture is described in 7 characters."),
    ],
)  # fmt: skip
def test_what_holds_in_every_language_holds_in_spanish(added, message):
    before = "## Qué preguntar"
    assert message in said(SPANISH.replace(before, f"### Más\n\n{added}\n\n{before}"))


def test_a_sheet_names_headings_of_the_page_in_spanish():
    assert "“What helps?” is no heading of a sheet." in said(sheet="\n  - What helps?")


def test_a_review_that_is_overdue_is_reported():
    reviewed = {"reviewed": "2025-01-01", "reviewer": "Ana Ortiz", "next_review": "2026-01-01"}

    assert "The review of this page was due on 2026-01-01." in said(**reviewed)
