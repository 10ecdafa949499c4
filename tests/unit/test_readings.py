"""Readings of contested evidence: of one drug, of the whole model; what is refused; and that every door names them."""

import json
import re

import pytest

import opioidsim as ops
from opioidsim import cli
from opioidsim.cases import drug as drugs
from opioidsim.cases import provenance
from opioidsim.cases.known import known
from opioidsim.cases.reading import offered, read_as, said
from opioidsim.cases.scenario import from_table, loads
from opioidsim.engine import inputs
from opioidsim.engine.simulate import simulate
from opioidsim.facts import library
from opioidsim.refusal import Refusal

WHOLE = "mann-2022"
EPISODE = {"clock": "episode", "doses": ["fentanyl 1 mg iv"], "duration": "4 min", "every": "60 s"}


def scenario(**keys):
    return from_table(EPISODE | keys)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("mann-2021", '"mann-2021" is no reading of the whole model. Did you mean "mann-2022"'),
        ("Mann-2022", 'Did you mean "mann-2022"'),
        ("slower", '"slower" is no reading of the whole model. It is one of naltrexone: write naltrexone = "slower"'),
        ({"all": "slower"}, "no reading of the whole model"),
        (
            {"fentanyl": WHOLE},
            f'"{WHOLE}" is a reading of the whole model, not of fentanyl alone: .* write readings = "{WHOLE}"',
        ),
        ({"sublimaze": WHOLE}, "not of fentanyl alone"),
        ({"naltrexone": "slowr"}, 'no reading "slowr". Did you mean "slower"'),
        ({"naltrexon": "slower"}, 'Did you mean "naltrexone"'),
        ({"fentanyl": "repeated", "sublimaze": WHOLE}, "not of fentanyl alone"),
        ({"naltrexone": "slower", "vivitrol": "faster"}, "naltrexone is read in two ways"),
        (3, "3 was given; write readings = "),
        ([WHOLE], "was given; write readings = "),
        ({"naltrexone": 3}, "was given; write readings = "),
        ({"naltrexone": {"K": "slower"}}, "was given; write readings = "),
    ],
)
def test_what_is_no_reading_is_refused_in_one_sentence(given, sentence):
    with pytest.raises(Refusal, match=sentence) as refused:
        scenario(readings=given)
    assert "\n" not in str(refused.value) and str(refused.value).count(". ") <= 2


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"clock": "course", "duration": "1 d", "every": "1 h"}, f'"{WHOLE}" is of breathing in an episode and says nothing of a course'),
        ({"before": {"duration": "7 d", "tolerance": "chronic"}}, "knows tolerance as it stands, .* give the tolerance in .person. instead"),
        ({"doses": ["nalmefene 1 mg iv"], "readings": {"all": WHOLE, "nalmefene": "scans"}}, "cannot be read as mann-2022 and scans at once"),
        ({"change": {"breathing.sedated": "0.4"}}, 'no fact "breathing.sedated"'),
    ],
)  # fmt: skip
def test_where_the_whole_reading_says_nothing_it_is_refused_by_name(keys, sentence):
    with pytest.raises(Refusal, match=sentence):
        scenario(**({"readings": WHOLE} | keys))


@pytest.mark.parametrize("ask", [
    lambda who: ops.blockade("naltrexone 50 mg oral", "heroin 25 mg iv", days=1, who=who),
    lambda who: ops.washout("naltrexone 50 mg oral", days=1, who=who),
    lambda who: ops.induction("heroin 100 mg iv every 8 h x 9", who=who),
    lambda who: ops.relapse("heroin 20 mg iv", "heroin 20 mg iv every 8 h x 9", who=who),
    lambda who: ops.abuse(["methadone 40 mg oral"], ["naive"], who=who),
])  # fmt: skip
def test_a_question_about_weeks_refuses_the_whole_reading_by_name(ask):
    with pytest.raises(
        Refusal, match=f'the reading "{WHOLE}" (is of breathing in an episode|knows tolerance as it stands)'
    ):
        ask(ops.Who(readings=WHOLE))


def test_the_whole_reading_has_its_own_facts_and_these_can_be_changed():
    plain, read = known(scenario()).facts(), known(scenario(readings=WHOLE)).facts()
    assert {
        "breathing.P1",
        "breathing.P3",
        "breathing.tolerant",
        "fentanyl.receptor.mu.kon",
    } <= read.keys() - plain.keys()
    assert {"breathing.sedated", "effects.breathing.reserve", "fentanyl.receptor.mu.K"} <= plain.keys() - read.keys()
    changed = scenario(readings=WHOLE, change={"breathing.P1": "2"})
    assert known(changed).facts()["breathing.P1"].value == 2.0
    with pytest.raises(Refusal, match='no fact "breathing.P1"'):
        scenario(change={"breathing.P1": "2"})
    with pytest.raises(Refusal, match="nothing that is asked here rests on it"):
        simulate(scenario(readings=WHOLE, change={"effects.breathing.reserve": "50"}))


def test_who_breathes_by_stimulus_differs_in_sensitivity_and_the_published_people_do_not():
    crowd = {"population": {"n": 20, "seed": 3}}
    assert len(set(inputs.read(scenario(**crowd)).values(range(20))["person.sensitivity"])) == 20
    assert "person.sensitivity" not in inputs.read(scenario(readings=WHOLE, **crowd)).values(range(20))


