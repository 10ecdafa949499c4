"""Facts and sources: a sound one passes, each kind of broken one gives a sentence."""

import pytest

from opioidsim.cases.drug import Drug
from opioidsim.facts.evidence import (
    LIBRARY,
    READ,
    Fact,
    build,
    faults,
    glossary,
    how_read,
    read_toml,
    sources,
    walk,
)
from opioidsim.facts.source_faults import source_faults
from opioidsim.refusal import Refusal

SOURCE = next(iter(sources()))
SOUND = {"value": 10, "unit": "L/h", "basis": "measured", "source": SOURCE, "where": "Table 1"}


def complaints(symbol="CL", **changes):
    return faults(("drug", symbol), Fact(**{**SOUND, **changes}))


def test_a_sound_fact_has_no_fault():
    assert complaints() == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"unit": "L"}, 'CL is given in "L" but must be in "L/h"'),
        ({"unit": "L/h/kg"}, 'CL is given in "L/h/kg" but must be in "L/h"'),
        ({"unit": ""}, 'CL is given in "" but must be in "L/h"'),
        ({"unit": "furlong"}, 'CL is given in "furlong" but must be in "L/h"'),
        ({"value": glossary()["facts"]["CL"].high * 2}, "lies outside the plausible"),
        ({"value": glossary()["facts"]["CL"].low / 2}, "lies outside the plausible"),
        ({"value": 100, "unit": "L/s"}, "100 L/s lies outside the plausible"),
        ({"high": 1e9}, "1e+09 L/h lies outside the plausible"),
        ({"low": 0}, "0 L/h lies outside the plausible"),
        ({"median": 1e9}, "1e+09 L/h lies outside the plausible"),
        ({"most": 1e9}, "1e+09 L/h lies outside the plausible"),
        ({"basis": "assumed"}, "a value that is assumed must say in `note`"),
        ({"basis": "scaled"}, "a value that is scaled must say in `note`"),
        ({"basis": "fitted"}, "a value that is fitted must say in `note`"),
        ({"source": ""}, "a value that is measured needs a `source`"),
        ({"source": SOURCE + "x"}, f'source "{SOURCE}x" is not in sources.toml. Did you mean "{SOURCE}"'),
        ({"where": ""}, f"say in `where` at which place of {SOURCE}"),
        ({"spread": 0}, "a spread of 0 is no coefficient of variation"),
        ({"spread": 30}, "a spread of 30 is no coefficient of variation"),
    ],
)
def test_a_broken_fact_gives_one_sentence(changes, sentence):
    (complaint,) = complaints(**changes)
    assert complaint.startswith("drug.CL: ")
    assert sentence in complaint


def test_an_assumed_fact_with_its_reason_needs_no_source():
    assert complaints(basis="assumed", note="why", source="", where="") == []


def test_a_symbol_without_meaning_gives_the_nearest_one():
    (complaint,) = complaints(symbol="V11")
    assert 'the glossary has no symbol "V11"' in complaint
    assert 'Did you mean "V1"' in complaint


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (341.4, '"molar_mass" is 341.4'),
        ({**SOUND, "basis": "guessed"}, "\"molar_mass.basis\" is 'guessed'"),
        ({**SOUND, "wheer": "Table 1"}, '"molar_mass.wheer" is not a key that belongs here'),
        ({"unit": "g/mol", "basis": "measured"}, '"molar_mass.value" is missing'),
        ({**SOUND, "value": "ten"}, '"molar_mass.value" is'),
    ],
)
def test_a_number_without_its_origin_cannot_be_read(changes, sentence):
    table = read_toml(LIBRARY / "drugs" / "fentanyl.toml") | {"molar_mass": changes}
    with pytest.raises(Refusal) as refusal:
        build(Drug, table, "drugs/fentanyl.toml")
    assert sentence in str(refusal.value)


def test_every_source_can_be_found_by_others():
    assert source_faults() == []


def test_a_source_without_a_number_is_a_fault(monkeypatch):
    blank = sources()[SOURCE].model_copy(update={"doi": "", "pmid": "", "number": "", "in_": "A journal"})
    monkeypatch.setitem(sources(), SOURCE, blank)
    assert source_faults() == [
        f"sources.toml, {SOURCE}: give a doi, a pmid, the number of the document, or volume and pages (doi, pmid, number, in)."
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"read_in": ""},
            "say in `read_in` how its numbers were seen: paper, abstract, label, code, quoted, recalled.",
        ),
        ({"in_": "J 5:1-2", "number": "J 5(3):1-2"}, "its `number` says again where it appeared; leave it out."),
        ({"doi": "doi:10.1000/1"}, '"doi:10.1000/1" is no DOI'),
        ({"doi": "10.10/1"}, '"10.10/1" is no DOI'),
        ({"doi": "10.1000/j.abc.1975.1"}, "its DOI says 1975, its year is 1988."),
        ({"pmid": "PMC123"}, '"PMC123" is no PMID'),
        ({"year": 1989}, "its key says 1988, its year is 1989."),
        ({"pmid": sources()["meyer-1984"].pmid}, f"{sources()['meyer-1984'].pmid} is what meyer-1984 gives already."),
        ({"doi": sources()["comer-2002"].doi.upper()}, f"{sources()['comer-2002'].doi} is what"),
    ],
)
def test_a_source_that_does_not_agree_with_itself_is_a_fault(monkeypatch, changes, sentence):
    monkeypatch.setitem(sources(), "lee-1988", sources()["lee-1988"].model_copy(update=changes))
    (complaint,) = source_faults()
    assert sentence in complaint


def test_a_fact_was_read_as_its_source_was_unless_it_says_otherwise():
    assert how_read(Fact(**SOUND)) == sources()[SOURCE].read_in
    assert {how_read(Fact(**SOUND, read_in=word)) for word in READ} == set(READ)
    assert how_read(Fact(value=1, basis="assumed", note="why")) == ""


def test_a_way_of_reading_that_there_is_not_is_refused():
    with pytest.raises(Refusal, match="read_in"):
        Fact(**SOUND, read_in="seen")


def test_walking_finds_every_fact_with_its_path():
    fact = Fact(**SOUND)
    tree = {"a": {"b": fact, "c": (1, {"d": fact})}, "e": None}
    assert [path for path, _ in walk(tree)] == [("a", "b"), ("a", "c", "2", "d")]


def test_broken_toml_is_refused_with_its_line(tmp_path):
    path = tmp_path / "drug.toml"
    path.write_text("name = \n")
    with pytest.raises(Refusal, match=r"drug\.toml is not valid TOML: .*line 1"):
        read_toml(path)
