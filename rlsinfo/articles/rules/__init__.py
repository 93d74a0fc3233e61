"""What we ask of each article and of the set, beyond what a single field or line can show; today is an argument."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from rlsinfo.articles.document import SPANISH, Article
from rlsinfo.articles.evidence import Glossary, Register
from rlsinfo.articles.problems import Problem
from rlsinfo.articles.rendering import anchors
from rlsinfo.articles.rules import alarm, balance, evidence, medicines, numbers, page, reading, translation
from rlsinfo.articles.rules.context import Context

RULES = (
    evidence.rests_on_something,
    evidence.no_stronger_than_the_evidence,
    evidence.goes_the_guidelines_way,
    evidence.sources_stand,
    medicines.medicines_are_not_stopped,
    medicines.medicines_are_in_the_register,
    medicines.medicines_are_called_what_they_are,
    balance.promises_nothing,
    balance.says_when_we_are_wrong,
    alarm.emergency_cards_hold_no_link,
    alarm.emergency_cards_say_whom_to_call,
    alarm.urgent_cards_say_where_to_go,
    alarm.cards_do_not_lead_to_us,
    alarm.do_not_lines_say_so,
    alarm.few_notes,
    alarm.a_heading_follows_a_card,
    alarm.skin_is_of_every_color,
    reading.reads_easily,
    reading.hard_words_are_explained,
    numbers.no_bare_percentage,
    numbers.one_denominator,
    numbers.american_units_and_words,
    page.links_lead_somewhere,
    page.related_pages_exist,
    page.the_sheet_is_there,
    page.ends_with_questions,
    page.pictures_are_described,
    page.terms_once,
    page.review_is_not_overdue,
)
"""Asked of each article."""

RULES_OF_TRANSLATIONS = (
    translation.translates_a_page,
    translation.is_not_older_than_its_page,
    translation.was_checked_as_it_is,
    translation.is_built_like_its_page,
    translation.rests_on_the_same,
    translation.names_the_same_medicines,
    translation.has_the_same_numbers,
    translation.leads_to_the_same_pages,
    translation.has_spanish_words_for_all,
    translation.reads_easily,
    translation.emergency_cards_say_whom_to_call,
    translation.do_not_lines_say_so,
    alarm.emergency_cards_hold_no_link,
    alarm.few_notes,
    alarm.a_heading_follows_a_card,
    numbers.no_bare_percentage,
    page.links_lead_somewhere,
    page.the_sheet_is_there,
    page.pictures_are_described,
    page.terms_once,
    page.review_is_not_overdue,
)
"""Asked of each page in Spanish: what holds in every language, and that it says what the English page says."""

RULES_OF_THE_SET = (
    evidence.claims_are_used,
    alarm.every_red_flag_is_named,
    page.pictures_can_be_translated,
    page.every_article_is_linked,
    page.titles_differ,
)

RULES_OF_THE_TRANSLATIONS = (page.titles_differ, translation.sentences_are_used)


def review(
    articles: Iterable[Article],
    register: Register,
    glossary: Glossary,
    pictures: Mapping[str, str],
    addresses: Iterable[str],
    today: date,
) -> tuple[Problem, ...]:
    """Every rule on every article, then the rules on the set. `addresses` are the pages that are not articles."""
    context = context_of(articles, register, glossary, pictures, addresses, today)
    of_articles = (problem for article in context.articles for problem in of_article(article, context))
    return (*of_articles, *of_the_set(context))


def context_of(
    articles: Iterable[Article],
    register: Register,
    glossary: Glossary,
    pictures: Mapping[str, str],
    addresses: Iterable[str],
    today: date,
) -> Context:
    """What the rules look at."""
    articles = tuple(articles)
    targets = dict.fromkeys(addresses, frozenset[str]()) | {article.address: anchors(article) for article in articles}
    targets["/glossary/"] = frozenset(term.id for term in glossary)
    return Context(articles, register, glossary, pictures, targets, today)


def spanish_context_of(
    translations: Iterable[Article],
    english: Context,
    register: Register,
    glossary: Glossary,
    pictures: Mapping[str, str],
) -> Context:
    """What the rules on pages in Spanish look at: a link may lead to any page, to its Spanish version if there is one."""
    translations = tuple(translations)
    # Their headings have the ids of the English ones.
    own = {
        each.address: english.targets.get(each.address.removeprefix(f"/{SPANISH}"), frozenset())
        for each in translations
    }
    targets = {**english.targets, **own, "/glossary/": frozenset(term.id for term in glossary)}
    return Context(translations, register, glossary, pictures, targets, english.today, english)


def of_article(article: Article, context: Context) -> Iterator[Problem]:
    rules = RULES_OF_TRANSLATIONS if article.is_spanish else RULES
    return (problem for rule in rules for problem in rule(article, context))


def of_the_set(context: Context) -> Iterator[Problem]:
    rules = RULES_OF_THE_SET if context.english is None else RULES_OF_THE_TRANSLATIONS
    return (problem for rule in rules for problem in rule(context))
