"""Any fact can be changed for one call, and what an answer rests on is what it was given."""

import json

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import change
from opioidsim.cases.known import known
from opioidsim.cases.scenario import from_table, loads
from opioidsim.cases.trial_plan import read
from opioidsim.engine import inputs
from opioidsim.engine.simulate import simulate
from opioidsim.facts import library
from opioidsim.facts.evidence import LIBRARY, walk
from opioidsim.refusal import Refusal
from opioidsim.surfaces.surface import surface
from opioidsim.trials import alcohol_arrays, opioid_arrays

WEEK = {"doses": ["heroin 50 mg iv every 8 h x 9", "naltrexone 50 mg oral at 4 d"], "duration": "6 d", "every": "12 h"}
EPISODE = {"clock": "episode", "duration": "6 min", "every": "30 s", "doses": ["fentanyl 1 mg iv"]}


def course(changes=None, **more):
    return from_table(WEEK | {"change": changes or {}} | more)


@pytest.mark.parametrize(
    ("name", "value", "moves", "stays"),
    [
        ("adaptation.tau_loss", "20 d", "tolerance", "concentration.naltrexone"),
        ("tau_symptoms", "2 h", "withdrawal", "tolerance"),
        ("naltrexone.disposition.CL", "120 L/h", "concentration.naltrexone", "concentration.heroin"),
        ("naltrexone.routes.oral.F", "30 %", "concentration.naltrexone", "concentration.heroin"),
        ("morphine.receptor.mu.K", "900 nM", "activation", "concentration.morphine"),
        ("effects.liking.steepness", "2", "liking", "activation"),
        ("body.allometry.clearance.exponent", "0.6", "concentration.naltrexone", "concentration.heroin"),
    ],
)
def test_a_changed_fact_moves_what_rests_on_it_and_nothing_else(name, value, moves, stays):
    person = {"weight": "100 kg"} if "allometry" in name else {}
    stays = stays if "allometry" not in name else None
    plain, moved = simulate(course(person=person)), simulate(course(person=person), change={name: value})
    assert np.abs(moved.values[moves] - plain.values[moves]).max() > 1e-3 * np.abs(plain.values[moves]).max()
    assert stays is None or np.array_equal(moved.values[stays], plain.values[stays])


@pytest.mark.parametrize(
    ("name", "value", "moves"),
    [
        ("breathing.G_c", "1 L/min/mmHg", "arterial_co2"),
        ("breathing.Q_T0", "6 L/min", "ventilation"),
        ("fentanyl.disposition.V1", "20 L", "concentration.fentanyl"),
    ],
)
def test_a_changed_fact_moves_an_episode(name, value, moves):
    plain, moved = simulate(from_table(EPISODE)), simulate(from_table(EPISODE | {"change": {name: value}}))
    assert np.abs(moved.values[moves] - plain.values[moves]).max() > 1e-3 * np.abs(plain.values[moves]).max()


def test_the_course_before_an_episode_follows_a_change():
    before = {"tolerance": "chronic", "duration": "14 d"}
    plain = from_table(EPISODE | {"before": before})
    slow = plain.with_change({"adaptation.tau_loss": "29 d"})
    rest = [simulate(s)["ventilation"][-1] for s in (plain, slow)]
    assert rest[1] > rest[0]


def test_a_change_survives_the_text_and_the_table_in_a_table():
    first = course({"adaptation.tau_loss": "20 d", "naltrexone.disposition.CL": "120 L/h"})
    assert loads(first.toml()) == first
    nested = loads(course().toml() + '\n[change]\nadaptation.tau_loss = "20 d"\neffects.liking.steepness = 3\n')
    assert nested.change == {"adaptation.tau_loss": "20 d", "effects.liking.steepness": "3"}


def test_the_spread_between_people_stays_in_proportion():
    """A larger typical value, the same people in the same order, each as far from it."""
    crowd = {"population": {"n": 40, "seed": 2}, "outputs": ["concentration.naloxone"]}
    table = {"doses": ["naloxone 2 mg im"], "duration": "2 h", "every": "2 h"} | crowd
    name, plain = "naloxone.routes.im.F", from_table(table)
    fact = known(plain).facts()[name]
    half = plain.with_change({name: f"{fact.value / 2!r}"})
    one, other = (inputs.read(s).values(range(40))[name] for s in (plain, half))
    assert other == pytest.approx(np.minimum(one, 1.0) / 2, rel=1e-12) or one.max() == 1.0


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"adaptation.tau_los": "20 d"}, 'no fact "adaptation.tau_los" to change. Did you mean "adaptation.tau_loss"'),
        ({"disposition.CL": "120 L/h"}, 'several facts end in "disposition.CL": .*naltrexone.disposition.CL'),
        ({"adaptation.tau_loss": "20"}, "without a unit"),
        ({"adaptation.tau_loss": "20 mg"}, "measure different things"),
        ({"adaptation.tau_loss": "20000 d"}, "outside the plausible"),
        ({"adaptation.tau_loss": "soon"}, "write a number and a unit"),
        ({"tau_loss": "20 d", "adaptation.tau_loss": "21 d"}, "changed twice"),
        ({"adaptation.tau_loss": ["20 d"]}, "write a number and a unit"),
        ({"behaviour.learn": "0.2"}, "nothing that is asked here rests on it"),
        ({"buprenorphine.ke0": "0.2 1/h"}, "nothing that is asked here rests on it|no fact"),
        ({"naltrexone.routes.im-depot.F": "0.5"}, "nothing that is asked here rests on it|no fact"),
        ({"cocaine.disposition.CL": "1 L/h"}, 'no fact "cocaine.disposition.CL"'),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(given, sentence):
    with pytest.raises(Refusal, match=sentence):
        simulate(course(given))
    with pytest.raises(Refusal, match=sentence):
        simulate(course(), change=given)


