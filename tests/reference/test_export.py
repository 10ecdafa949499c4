"""A course as SBML, solved by an independent engine, is the same curve; as rxode2 it has the same numbers."""

import numpy as np
import pytest

from opioidsim.cases.scenario import from_table
from opioidsim.engine.simulate import simulate
from opioidsim.refusal import Refusal
from opioidsim.show.export import model_of, text_of

MONTH = {"duration": "28 d", "every": "6 h"}
TABLETS = from_table(MONTH | {"doses": ["naltrexone 50 mg oral every 24 h x 28"]})
MIXED = from_table(MONTH | {"doses": ["naltrexone 380 mg im-depot", "fentanyl 1 mg iv over 3 h at 20.3 d"]})


@pytest.mark.parametrize("scenario", [TABLETS, MIXED], ids=["tablets", "injection and infusion"])
def test_an_independent_engine_gives_the_same_curve(scenario):
    roadrunner = pytest.importorskip("roadrunner", reason="libroadrunner is not installed")
    engine = roadrunner.RoadRunner(text_of(scenario, "sbml"))
    engine.integrator.relative_tolerance, engine.integrator.absolute_tolerance = 1e-10, 1e-14
    engine.integrator.maximum_time_step = 0.1
    found = simulate(scenario)
    shown = model_of(scenario).shown
    assert len(shown) == sum(name.startswith(("concentration", "occupancy")) for name in found.values)
    engine.timeCourseSelections = ["time", *shown]
    theirs = np.array(engine.simulate(0, 672, 112 + 1))
    after = np.array([t for t in range(113) if t % 4])  # at the time of a dose one is before it, the other behind
    for column, name in enumerate((n for n in found.values if n.startswith(("concentration", "occupancy"))), 1):
        mine = found[name][after]
        assert theirs[after, column] == pytest.approx(
            mine, rel=1e-6, abs=1e-6 * mine.max() if name[0] == "c" else 1e-4
        ), name


def test_rxode2_has_every_state_dose_and_output():
    text, model = text_of(TABLETS, "rxode2"), model_of(TABLETS)
    assert text.count("d/dt(") == len(model.rates)
    assert text.count("amt = ") == len(model.events) == 28
    assert all(f"  {name} <- " in text for name in model.shown)


@pytest.mark.parametrize(
    ("scenario", "form", "said"),
    [
        ({"clock": "episode", "duration": "5 min", "doses": ["fentanyl 1 mg iv"]}, "sbml", "an episode has delays"),
        (MONTH | {"doses": ["methadone 80 mg oral"]}, "sbml", "speeds its own clearance"),
        (MONTH | {"doses": ["naltrexone 50 mg oral every 24 h x 3 at steady state"]}, "sbml", "a steady state"),
        (MONTH | {"doses": ["naltrexone 50 mg oral"]}, "sbmll", 'Did you mean "sbml"'),
    ],
)
def test_what_is_not_exported_is_refused(scenario, form, said):
    with pytest.raises(Refusal, match=said):
        text_of(from_table(scenario), form)