def test_one_reading_lies_over_the_other():
    both = drugs.family("fentanyl", {drugs.ALL: WHOLE, "fentanyl": "repeated"})[0]
    whole, repeated = (drugs.load("fentanyl", name) for name in (WHOLE, "repeated"))
    assert both.receptor == whole.receptor != repeated.receptor
    assert (both.disposition.CL, both.disposition.Q4) == (whole.disposition.CL, repeated.disposition.Q4)
    assert whole.disposition.CL != repeated.disposition.CL and whole.disposition.Q4 is None


def test_a_whole_reading_is_written_as_it_was_given():
    given = scenario(readings=WHOLE)
    assert given.readings == {drugs.ALL: WHOLE} == read_as(WHOLE) == read_as({drugs.ALL: WHOLE})
    assert f'readings = "{WHOLE}"' in given.toml() and loads(given.toml()) == given
    both = scenario(readings={"all": WHOLE, "sublimaze": "repeated"})
    assert loads(both.toml()) == both and both.readings == {"all": WHOLE, "fentanyl": "repeated"}
    assert scenario(readings="").readings == scenario(readings={"fentanyl": ""}).readings == {}


def test_what_is_offered_can_be_chosen():
    members = scenario(doses=["fentanyl 1 mg iv", "naloxone 2 mg im"]).drugs()
    for clock in ("course", "episode"):
        for name, readings in offered(members, clock).items():
            assert all(
                from_table(EPISODE | {"clock": clock, "duration": "1 h", "readings": {name: reading}})
                for reading in readings
            )
    assert drugs.ALL in offered(members, "episode") and drugs.ALL not in offered(members, "course")


def test_a_reading_is_said_in_a_sentence():
    assert said({}) == [] and library.readings()[WHOLE] in said(read_as(WHOLE))[0]
    assert said({"naltrexone": "slower"})[0].startswith("naltrexone read as slower: ")


# ---- the doors -----------------------------------------------------------------------------------------------------


@pytest.fixture
def typed(monkeypatch, capsys):
    def typed(*words):
        monkeypatch.setattr("sys.argv", ["opioidsim", *map(str, words)])
        try:
            cli.main()
        except SystemExit as stop:
            assert not stop.code, capsys.readouterr().err
        return capsys.readouterr()

    return typed


RESCUE = ("rescue", "--opioid", "fentanyl 2.965 mg iv", "--product", "naloxone 2 mg im-autoinjector", "--hours", "0.3")


def test_the_verb_reads_the_whole_model_and_its_files_name_it_and_are_asked_again(typed, tmp_path):
    told = json.loads(typed(*RESCUE, "--reading", WHOLE, "--out", tmp_path / "out", "--json").out)
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["asked"]["readings"] == told["asked"]["readings"] == WHOLE
    assert f'readings = "{WHOLE}"' in record["scenario"] and "breathing.P1" in {
        fact["name"] for fact in record["facts"]
    }
    about = library.readings()[WHOLE]
    assert any(about in line for line in told["answer"]) and about in (tmp_path / "out" / "report.html").read_text()
    again = json.loads(typed("ask", tmp_path / "out" / "run.json", "--json").out)
    assert again["arms"] == told["arms"] and again["asked"] == told["asked"]
    plain = json.loads(typed(*RESCUE, "--json").out)
    assert plain["asked"].get("readings", {}) == {} and not any(about in line for line in plain["answer"])


def test_the_verb_reads_one_drug_beside_the_whole_model(typed):
    both = ("--reading", WHOLE, "--reading", "fentanyl=repeated")
    told = json.loads(typed(*RESCUE, *both, "--json").out)
    assert told["asked"]["readings"] == {"all": WHOLE, "fentanyl": "repeated"}


@pytest.mark.parametrize(
    ("readings", "sentence"),
    [
        (("mann-2021",), '--reading: "mann-2021" is no reading of the whole model. Did you mean "mann-2022"'),
        ((f"fentanyl={WHOLE}",), "--reading: .*not of fentanyl alone"),
        ((WHOLE, "slower"), '--reading: "slower" is no reading of the whole model. It is one of naltrexone'),
        (("naltrexone=slower", "naltrexone=faster"), "--reading: naltrexone is given twice"),
        (("naltrexone=",), '--reading: "naltrexone=" was given; write DRUG=READING'),
    ],
)
def test_a_verb_refuses_what_is_no_reading(readings, sentence, monkeypatch, capsys):
    options = [word for reading in readings for word in ("--reading", reading)]
    monkeypatch.setattr("sys.argv", ["opioidsim", *RESCUE, *options])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code and re.search(sentence, " ".join(capsys.readouterr().err.split()))


def test_an_answer_says_what_of_it_is_not_as_usual():
    person = {"weight": "50 kg", "liver": "cirrhosis"}
    asked = ops.Scenario(
        doses=["naltrexone 50 mg oral"],
        duration="1 d",
        person=person,
        change={"biophase_half_life": "40 h"},
        readings={},
    )
    assert provenance.otherwise(asked) == [
        "naltrexone.biophase_half_life is 40 h. Changed for this call; the library has 28.4 h.",
        "The typical person here: weight 50 kg, cirrhosis.",
    ]
    assert provenance.otherwise(ops.Scenario(doses=["naltrexone 50 mg oral"], duration="1 d")) == []


def test_a_blockade_by_an_antagonist_of_the_published_program_is_answered():
    """That reading is of the whole model; beside the answer stand those of the drug alone."""
    own = offered([drugs.load("naloxone")], "course")["naloxone"]
    assert WHOLE not in own and [*ops.blockade("naloxone 2 mg im", days=1).other_readings] == [*own.values()]