@pytest.mark.parametrize("text", ["adaptation.tau_loss", "= 20 d", "adaptation.tau_loss ="])
def test_a_text_that_changes_nothing_is_refused(text):
    with pytest.raises(Refusal, match="changes no fact"):
        change.pairs([text])


def test_the_verb_changes_facts(capsys):
    from opioidsim.cli import app

    said = []
    for options in ([], ["--set", "naltrexone.disposition.CL = 120 L/h", "--set", "adaptation.tau_loss = 20 d"]):
        app(["run", "too-soon", *options, "--json"], standalone_mode=False)
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] != said[1]


def test_every_group_of_the_body_can_be_named():
    assert set(library.groups()) == {*(path.stem for path in (LIBRARY / "body").glob("*.toml")), library.EFFECTS}
    names = {".".join((group, *path)) for group in library.groups() for path, _ in walk(library.body(group))}
    assert names <= change.facts_of(()).keys()
    with pytest.raises(Refusal, match='called "adaption". Did you mean "adaptation"'):
        library.body("adaption")


def test_what_an_answer_rests_on_is_what_it_was_given():
    result = simulate(course({"adaptation.tau_loss": "20 d"}))
    facts = dict(result.facts)
    assert facts == inputs.read(result.scenario).facts()
    fact = facts["adaptation.tau_loss"]
    assert (fact.value, fact.unit, fact.basis) == (20.0, "d", "assumed") and "12 d" in fact.note
    assert {"adaptation.tau_gain", "effects.liking.maximum", "body.reference_weight"} <= facts.keys()
    assert not any(name.startswith(("breathing.", "behaviour.")) for name in facts)


def test_a_fact_that_an_answer_does_not_name_cannot_move_it():
    """By construction: a group that was not asked for is not there to be read."""
    plain = from_table({"doses": ["naltrexone 50 mg oral"], "duration": "24 h"})
    assert known(plain).body.keys() == {"body"} and known(plain, "behaviour").body.keys() == {"body", "behaviour"}


# ---- in the questions ----------------------------------------------------------------------------------------------


def test_a_question_follows_a_change_of_a_drug_and_of_the_body():
    asked = ("naltrexone 50 mg oral", "heroin 25 mg iv")
    plain, cleared, steep = (
        ops.blockade(*asked, days=2, who=ops.Who(change=change))
        for change in ({}, {"naltrexone.disposition.CL": "120 L/h"}, {"effects.liking.steepness": "1.5"})
    )
    assert (cleared.concentration[0, 1:] > plain.concentration[0, 1:]).all()
    assert steep.blockade[0, 1] < plain.blockade[0, 1] and np.array_equal(steep.occupancy, plain.occupancy)
    assert dict(steep.facts)["effects.liking.steepness"].value == 1.5


def test_a_question_refuses_a_change_that_nothing_in_it_rests_on():
    who = ops.Who(change={"drinking.carry": "1"})
    for ask in (
        lambda: ops.blockade("naltrexone 50 mg oral", "heroin 25 mg iv", days=1, who=who),
        lambda: ops.rescue("fentanyl 2 mg iv", who=who),
        lambda: ops.induction("heroin 100 mg iv every 8 h x 9", who=who),
        lambda: ops.relapse("heroin 20 mg iv", "heroin 20 mg iv every 8 h x 9", who=who),
        lambda: ops.abuse(["methadone 40 mg oral"], ["naive"], who=who),
        lambda: ops.release(2, who=who),
        lambda: ops.trial("xbot", who=who),
    ):
        with pytest.raises(Refusal, match='"drinking.carry" is to be changed, but nothing'):
            ask()


def test_a_change_behind_the_risk_surface_is_refused():
    with pytest.raises(Refusal, match="worked out beforehand"):
        surface("heroin", "iv").unchanged({"6-mam.receptor.mu.K": "3 nM"})
    surface("heroin", "iv").unchanged({"behaviour.learn": "0.5"})


def test_trials_follow_a_change_of_behaviour_and_drink():
    for plan, changed, group in (
        ("xbot", {"behaviour.use_base": "3"}, "behaviour"),
        ("combine", {"drinking.person_drinks": "0"}, "drinking"),
    ):
        plain = read(plan)
        moved = plain.model_copy(update={"change": changed})
        arrays = opioid_arrays if group == "behaviour" else alcohol_arrays
        facts = [
            inputs.read(arrays.scenario_of(p, p.arms[0]), *arrays.RESTS_ON).of_groups(group, np.zeros(1, int))
            for p in (plain, moved)
        ]
        name, value = next(iter(changed.items()))
        symbol = name.partition(".")[2]
        assert getattr(facts[1], symbol)[0] == float(value) != getattr(facts[0], symbol)[0]
