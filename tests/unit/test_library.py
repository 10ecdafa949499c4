"""The library: every file loads, every fact in it is sound, every name in it leads somewhere."""

import re

import pytest

from opioidsim.cases import drug as drugs
from opioidsim.cases.cautions import rules
from opioidsim.cases.dose import parse
from opioidsim.cases.drug import Drug
from opioidsim.facts import library, units
from opioidsim.facts.evidence import LIBRARY, build, faults, glossary, how_read, read_toml, sources, walk
from opioidsim.studies import study as studies
from opioidsim.studies.measure import Measure

READINGS = [(name, reading) for name in drugs.names() for reading in ("", *drugs.load(name).readings)]
LIGANDS = [pair for pair in READINGS if "mu" in drugs.load(*pair).receptor]


def all_faults(tree, name):
    return [fault for path, fact in walk(tree) for fault in faults((name, *symbols(path)), fact)]


def symbols(path):
    """The path, with a metabolite's or population's name at its end replaced by what the number means."""
    return (*path[:-1], "fraction") if len(path) > 1 and path[-2] in ("metabolites", "presystemic") else path


@pytest.mark.parametrize(("name", "reading"), READINGS)
def test_every_fact_of_every_drug_and_reading_is_sound(name, reading):
    assert all_faults(drugs.load(name, reading), name) == []


@pytest.mark.parametrize("reading", ["", *library.readings()])
@pytest.mark.parametrize("group", library.groups())
def test_every_fact_of_the_body_is_sound_in_every_reading(group, reading):
    found = library.body(group, reading)
    assert list(walk(found))
    assert all_faults(found, group) == []


@pytest.mark.parametrize("reading", library.readings())
def test_a_reading_of_the_whole_model_changes_the_body_and_says_what(reading):
    assert library.readings()[reading]
    assert any(library.body(group, reading) != library.body(group) for group in library.groups())


@pytest.mark.parametrize("key", rules())
def test_every_caution_is_sound(key):
    rule = rules()[key]
    assert all_faults(rule, key) == []
    assert rule.source in sources()
    assert rule.where


@pytest.mark.parametrize("name", drugs.names())
def test_a_drug_has_the_name_of_its_file(name):
    assert drugs.load(name).name == name


@pytest.mark.parametrize(("name", "reading"), READINGS)
def test_every_metabolite_is_a_drug_of_the_library(name, reading):
    members = drugs.family(name, {name: reading} if reading else {})
    assert all(member.name in drugs.names() for member in members)


@pytest.mark.parametrize(("name", "reading"), LIGANDS)
def test_every_ligand_has_what_the_receptor_needs(name, reading):
    drug = drugs.load(name, reading)
    site = drug.receptor["mu"]
    assert (drug.ke0 is None) != (drug.biophase_half_life is None)
    assert (site.K is None) != (site.kon is None)
    assert site.koff is not None
    assert site.efficacy is not None


@pytest.mark.parametrize(("name", "reading"), LIGANDS)
def test_agonists_activate_and_nothing_else_does(name, reading):
    drug = drugs.load(name, reading)
    assert (drug.receptor["mu"].efficacy.value > 0) == ("agonist" in drug.role.split())


@pytest.mark.parametrize(("name", "reading"), [pair for pair in READINGS if pair[1]])
def test_every_reading_changes_something_and_says_what(name, reading):
    assert drugs.load(name, reading) != drugs.load(name)
    assert drugs.load(name).readings[reading].about
    assert all(along in drugs.load(other).readings for other, along in drugs.load(name).readings[reading].along.items())


def test_no_two_drugs_share_a_name():
    written = [word.lower() for name in drugs.names() for word in (name, *drugs.load(name).also)]
    assert len(written) == len(set(written))


@pytest.mark.parametrize("name", drugs.names())
def test_every_other_name_finds_the_drug(name):
    assert all(drugs.find(other.upper()) == name for other in drugs.load(name).also)


@pytest.mark.parametrize("name", drugs.names())
def test_every_covariate_changes_a_fact_in_one_way(name):
    drug = drugs.load(name)
    facts = {".".join(path) for path, _ in walk(drug)}
    for covariate in drug.covariates:
        assert covariate.on in facts
        assert sum(way is not None for way in (covariate.slope, covariate.exponent, covariate.factor)) == 1
        assert (covariate.reference is not None) == (covariate.factor is None)


@pytest.mark.parametrize("name", drugs.names())
def test_the_shares_of_every_route_make_sense(name):
    for route in drugs.load(name).routes.values():
        if route.phases:
            assert sum(phase.fraction.value for phase in route.phases) == pytest.approx(1)
            assert all((phase.rate is None) != (phase.half_life is None) for phase in route.phases)
        assert (route.transits > 0) == (route.ktr is not None)


def test_a_misspelt_key_in_a_drug_is_refused_by_name():
    table = read_toml(LIBRARY / "drugs" / "fentanyl.toml") | {"dispostion": {}}
    with pytest.raises(ValueError, match='"dispostion" is not a key that belongs here. Did you mean "disposition"'):
        build(Drug, table, "drugs/fentanyl.toml")


@pytest.mark.parametrize("key", sources())
def test_every_source_has_a_title_and_authors(key):
    assert sources()[key].title
    assert sources()[key].authors


