"""What looks like advertising, and what may be urgent: judged, never dropped; no Django."""

import re
from typing import Protocol


class Screened(Protocol):
    """The answers a judgement rests on."""

    @property
    def name(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def help_needed(self) -> str: ...
    @property
    def trap(self) -> str: ...
    @property
    def seconds_on_form(self) -> float | None: ...


# Nobody reads the questions and types a name and a number in less.
FASTEST_PERSON = 3.0
LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|net|org|info|biz|ru|cn|top|xyz|shop|online|site)\b", re.IGNORECASE)
ADVERTISING = re.compile(
    r"\b(?:seo|backlinks?|guest posts?|casino|betting|bitcoin|crypto(?:currency)?|forex|escorts?|web ?design"
    r"|rank(?:ing)?s? (?:on|in) google|your (?:web ?site|domain)|marketing agency|business loans?)\b",
    re.IGNORECASE,
)

# Words of the urgent signs, as people write them. A list errs towards showing a note too often: staff read it
# before they dial, and that is all it does.
URGENT = re.compile(
    r"""
    \b(?:
        suicid\w* | (?:kill|hurt|harm)(?:ing)?\ (?:myself|me) | end(?:ing)?\ (?:my|it)\ (?:life|all)
      | (?:do\ not|don't|dont|no\ longer)\ want\ to\ (?:live|be\ here) | (?:can't|cant|cannot)\ go\ on
      | chest\ (?:pain|pains|pressure|tightness) | pains?\ in\ (?:my|the)\ chest | heart\ attack | stroke
      | (?:can't|cant|cannot|trouble|hard\ to|difficulty|difficult\ to)\ breath\w* | short(?:ness)?\ of\ breath
      | breathless\w* | cough\w*\ (?:up\ )?blood | faint(?:ed|ing)? | pass(?:ed|ing)\ out
      | blood\ clots? | dvt | embolism | bleed(?:s|ing)? | (?:one|left|right)\ leg\ (?:is\ )?(?:very\ )?swollen
      | swelling\ in\ (?:one|my\ left|my\ right)\ leg | (?:leg|foot)\ (?:is\ |has\ )?(?:gone\ |turned\ )?
        (?:cold|blue|black|pale|numb) | (?:can't|cant|cannot)\ (?:walk|move|feel)\ | can't\ (?:pee|urinate)
      | face\ (?:is\ )?droop\w* | emergency | overdose\w*
    )""",
    re.IGNORECASE | re.VERBOSE,
)


URGENT_IN_SPANISH = re.compile(
    r"""
    \b(?:
        suicid\w* | (?:matar|lastimar|quitar)me | hacerme\ da[nñ]o | (?:quitarme|acabar\ con)\ (?:mi|la)\ vida
      | no\ quiero\ (?:vivir|seguir) | ya\ no\ puedo\ m[aá]s | me\ quiero\ morir | quiero\ morir(?:me)?
      | (?:dolor|presi[oó]n|opresi[oó]n)\ (?:de|en\ el)\ pecho | me\ duele\ el\ pecho | ataque\ al\ coraz[oó]n | infarto
      | derrame | (?:no\ puedo|me\ cuesta|dificultad\ (?:para|al))\ respirar | (?:falta\ de\ aire|me\ falta\ el\ aire)
      | me\ ahogo | tos\w*\ (?:con\ )?sangre | desmay\w* | co[aá]gulos? | trombosis | embolia | sangr(?:a|ando|ado)
      | (?:una|la)\ (?:sola\ )?pierna\ (?:izquierda\ |derecha\ )?(?:est[aá]\ )?(?:muy\ )?hinchada
      | (?:pierna|pie)\ (?:est[aá]\ )?(?:fr[ií][ao]|azul|negr[ao]|p[aá]lid[ao]|dormid[ao]|adormecid[ao])
      | no\ (?:puedo|siento)\ (?:caminar|mover|las?\ pierna) | no\ puedo\ orinar
      | cara\ (?:ca[ií]da|torcida) | emergencia | sobredosis
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def spam_reasons(answers: Screened) -> tuple[str, ...]:
    """Why this looks like advertising, in sentences for staff; empty unless the signs are strong.

    The hidden field is strong by itself. Any other sign also happens to people: it takes two.
    """
    text = f"{answers.name}\n{answers.note}\n{answers.help_needed}"
    seconds = answers.seconds_on_form
    trapped = bool(answers.trap.strip())
    reasons = tuple(
        reason
        for found, reason in (
            (trapped, "A field that people cannot see was filled in."),
            (seconds is None, "It is not known when the form was opened."),
            (seconds is not None and seconds < FASTEST_PERSON, "It was sent within 3 seconds."),
            (LINK.search(text), "It holds a web address."),
            (ADVERTISING.search(text), "It uses words of advertising."),
        )
        if found
    )
    return reasons if trapped or len(reasons) >= 2 else ()


def looks_urgent(note: str) -> bool:
    """Whether somebody should read this note before anything else."""
    straight_quotes = note.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    text = " ".join(straight_quotes.split())
    return bool(URGENT.search(text) or URGENT_IN_SPANISH.search(text))
