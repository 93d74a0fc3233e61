"""A whole article, register and content folder for tests; a test changes only what matters to it."""

from pathlib import Path
from textwrap import dedent

from rlsinfo.articles import document, evidence
from rlsinfo.articles.document import Article, Problem
from rlsinfo.articles.evidence import Glossary, Register

HEADER = {
    "title": "Iron and restless legs",
    "summary": "Low iron is closely tied to restless legs. Ask for two blood tests before you take iron pills.",
    "order": "2",
    "key_facts": "\n  - You can be low in iron without anemia.\n  - Ask for two tests.",
    "reviewed": "",
    "reviewer": "",
    "next_review": "",
    "updated": "2026-11-20",
    "changes": "\n  - 2026-11-20: First version of this page.",
    "related": "\n  - causes/family-and-genes\n  - symptoms/what-rls-feels-like",
}
BALANCED = {
    "benefits": "Iron may ease RLS.[@iron-02]",
    "harms": "Pills can upset your gut.[@iron-01]",
    "without_treatment": "RLS may stay as it is.[@iron-02]",
    "unknowns": "Nobody knows who will get better.[@vein-01]",
    "other_options": "There are other medicines.[@guideline:adult-gabapentin]",
}
BODY = """
Low iron is common.[@iron-01]

## What is it?

Iron is a metal.[@iron-01]

## What to ask your clinician

- What is my ferritin?
- What is my TSAT?
- Should I take iron?
"""

CLAIMS = """
- {id: iron-01, topic: iron, statement: Low iron and RLS go together., strength: well established, references: [allen-2014],
   wording: Say so., basis: Many studies., checked: 2026-11-20}
- {id: iron-02, topic: iron, statement: Iron may ease RLS in some people., strength: limited, references: [allen-2014],
   wording: Say may., basis: Small studies., checked: 2026-11-20, unused_because: Kept for another page.}
- {id: vein-01, topic: veins, statement: It has not been shown that vein treatment eases RLS., strength: not established,
   references: [allen-2014], wording: Never promise., basis: No trial., checked: 2026-11-20, unused_because: Kept for another page.}
- {id: heart-01, topic: heart, statement: Studies disagree about RLS and the heart., strength: studies disagree,
   references: [allen-2014], wording: Say so., basis: Mixed., checked: 2026-11-20, unused_because: Kept for another page.}
- {id: dopa-01, topic: medicines, statement: Dopamine medicines often make RLS worse., strength: good evidence,
   references: [aasm-2025], wording: Say so., basis: A guideline., checked: 2026-11-20, unused_because: Kept for another page.}
"""
REFERENCES = """
- {key: allen-2014, authors: "Allen RP, Picchietti DL, Auerbach M, et al.", title: Diagnostic criteria, year: 2014,
   source: Sleep Medicine, doi: 10.1016/j.sleep.2014.03.025, kind: consensus, verified: seen}
- {key: aasm-2025, authors: "Berkowski JA, Winkelman JW", title: A guideline, source: Sleep, year: 2025,
   url: "https://www.aasm.org/guideline/", kind: guideline, verified: seen}
"""
GUIDELINE = """
good_practice:
- {id: gps-iron, text: Everyone with RLS should have two blood tests for iron., verified: seen, reference: aasm-2025}
recommendations:
- {id: adult-pramipexole, population: adults with RLS, intervention: the standard use of pramipexole, direction: against,
   strength: conditional, certainty: moderate, verified: seen, plain_words: Not suggested., reference: aasm-2025}
- {id: adult-gabapentin, population: adults with RLS, intervention: gabapentin, direction: for, strength: strong,
   certainty: low, verified: seen, plain_words: Recommended., reference: aasm-2025}
- {id: adult-levodopa, population: adults with RLS, intervention: levodopa, direction: against, strength: conditional,
   verified: recalled, plain_words: Not suggested., reference: aasm-2025}
"""
RED_FLAGS = """
- {id: dvt, name: Blood clot in a leg vein, wording: One leg swells. Get care today., urgency: same day,
   why: Clots need fast treatment., references: [allen-2014]}
"""
MEDICINES = """
- {name: pramipexole, brands: [Mirapex], class: dopamine agonist, groups: [dopamine agonist], may_worsen_rls: yes,
   warning: It often makes RLS worse., claims: [dopa-01, "guideline:adult-pramipexole"]}
- {name: gabapentin, brands: [], class: alpha-2-delta ligand, groups: [], may_worsen_rls: no,
   warning: It can make you sleepy., claims: [iron-01]}
"""
HOME = """---
title: Restless legs guide
summary: Restless legs in plain words. What it is, what helps, and how sure we are of what we say.
updated: 2026-11-20
changes:
  - 2026-11-20: First version of this page.
---

Read what helps.
"""
GLOSSARY = """
- {term: Ferritin, definition: A blood test that shows how much iron the body has stored.}
- {term: Transferrin saturation (TSAT), definition: The percent of carriers that hold iron., also: [TSAT]}
- {term: Dopamine agonist, definition: A medicine that acts like dopamine.}
"""
FILES = {
    "claims.yaml": CLAIMS,
    "references.yaml": REFERENCES,
    "guideline.yaml": GUIDELINE,
    "red-flags.yaml": RED_FLAGS,
    "medicines.yaml": MEDICINES,
}
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 360 316" width="360" aria-labelledby="t"><title id="t">A leg</title>'
    '<desc>Its veins</desc><style>svg{color:red}</style><path id="arc" class="k" d="M0 0"/>'
    '<text><textPath href="#arc">Vein</textPath></text></svg>'
)