UNCONFIRMED = {"berggren-1987", "kapil-2015", "midazolam-oxycodone-trial", "miles-2019", "nasser-2014", "nieminen-2009"}
UNCONFIRMED |= {"faul-2017", "nosyk-2013", "patton-2024", "withdrawal-overview", "small-bag-2017", "shulman-2019"}
UNCONFIRMED |= {"dubroff-2025", "hydromorphone-fachinfo", "nigam-1994", "preston-1989", "webster-2022"}
WITHOUT_PAGES = {
    "algera-2020",
    "bell-1999",
    "brands-2004",
    "curtis-2022",
    "jarvis-2017",
    "jcp-nalmefene-2024",
    "kongsgaard-2019",
}
WITHOUT_PAGES |= {"methadone-urine", "midazolam-oxycodone-trial", "miles-2019", "minozzi-2011", "pwid-overdose-review"}
WITHOUT_PAGES |= {"rowell-cunsolo-2018", "sverrisdottir-2015", "trostheim-2022", "van-lemmen-2026", "wolff-1999"}
WITHOUT_PAGES |= {
    "woods-alprazolam",
    "dasgupta-2025",
    "seal-2005",
    "small-bag-2017",
    "tylleskar-2018",
    "cipriano-2025",
    "marczak-2004",
    "reichard-2010",
    "mcdonald-2017",
    "bae-2020",
}
WITHOUT_PAGES |= {
    "jordan-1979",
    "pentazocine-morphine",
    "scamman-1984",
    "harper-1976",
    "cartwright-1983",
    "glass-1994",
    "simons-2023",
    "webster-2020",
    "bailey-1986",
    "chiang-1985",
    "donny-2002",
    "dubroff-2025",
    "nigam-1994",
    "krook-2002",
    "kristensen-2005",
    "villesen-2006",
    "dale-2004-methadone",
    "diazepam-repeated",
}


def test_the_titles_that_nobody_has_seen_are_known():
    assert {key for key, source in sources().items() if not source.title_confirmed} == UNCONFIRMED


def test_the_articles_without_volume_and_page_are_known():
    said = re.compile(r"\d+(\([^)]*\))?:[a-zA-Z]*\d+")
    articles = {key: source for key, source in sources().items() if source.kind == "article"}
    assert {key for key, source in articles.items() if not said.search(source.in_)} == WITHOUT_PAGES


FORMULAS = {
    **{"6-beta-naltrexol": "C20H25NO4", "6-mam": "C19H21NO4", "alprazolam": "C17H13ClN4", "buprenorphine": "C29H41NO4"},
    **{"carfentanil": "C24H30N2O3", "diazepam": "C16H13ClN2O", "ethanol": "C2H6O", "fentanyl": "C22H28N2O"},
    **{"heroin": "C21H23NO5", "hydrocodone": "C18H21NO3", "hydromorphone": "C17H19NO3", "methadone": "C21H27NO"},
    **{"midazolam": "C18H13ClFN3", "morphine": "C17H19NO3", "nalmefene": "C21H25NO3", "naloxone": "C19H21NO4"},
    **{"naltrexone": "C20H23NO4", "norbuprenorphine": "C25H35NO4", "oxycodone": "C18H21NO4", "r-methadone": "C21H27NO"},
    **{"remifentanil": "C20H28N2O5", "s-methadone": "C21H27NO", "sufentanil": "C22H30N2O2S"},
}
SALTS = {
    "hydrochloride": "HCl",
    "bitartrate": "C4H6O6H5O2.5",
    "sulfate pentahydrate": "HS0.5O2H5O2.5",
}  # with their water
ATOMS = {"C": 12.011, "H": 1.008, "N": 14.007, "O": 15.999, "S": 32.06, "Cl": 35.45, "F": 18.998}


def mass(formula: str) -> float:
    return sum(ATOMS[atom] * float(count or 1) for atom, count in re.findall(r"([A-Z][a-z]?)([0-9.]*)", formula))


def test_what_is_recalled_are_molar_masses_and_they_agree_with_their_formulas():
    for name in drugs.names():
        drug = drugs.load(name)
        assert {path[-1] for path, fact in walk(drug) if how_read(fact) == "recalled"} <= {"molar_mass"}
        assert drug.molar_mass.value == pytest.approx(mass(FORMULAS[name]), abs=0.06)
        for salt in (route.dose_is for route in drug.routes.values() if route.dose_is.molar_mass):
            formula = FORMULAS[name] + SALTS[salt.name.removeprefix(f"{name} ")]
            assert salt.molar_mass.value == pytest.approx(mass(formula), abs=0.06)


@pytest.mark.parametrize("name", studies.names())
def test_every_study_is_sound(name):
    study = studies.load(name)
    for arm in study.arms:
        assert all(parse(sentence) for sentence in (*arm.doses, *filter(None, [arm.challenge])))
        assert units.hours(arm.every) <= units.hours(arm.duration)
        for seen in arm.observations:
            if not (arm.trial or arm.question):  # trials are checked as the study is read, questions as they are asked
                assert seen.quantity.partition(".")[0] in glossary()["quantities"] or seen.quantity in studies.ENDS
                assert Measure(seen.measure)
            assert seen.low < seen.high
            assert seen.where
            assert seen.why
