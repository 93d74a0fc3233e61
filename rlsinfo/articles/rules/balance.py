"""Rules on balance: nothing is promised, and a page about veins says when this clinic is the wrong one."""

from collections.abc import Iterator

from rlsinfo.articles.document import Article
from rlsinfo.articles.outline import Kind
from rlsinfo.articles.problems import Problem
from rlsinfo.articles.rules.context import NEGATION, Context, Phrases, must, sentences

NOT_US = "When we are not the right clinic"

BANNED = Phrases(
    (r"cures?|cured|curing", "Say what may get better, for whom, and how sure we are."),
    (r"root causes?|hidden causes?", "Say what is known about the cause, and what is not."),
    (r"breakthroughs?|miracles?", "Say what the study found, and in how many people."),
    (r"guarantees?|guaranteed", "Nobody can promise a result: say what studies found."),
    (
        r"pain-?free|symptom-?free|risk-?free|100 ?(?:%|percent) (?:safe|effective)|(?:totally|completely|perfectly) safe"
        r"|(?:instant|permanent|lasting) (?:relief|results)|life-?changing|chang\w+ (?:my|your|their) (?:life|lives)"
        r"|free (?:from|of) (?:rls|restless legs)|say goodbye to|success rates?|proven to (?:work|help|ease|relieve)",
        "Say what studies found, in how many people, and what can go wrong.",
    ),
    (
        r"testimonials?|success stor(?:y|ies)|before[- ]and[- ]after (?:photo|picture|image|score)s?"
        r"|(?:our|happy|satisfied) patients (?:say|tell|report|love|feel|rave|agree)|(?:happy|satisfied) patients",
        "Leave it out: one person's story cannot show that a treatment works.",
    ),
    (
        r"state[- ]of[- ]the[- ]art|cutting[- ]edge|world[- ]class|leading[- ]edge|revolutionary|innovative|highly trained"
        r"|second to none|the best (?:clinic|care|doctors?|results?|treatment)|leading (?:clinic|experts?|specialists?)"
        r"|(?:relief|comfort|results?|care) you deserve",
        "Say plainly what is done and by whom: praise tells a reader nothing.",
    ),
    (r"hipaa[- ]compliant", "Say in plain words what is kept, where, and who sees it."),
)


def promises_nothing(article: Article, context: Context) -> Iterator[Problem]:
    """Words that promise too much may be denied or asked about, never said."""
    for sentence in sentences(article):
        found = BANNED.find(sentence.words)
        if found and not sentence.words.endswith("?") and not NEGATION.search(sentence.words):
            words, remedy = found
            yield must(article, sentence.line, f"“{words}” promises too much.", remedy)


def says_when_we_are_wrong(article: Article, context: Context) -> Iterator[Problem]:
    """A page about veins, written by those who treat them, says who should go elsewhere."""
    if article.section == "vascular" and not any(
        block.kind is Kind.HEADING and block.words.rstrip("?").casefold() == NOT_US.casefold()
        for block in article.body_blocks
    ):
        remedy = f"Add “## {NOT_US}”: who should go elsewhere first, and where."
        yield must(article, article.body_line, "This page does not say when we are the wrong clinic.", remedy)
