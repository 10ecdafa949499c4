"""Overdoses of a trial's uses: laws of who has one, on days written by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opioidsim.cases import trial_plan
from opioidsim.engine import inputs
from opioidsim.facts import library
from opioidsim.model import behaviour
from opioidsim.surfaces import surface as risk
from opioidsim.trials import overdoses
from opioidsim.trials.opioid_people import Day

PEOPLE = range(400)
PLAN = trial_plan.from_table({
    "title": "t", "length": "2 weeks", "people": {"n": 400, "habit": "heroin 60 mg iv every 8 h x 84"}, "arms": [{"name": "a"}],
})  # fmt: skip
LOSS = library.body("effects")["breathing"]["potency_loss"].value


def facts(**changed):
    known = inputs.by_group("behaviour", library.body("behaviour"), np.zeros(len(PEOPLE), int))
    return known._replace(**{name: np.full(len(PEOPLE), value) for name, value in changed.items()})


def ends(milligrams, tolerance=0.5, kept=0.0, **changed):
    """Overdoses survived and deaths, by person, of one use a day."""
    n = PLAN.length
    uses = np.zeros((n, 3, len(PEOPLE)), np.float32)
    uses[:, 0] = milligrams
    flags, none = np.zeros((n, len(PEOPLE)), bool), np.zeros((n, len(PEOPLE)), np.float32)
    days = Day(uses, 0 * uses + tolerance, 0 * uses + kept, none, none, none, *[flags] * 7, none)
    _, found = overdoses.of(days, PLAN, PEOPLE, facts(**changed))
    return found["overdoses"], found["died"] >= 0


@settings(max_examples=30, deadline=None)
@given(
    dose=st.floats(5, 300),
    more=st.floats(1, 3),
    tolerance=st.floats(0, 1.5),
    less=st.floats(0, 1),
    treated=st.floats(0, 1),
)
def test_more_opioid_less_tolerance_and_less_help_never_save_anyone(dose, more, tolerance, less, treated):
    _, died = ends(dose, tolerance, treated=treated)
    assert (died <= ends(dose * more, tolerance, treated=treated)[1]).all()
    assert (died <= ends(dose, tolerance * less, treated=treated)[1]).all()
    assert (died <= ends(dose, tolerance, treated=treated * less)[1]).all()


def test_who_is_treated_in_time_lives():
    survived, died = ends(60.0, treated=1.0)
    assert survived.any() and not died.any()
    fatal = ends(60.0, treated=0.0)[1]
    assert fatal.any() and (fatal <= (survived > 0)).all()


@pytest.mark.parametrize("sedative", (0.0, 0.3, 3.0))
@pytest.mark.parametrize("place", (0.05, 0.5, 0.8))  # beyond: the insensitive, who gain less tolerance than others
def test_who_takes_less_after_days_off_is_still_in_no_less_danger(sedative, place):
    """Doses fall by less than the own threshold does."""
    tolerance, lived = np.linspace(0.0, 1.5, 31), 1.5
    surface = risk.surface("heroin", "iv")
    caution = library.body("behaviour")["caution"].value
    taken = np.asarray(behaviour.amount(100.0, tolerance, lived, caution, LOSS))
    near = taken / surface.dose("arrest", place, tolerance, 0.0, sedative)
    assert (np.diff(near) < 1e-9).all()


@given(milligrams=st.floats(5, 400), brought=st.floats(0.2, 1.5))
def test_a_habit_is_no_more_than_was_drawn_and_can_be_lived_with(milligrams, brought):
    known, drawn = facts(), np.full(len(PEOPLE), milligrams)
    habit = overdoses.survived(PLAN, PEOPLE, drawn, brought, LOSS, known)
    assert (habit <= drawn + 1e-9).all()
    least = habit <= drawn * overdoses.SMALLER[0] + 1e-9
    shift = 1.0 + (LOSS**brought - 1.0) * habit / 60.0
    own = risk.surface("heroin", "iv").dose(
        "depressed", overdoses._sensitivity(PLAN, PEOPLE), np.log(shift) / np.log(LOSS)
    )
    margin = np.exp(-known.habit_margin * known.amount_spread)
    assert (least | (habit <= own * margin * (1 + 1e-6))).all()


def test_a_wider_margin_makes_no_habit_larger():
    drawn = np.full(len(PEOPLE), 80.0)
    wide, narrow = (overdoses.survived(PLAN, PEOPLE, drawn, 1.2, LOSS, facts(habit_margin=m)) for m in (7.0, 4.0))
    assert (wide <= narrow).all() and (wide < narrow).any()