def make_text(body: str = BODY, **header: str | None) -> str:
    """The text of an article. A header field given as None is left out."""
    fields = {name: value for name, value in (HEADER | header).items() if value is not None}
    lines = "\n".join(
        f"{name}:{value if value.startswith(chr(10)) else f' {value}'.rstrip()}" for name, value in fields.items()
    )
    return f"---\n{lines}\n---\n{dedent(body)}"


def make_article(body: str = BODY, path: str = "causes/iron-and-rls", **header: str | None) -> Article:
    return document.read(make_text(body, **header), path)[0]


def problems_in(body: str = BODY, path: str = "causes/iron-and-rls", **header: str | None) -> tuple[Problem, ...]:
    return document.read(make_text(body, **header), path)[1]


def make_register(**files: str) -> Register:
    """The register of the sample evidence; a file is replaced by name: claims="..."."""
    replaced = {f"{name.replace('_', '-')}.yaml": text for name, text in files.items()}
    return evidence.read_register(FILES | replaced)[0]


def make_glossary() -> Glossary:
    return evidence.read_glossary(GLOSSARY)[0]


def make_content(folder: Path, articles: dict[str, str] | None = None) -> Path:
    """A content folder with three articles, or those given by path, a home page, the sample evidence and one picture."""
    if articles is None:
        iron, genes, symptoms = "causes/iron-and-rls", "causes/family-and-genes", "symptoms/what-rls-feels-like"
        articles = {
            iron: make_text(related=f"\n  - {genes}\n  - {symptoms}"),
            genes: make_text(title="Family and genes", order="3", related=f"\n  - {iron}\n  - {symptoms}"),
            symptoms: make_text(title="What RLS feels like", related=f"\n  - {iron}\n  - {genes}"),
        }
    for path, text in {"pages/home": HOME, **articles}.items():
        file = folder / f"{path}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for name, text in FILES.items():
        (folder / "evidence").mkdir(parents=True, exist_ok=True)
        (folder / "evidence" / name).write_text(text, encoding="utf-8")
    (folder / "glossary.yaml").write_text(GLOSSARY, encoding="utf-8")
    (folder / "images").mkdir(exist_ok=True)
    (folder / "images" / "leg.svg").write_text(DRAWING, encoding="utf-8")
    return folder
