"""Laws of living with an opioid: no habit that ships kills its person, the maintained are safer than the naive; and of the
stored risk surfaces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.cases import drug as drugs
from opioidsim.cases import scenario, trial_plan
from opioidsim.cases.dose import Dose, parse
from opioidsim.engine.simulate import simulate
from opioidsim.facts import units
from opioidsim.questions import questions
from opioidsim.questions.abuse import TAKERS
from opioidsim.questions.release import model as release
from opioidsim.story.text import chapters
from opioidsim.surfaces.surface import OUTCOMES, SURFACES, surface

STORED = sorted(path.stem.partition("_")[::2] for path in SURFACES.glob("*.json"))
MONTH = 28 * 24.0  # hours that a habit is lived with here
LENGTH = {"iv": "30 min", "sublingual": "2 h", "oral": "4 h"}  # of the episode after its next dose; others are depots


def told() -> list[str]:
    """Every dose sentence that ships: scenarios, trials' habits and regimens, what questions begin with, the story."""
    found = [str(dose) for name in scenario.examples() for dose in scenario.read(name).given()]
    for plan in map(trial_plan.read, trial_plan.examples()):
        found += [
            str(dose) for dose in (plan.people.habit, *(each for arm in plan.arms for each in arm.regimen)) if dose
        ]
    for question in questions().values():
        for each in question.parameters:
            if each.kind.name == "dose" and each.default:
                found += [str(dose) for dose in (each.default if isinstance(each.default, tuple) else (each.default,))]
    found += [sentence for taker in TAKERS.values() for sentence in taker.before]
    for figure in (chapter.figure for chapter in chapters()):
        for name, text in figure.doses.items():
            amounts = figure.steps.get(name) or next((s.values for s in figure.sliders if s.name == name), ())
            found += [figure.dose(name, *[amount] * text.count("{}")) for amount in (amounts or (1.0,)) if amount]
    return [*found, release.habit()]


def habits() -> list[Dose]:
    """The opioids among them that are taken again and again, each once, the longest of each amount."""
    found: dict[tuple, Dose] = {}
    for dose in map(parse, told()):
        if dose.times > 1 and "agonist" in drugs.load(dose.drug).role.split():
            key = (dose.drug, dose.route, dose.milligrams(), dose.every)
            if key not in found or dose.times > found[key].times:
                found[key] = dose
    return list(found.values())


def ends(habit: Dose, lived: float | None, people: int = 0) -> dict[str, np.ndarray]:
    """How the next dose of a habit ends in who has lived with it for so many hours, or in the naive; dose after dose in both,
    so that only what came before differs."""
    one = habit.model_copy(update={"at": 0.0, "every": 0.0, "times": 1})
    length = LENGTH.get(habit.route, "6 h")
    table = {"clock": "episode", "duration": length, "every": length, "outputs": ["ventilation"], "doses": [str(one)]}
    if lived:
        again = habit.model_copy(update={"at": 0.0, "times": int(lived // habit.every)})
        table["before"] = {"doses": [str(again)], "duration": units.time_text(lived)}
    if people:
        table["population"] = {"n": people, "seed": 1}
    return simulate(scenario.from_table(table)).ends


SHIPPED = habits()
DAILY = [habit for habit in SHIPPED if habit.route in LENGTH]


def test_there_are_habits_to_look_at():
    assert len(DAILY) >= 6 and {habit.drug for habit in DAILY} >= {"heroin", "methadone", "buprenorphine"}


@pytest.mark.parametrize("habit", [*DAILY, *(pytest.param(each, marks=pytest.mark.long) for each in SHIPPED if each not in DAILY)], ids=str)  # fmt: skip
def test_no_habit_that_ships_kills_its_person_and_who_lives_with_it_is_safer_than_the_naive(habit):
    lived, naive = ends(habit, max(MONTH, 3 * habit.every)), ends(habit, None)
    assert not lived["cardiac_arrest"].any() and not lived["apnoea"].any()
    assert lived["lowest_saturation"].min() > 90.0
    if not naive["cardiac_arrest"].any():
        assert lived["lowest_ventilation"] > naive["lowest_ventilation"]
        assert lived["lowest_saturation"] > naive["lowest_saturation"]


@pytest.mark.long
@pytest.mark.parametrize("habit", [habit for habit in DAILY if habit.drug == "heroin"], ids=str)
def test_a_habit_kills_nobody_in_a_crowd(habit):
    """Each with own kinetics and own sensitivity, and the tolerance of who has lived with the dose."""
    assert ends(habit, MONTH, 208)["cardiac_arrest"].sum() == 0


@pytest.mark.long
@pytest.mark.parametrize("medicine", ["methadone 80 mg oral", "buprenorphine 16 mg sublingual"])
def test_the_maintained_survive_a_use_that_the_naive_do_not(medicine):
    use = {
        "clock": "episode",
        "duration": "30 min",
        "every": "30 min",
        "outputs": ["ventilation"],
        "doses": ["heroin 60 mg iv"],
    }
    past = {"doses": [f"{medicine} every 24 h x 28"], "duration": "28 d"}
    maintained, naive = (simulate(scenario.from_table(use | more)).ends for more in ({"before": past}, {}))
    assert naive["cardiac_arrest"].all() and not maintained["cardiac_arrest"].any()


# ---- stored surfaces -----------------------------------------------------------------------------------------------

TAIL = 5e-3  # of people: beyond the simulated quantiles straight lines go on, and far out these may cross
TOLERANCES, HELD, SEDATIVES = st.floats(0.0, 1.5), st.floats(0.0, 0.95), st.floats(0.0, 6.0)


@pytest.mark.parametrize(("opioid", "route"), STORED)
@given(st.floats(-3.0, 3.0), TOLERANCES, HELD, SEDATIVES, st.floats(0.0, 1.0), st.sampled_from(list(OUTCOMES)))
def test_nothing_that_endangers_lowers_a_stored_chance(
    opioid, route, octaves, tolerance, held, sedative, more, outcome
):
    """About the dose from which half of the naive meet the end: more of it, of a sedative, less tolerance, less antagonist."""
    found = surface(opioid, route)
    dose = 2.0**octaves * found.dose(outcome, 0.5, tolerance, held, 0.0)
    usual = found.chance(outcome, dose, tolerance, held, sedative)
    worse = {
        "more opioid": found.chance(outcome, dose * (1.0 + more), tolerance, held, sedative),
        "less tolerance": found.chance(outcome, dose, tolerance * (1.0 - more), held, sedative),
        "less antagonist": found.chance(outcome, dose, tolerance, held * (1.0 - more), sedative),
        "more sedative": found.chance(outcome, dose, tolerance, held, sedative + 3.0 * more),
    }
    assert {law: chance for law, chance in worse.items() if chance < usual - TAIL} == {}


@pytest.mark.parametrize(("opioid", "route"), STORED)
@given(st.floats(-3.0, 3.0), TOLERANCES, HELD, SEDATIVES)
def test_help_never_makes_a_stored_arrest_likelier_and_a_later_end_is_never_likelier(opioid, route, octaves, tolerance, held, sedative):  # fmt: skip
    found = surface(opioid, route)
    dose = 2.0**octaves * found.dose("arrest", 0.5, tolerance, held, sedative)
    chance = {outcome: found.chance(outcome, dose, tolerance, held, sedative) for outcome in OUTCOMES}
    assert chance["arrest_helped"] <= chance["arrest"] + TAIL
    assert chance["arrest"] <= chance["apnoea"] + TAIL and chance["apnoea"] <= chance["depressed"] + TAIL
