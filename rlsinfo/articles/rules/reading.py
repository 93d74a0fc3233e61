"""Rules on reading: how hard a page is, how long its sentences and paragraphs are, which words nobody uses at home."""

import re
from collections.abc import Iterator

from rlsinfo.articles import readability
from rlsinfo.articles.document import Article
from rlsinfo.articles.evidence import Glossary
from rlsinfo.articles.outline import Kind
from rlsinfo.articles.problems import Problem
from rlsinfo.articles.rules.context import Context, Phrases, must, sentences, should

GRADE_MUST, GRADE_SHOULD = 7.0, 6.0
SENTENCE_MUST, SENTENCE_SHOULD = 25, 20
PARAGRAPH = 3

HARD = Phrases(
    (r"hypertension|hypertensive", "high blood pressure"),
    (r"o?edema", "swelling"),
    (r"renal", "kidney"),
    (r"hepatic", "liver"),
    (r"cardiac", "heart"),
    (r"cardiovascular", "heart and blood vessels"),
    (r"pulmonary", "lung"),
    (r"intravenous(?:ly)?|i\.?v\.?", "by vein"),
    (r"oral(?:ly)?", "by mouth"),
    (r"(?:lower )?extremit(?:y|ies)", "leg"),
    (r"bilateral(?:ly)?", "on both sides"),
    (r"unilateral(?:ly)?", "on one side"),
    (r"nocturnal(?:ly)?", "at night"),
    (r"par[ae]+sthesias?", "tingling"),
    (r"pruritus", "itching"),
    (r"somnolence", "sleepiness"),
    (r"dyspn[eo]+a", "trouble breathing"),
    (r"syncope", "fainting"),
    (r"isch[ae]+mi[ac]", "too little blood"),
    (r"stenos[ie]s", "narrowing"),
    (r"thromb(?:osis|us|i)|embol(?:us|i|ism)", "blood clot"),
    (r"comorbid(?:ity|ities)?", "other conditions"),
    (r"contraindicat\w+", "should not be used"),
    (r"a?etiology|pathogenesis|pathophysiology", "cause"),
    (r"prognosis", "what to expect"),
    (r"prophyla\w+", "to prevent"),
    (r"efficac\w+", "how well it works"),
    (r"adverse", "unwanted"),
    (r"refractory", "hard to treat"),
    (r"(?:a|non-?)symptomatic", "without symptoms"),
    (r"exacerbat\w+", "make worse"),
    (r"alleviat\w+|ameliorat\w+|mitigat\w+", "ease"),
    (r"administer\w*|administration(?= of)", "give"),
    (r"discontinu\w+", "stop"),
    (r"utilize[ds]?|utilizing", "use"),
    (r"prior to", "before"),
)
_EXPLAINED = re.compile(r"\b(?:called|means?|names?|known as|word)\b|[(“\"]", re.IGNORECASE)


def reads_easily(article: Article, context: Context) -> Iterator[Problem]:
    grade = readability.measure(article.blocks).grade
    if grade > GRADE_SHOULD:
        level = must if grade > GRADE_MUST else should
        remedy = (
            f"Aim for {GRADE_SHOULD:.0f}; above {GRADE_MUST:.0f} is not published. Use shorter sentences and words."
        )
        yield level(article, article.body_line, f"The reading grade is {grade}.", remedy)
    for block in article.blocks:
        said = block.sentences
        for sentence in said:
            length = len(readability.words(sentence.words))
            if length > SENTENCE_SHOULD:
                level = must if length > SENTENCE_MUST else should
                remedy = f"Make two of it: {SENTENCE_SHOULD} words are enough, {SENTENCE_MUST} the most."
                yield level(article, sentence.line, f"This sentence has {length} words.", remedy)
        if block.kind is Kind.PARAGRAPH and len(said) > PARAGRAPH:
            remedy = f"Begin a new paragraph after {PARAGRAPH} at most."
            yield must(article, block.line, f"This paragraph has {len(said)} sentences.", remedy)


def hard_words_are_explained(article: Article, context: Context) -> Iterator[Problem]:
    """A word that people do not use at home is explained where it first stands, or a plainer one is taken."""
    met = set()
    for sentence in sentences(article):
        found = HARD.find(sentence.words)
        if not found or found[0].casefold() in met:
            continue
        word, plainer = found
        met.add(word.casefold())
        if not _EXPLAINED.search(sentence.words) and not _in_glossary(word, sentence.words, context.glossary):
            remedy = f"Write “{plainer}”, or explain it in the same sentence, or put it into the glossary."
            yield should(article, sentence.line, f"Not every reader knows “{word}”.", remedy)


def _in_glossary(word: str, text: str, glossary: Glossary) -> bool:
    """The word stands in the text as a term of the glossary, or as a part of one."""
    text = text.casefold()
    return any(word.casefold() in name and name in text for name in glossary.by_name)
