"""The register: what it makes of the evidence files, what it prints, and what their authors are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlsinfo.articles import evidence
from rlsinfo.articles.evidence import Reference, Strength
from rlsinfo.articles.sources import name_sources
from tests.articles.factories import FILES, GLOSSARY, GUIDELINE, REFERENCES, make_glossary, make_register


def make_reference(**changes: object) -> Reference:
    fields = dict.fromkeys(Reference.__annotations__, "") | {"authors": "Allen RP", "verified": True}
    return Reference(**(fields | changes))  # type: ignore[arg-type]


def told(name: str, text: str) -> list[tuple[int, str, str]]:
    """What is wrong with one file, beside the sample of all others."""
    problems = evidence.read_register(FILES | {name: text})[1]
    return [
        (problem.line, problem.message, problem.remedy) for problem in problems if problem.path == f"evidence/{name}"
    ]


def test_the_sample_evidence_has_no_problems():
    assert evidence.read_register(FILES)[1] == ()


# What a reader sees


def test_strengths_say_how_sure_we_are_in_words_and_bars():
    assert [(step.label, step.mark) for step in Strength] == [
        ("Well established", "s4"),
        ("Good evidence", "s3"),
        ("Limited", "s2"),
        ("Studies disagree", "s1"),
        ("Not established", "s0"),
    ]
    assert [step.is_weak for step in Strength] == [False, False, True, True, True]


@pytest.mark.parametrize(
    ("authors", "by"),
    [
        ("Kanter AH", "Kanter AH"),
        ("Raetz J, Wilson M, Collins K", "Raetz J, Wilson M, Collins K"),
        ("Hayes CA, Kingsley JR, Hamby KR, Carlow J", "Hayes CA and others"),
        ("Allen RP, Picchietti DL, Auerbach M, et al.", "Allen RP and others"),
        ("Winkelman JW, et al.", "Winkelman JW and others"),
        (
            "US Preventive Services Task Force (Curry SJ, Krist AH, Owens DK, et al.)",
            "US Preventive Services Task Force",
        ),
        ("Mayo Clinic staff", "Mayo Clinic staff"),
    ],
)
def test_a_reference_names_three_authors_at_most(authors, by):
    assert make_reference(authors=authors).by == by


@pytest.mark.parametrize(
    ("fields", "link", "words"),
    [
        ({"doi": "10.1/a", "url": "https://x.org/a", "pmid": "7"}, "https://doi.org/10.1/a", "doi\u00a010.1/a"),
        ({"url": "https://www.x.org/a", "pmid": "7"}, "https://www.x.org/a", "x.org"),
        ({"pmid": "7"}, "https://pubmed.ncbi.nlm.nih.gov/7/", "PubMed\u00a07"),
        ({}, "", ""),
    ],
)
def test_a_reference_leads_to_its_doi_or_else_its_page_or_else_pubmed(fields, link, words):
    reference = make_reference(**fields)

    assert (reference.link, reference.link_words) == (link, words)


def test_a_claim_rests_on_its_references_and_strength():
    ground = make_register().ground("iron-02", 3)

    assert ground is not None
    assert (ground.number, ground.id, ground.strength) == (3, "iron-02", Strength.LIMITED)
    assert ground.statement == "Iron may ease RLS in some people."
    assert [reference.key for reference in ground.references] == ["allen-2014"]


def test_a_red_flag_rests_on_its_name_and_reason():
    ground = make_register().ground("flag:dvt")

    assert ground is not None
    assert ground.statement == "Blood clot in a leg vein. Clots need fast treatment."
    assert ground.strength is None
    assert [reference.key for reference in ground.references] == ["allen-2014"]


@pytest.mark.parametrize(
    ("row", "statement", "strength"),
    [
        (
            "adult-pramipexole",
            "The 2025 guideline suggests against the standard use of pramipexole for adults with RLS.",
            Strength.GOOD_EVIDENCE,
        ),
        ("adult-gabapentin", "The 2025 guideline recommends gabapentin for adults with RLS.", Strength.LIMITED),
        ("adult-levodopa", "The 2025 guideline suggests against levodopa for adults with RLS.", None),
        ("gps-iron", "Everyone with RLS should have two blood tests for iron.", None),
    ],
)
def test_a_guideline_row_says_its_direction_and_how_sure_it_is_only_where_that_was_seen(row, statement, strength):
    ground = make_register().ground(f"guideline:{row}")

    assert ground is not None
    assert (ground.statement, ground.strength) == (statement, strength)


def test_a_certainty_that_nobody_has_seen_is_not_used():
    register = make_register(guideline=GUIDELINE.replace("low, verified: seen", "low, verified: recalled"))

    assert register.guideline["adult-gabapentin"].sure is None


def test_high_certainty_is_well_established():
    register = make_register(guideline=GUIDELINE.replace("certainty: low", "certainty: high"))

    assert register.guideline["adult-gabapentin"].sure is Strength.WELL_ESTABLISHED


@pytest.mark.parametrize("marker", ["iron-99", "flag:iron-01", "guideline:dvt", "dvt", ""])
def test_what_is_not_in_the_register_is_no_ground(marker):
    assert make_register().ground(marker) is None


def test_grounds_are_numbered_in_order_without_gaps_or_repeats():
    grounds = make_register().grounds(["iron-02", "nothing", "iron-01", "iron-02"])

    assert {marker: (ground.number, ground.id) for marker, ground in grounds.items()} == {
        "iron-02": (1, "iron-02"),
        "iron-01": (2, "iron-01"),
    }


def test_all_rows_of_the_guideline_share_one_number():
    grounds = make_register().grounds(["guideline:adult-levodopa", "iron-01", "guideline:adult-gabapentin", "iron-02"])

    assert [ground.number for ground in grounds.values()] == [1, 2, 1, 3]
    assert grounds["guideline:adult-gabapentin"].statement.startswith("Advice of experts")
    assert grounds["guideline:adult-gabapentin"].strength is None
    assert [each.key for each in grounds["guideline:adult-gabapentin"].references] == ["aasm-2025"]


def test_a_reference_nobody_has_seen_is_never_printed():
    register = make_register(
        references=REFERENCES.replace("consensus, verified: seen", "consensus, verified: recalled")
    )

    assert register.grounds(["iron-01"])["iron-01"].references == ()


@pytest.mark.parametrize(("retracted", "printed"), [("yes", False), ("no", True)])
def test_a_retracted_reference_is_never_printed(retracted, printed):
    register = make_register(references=REFERENCES.replace("kind: consensus", f"kind: x, retracted: {retracted}"))

    assert bool(register.ground("iron-01").references) is printed
    assert ("allen-2014" in name_sources(register.references.values())) is printed


def test_a_superseded_reference_is_never_printed():
    register = make_register(
        references=REFERENCES.replace("kind: consensus", "kind: consensus, superseded_by: aasm-2025")
    )

    assert register.grounds(["iron-01"])["iron-01"].references == ()


def test_a_page_without_a_date_says_so():
    register = make_register(references=REFERENCES.replace("year: 2014", "year: n.d."))

    assert register.references["allen-2014"].year == "no date"


def test_a_medicine_goes_by_its_name_and_brands():
    pramipexole, gabapentin = make_register().medicines

    assert pramipexole.names == ("pramipexole", "Mirapex")
    assert (pramipexole.may_worsen_rls, gabapentin.may_worsen_rls) == (True, False)


# What an author is told


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "message", "remedy"),
    [
        ("claims.yaml", "strength: limited", "strength: weak", 4, "“weak” is no value of “strength”", "limited"),
        (
            "claims.yaml",
            "2026-11-20, unused_because: Kept for another page.}\n- {id: vein",
            "May}\n- {id: vein",
            5,
            "“May” is not a date",
            "2026",
        ),
        ("claims.yaml", "wording: Say may.", "wording: ", 5, "“wording” is missing (in iron-02)", "Fill in"),
        ("claims.yaml", "id: iron-02, ", "", 4, "“id” is missing (in this entry)", "Fill in"),
        ("claims.yaml", "id: iron-02", "id: iron-01", 4, "“iron-01” stands here twice", "rename"),
        ("claims.yaml", "wording: Say may.", "wordng: x, wording: y", 5, "no field named “wordng”", "mean “wording”"),
        ("references.yaml", "year: 2014", "year: 14", 2, "“14” is not a year", "four digits"),
        ("references.yaml", "10.1016", "doi:10.1016", 2, "is not a DOI", "10.1016/j.sleep"),
        ("references.yaml", "https://www", "www", 4, "“www.aasm.org/guideline/” is not an address", "https://"),
        (
            "references.yaml",
            "consensus, verified: seen",
            "consensus, verified: maybe",
            3,
            "“maybe” is no value",
            "recalled",
        ),
        ("references.yaml", "kind: consensus", "kind: x, retracted: maybe", 3, "“maybe” is no value of", "yes"),
        (
            "references.yaml",
            "kind: consensus",
            "kind: x, superseded_by: none-1",
            1,
            "“none-1”, which is unknown",
            "register",
        ),
        ("guideline.yaml", "direction: for", "direction: maybe", 7, "“maybe” is no value of “direction”", "against"),
        ("guideline.yaml", "certainty: low", "certainty: fair", 8, "“fair” is no value of “certainty”", "very low"),
        (
            "guideline.yaml",
            "reference: aasm-2025}\nrec",
            "reference: x}\nrec",
            1,
            "“gps-iron” rests on “x”",
            "register",
        ),
        ("red-flags.yaml", "same day", "soon", 2, "“soon” does not say how soon", "call 911 now"),
        ("red-flags.yaml", "[allen-2014]", "[allen-2015]", 1, "“dvt” rests on “allen-2015”", "mean “allen-2014”"),
        ("medicines.yaml", "[dopa-01,", "[dopa-1,", 1, "“pramipexole” rests on “dopa-1”", "mean “dopa-01”"),
        ("claims.yaml", "[aasm-2025]", "[aasm-205]", 1, "“dopa-01” rests on “aasm-205”", "mean “aasm-2025”"),
    ],
)
def test_a_fault_in_the_evidence_is_told_with_its_file_and_a_remedy(name, old, new, line, message, remedy):
    assert old in FILES[name]

    found = told(name, FILES[name].replace(old, new, 1))

    assert [each for each in found if message in each[1] and remedy in each[2] and each[0] == line], found


def test_a_broken_link_is_told_on_the_line_of_its_entry_in_a_file_in_block_style():
    text = "# Signs\n\n- id: dvt\n  name: Clot\n  wording: Swells.\n  urgency: same day\n  why: Clots.\n  references: [none]\n"

    assert [line for line, message, _ in told("red-flags.yaml", text) if "rests on “none”" in message] == [3]


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_told(name):
    register, problems = evidence.read_register({each: text for each, text in FILES.items() if each != name})

    assert f"evidence/{name}" in {problem.path for problem in problems if "is missing" in problem.message}
    assert register


def test_a_file_that_cannot_be_read_is_told_once_and_the_rest_stands():
    register, problems = evidence.read_register(FILES | {"guideline.yaml": "a: b: c"})

    assert [problem.line for problem in problems if problem.path == "evidence/guideline.yaml"] == [1]
    assert register.claims


def test_a_file_that_is_no_list_is_told():
    assert told("claims.yaml", "iron-01: Low iron.")[0][1] == "This is not a list of entries."


def test_an_entry_that_is_no_entry_is_told():
    assert "“id” is missing" in told("claims.yaml", "- Low iron.")[0][1]


@given(st.sampled_from(sorted(FILES)), st.text())
def test_reading_any_evidence_gives_a_register_and_never_raises(name, text):
    register, _ = evidence.read_register(FILES | {name: text})

    assert register.grounds(["iron-01", "flag:dvt", "guideline:gps-iron"]) is not None


# The glossary


@pytest.mark.parametrize(
    "name", ["Transferrin saturation", "transferrin-saturation", "tsat", "Transferrin saturation (TSAT)"]
)
def test_a_term_is_found_by_its_id_and_by_each_of_its_names(name):
    term = make_glossary().find(name)

    assert term is not None
    assert (term.id, term.name) == ("transferrin-saturation", "Transferrin saturation (TSAT)")


def test_a_word_that_is_not_explained_is_not_found():
    assert make_glossary().find("iron") is None


def test_the_glossary_is_in_alphabetical_order():
    assert [term.name for term in make_glossary()] == [
        "Dopamine agonist",
        "Ferritin",
        "Transferrin saturation (TSAT)",
    ]
    assert len(make_glossary()) == 3


def test_a_term_that_is_explained_twice_is_told():
    [problem] = evidence.read_glossary(GLOSSARY + "- {term: Ferritin, definition: x}")[1]

    assert (problem.path, problem.line, problem.message) == ("glossary.yaml", 5, "“Ferritin” stands here twice.")
