"""The course against LSODA at a relative tolerance of 1e-12 on equations written a second time."""

import numpy as np
import pytest
from equations import Equations

from opioidsim.cases import drug as drugs
from opioidsim.cases import patch
from opioidsim.cases.scenario import from_table
from opioidsim.engine.simulate import simulate
from opioidsim.facts import library

OCCUPANCY = 1e-3  # absolute; the promise
CONCENTRATION = 1e-6  # relative, where above this share of the peak

AMOUNT = {"fentanyl": 0.1, "naltrexone": 50, "naloxone": 2}  # mg; 10 for any other
SLOW = {"im-depot": ("380 mg", "20 d", "6 h"), "implant": ("1700 mg", "20 d", "6 h")}
LINEAR = [drug for drug in map(drugs.load, drugs.names()) if not drug.disposition.Vmax]


def kind(drug):
    """What makes the equations of a drug others: what it does, what it turns into, its forms, and how it binds."""
    return drug.role, bool(drug.metabolites), bool(drug.mixture), all(site.kon for site in drug.receptor.values())


OF_A_KIND = {kind(drug): drug.name for drug in reversed(LINEAR) if drug.routes}.values()  # the first drug of each
GIVEN = [
    pytest.param(drug.name, route, marks=[pytest.mark.long] if number or drug.name not in OF_A_KIND else [])
    for drug in LINEAR
    for number, route in enumerate(drug.routes)
    if not patch.worn(drug.name, route)  # a patch is worn for days, not given at once
]
READINGS = [
    (drug.name, reading)
    for drug in LINEAR
    if drug.routes
    for reading in drug.readings
    if reading not in library.readings()
]

REGIMENS = {
    "tablets off the grid": ("3 d", ["naltrexone 50 mg oral at 7.3371 h", "naltrexone 100 mg oral at 29.913 h", "naltrexone 25 mg oral at 30.0001 h"]),
    "tablet, depot and heroin": ("3 d", ["naltrexone 50 mg oral", "naltrexone 380 mg im-depot at 11.11 h", "heroin 25 mg iv at 2.3333 d"]),
    "heroin, naloxone 20 min later": ("12 h", ["heroin 50 mg iv at 0.123 h", "naloxone 0.4 mg iv at 0.4563333 h"]),
    "heroin, two sprays": ("12 h", ["heroin 50 mg iv", "naloxone 4 mg nasal at 5 min", "naloxone 4 mg nasal at 7.5 min"]),
    "naloxone by every route": ("8 h", ["naloxone 0.4 mg iv", "naloxone 2 mg im at 1.01 h", "naloxone 2 mg im-autoinjector at 2.02 h", "naloxone 4 mg nasal at 3.03 h"]),
    "fentanyl infusion, naloxone": ("10 h", ["fentanyl 1 mg iv over 97.3 min at 0.2 h", "naloxone 0.4 mg iv at 1.5 h", "naloxone 0.4 mg iv over 1.234 h at 1.6 h"]),
    "fentanyl in a bolus, naloxone at once": ("6 h", ["fentanyl 2 mg iv at 0.37 h", "naloxone 2 mg iv at 0.37 h"]),
    "fentanyl, repeated in 3 minutes": ("4 h", ["fentanyl 100 mcg iv over 30 s every 3.1 min x 5"]),
    "hydromorphone on naltrexone": ("3 d", ["naltrexone 50 mg oral every 24 h x 2", "hydromorphone 3 mg im at 2.2 d", "hydromorphone 4 mg oral at 2.5 d"]),
    "morphine, naltrexone precipitates": ("36 h", ["morphine 30 mg oral every 4 h x 4", "naltrexone 50 mg oral at 13.7 h"]),
    "infusions that touch": ("10 h", ["morphine 10 mg iv over 2 h every 2 h x 3", "fentanyl 100 mcg iv over 1 s at 3 h"]),
    "four opioids at once": ("8 h", ["heroin 10 mg nasal", "morphine 10 mg iv", "fentanyl 50 mcg iv", "hydromorphone 2 mg sc", "naloxone 0.1 mg im"]),
    "by body weight": ("6 h", ["naloxone 10 mcg/kg iv over 3 min at 1.7 h", "heroin 0.3 mg/kg im"]),
}  # fmt: skip


def errors(scenario, person=0):
    """Largest error of any occupancy, and of any concentration relative to itself."""
    shown = tuple(q for q in scenario.quantities() if q.startswith(("concentration.", "occupancy.")))
    result = simulate(scenario.model_copy(update={"outputs": shown}))
    equations = Equations(scenario, person)
    amounts, bound = equations.solve(result.times)
    occupancy = concentration = 0.0
    for name, exact in zip(equations.ligands, bound.T, strict=True):
        occupancy = max(occupancy, np.abs(result.values[f"occupancy.{name}"][person] - exact).max())
    for drug in scenario.drugs():
        exact = equations.concentration(amounts, drug.name)
        if not exact.max() > 0.0:  # given as a mixture of other drugs: nothing arrives under this name
            continue
        seen = exact > CONCENTRATION * exact.max()
        assert seen.any()
        ours = result.values[f"concentration.{drug.name}"][person]
        concentration = max(concentration, np.abs(ours[seen] / exact[seen] - 1).max())
    return occupancy, concentration


@pytest.mark.parametrize(("drug", "route"), GIVEN)
def test_every_drug_by_every_route_at_once_and_infused(drug, route):
    amount, duration, every = SLOW.get(route, (f"{AMOUNT.get(drug, 10)} mg", "9 h", "1 h"))
    doses = [f"{drug} {amount} {route} at 0.3371 h", f"{drug} {amount} {route} over 36.78 min at 5.1234 h"]
    scenario = from_table({"doses": doses, "duration": duration, "every": every})
    occupancy, concentration = errors(scenario)
    assert occupancy < OCCUPANCY
    speeds = any(each.induction for each in scenario.drugs())  # its own clearance: a step lies between two exact ones
    assert concentration < (1.5e-3 if speeds else CONCENTRATION)


@pytest.mark.long
@pytest.mark.parametrize(("drug", "reading"), READINGS)
def test_every_reading(drug, reading):
    doses = [
        f"{drug} {AMOUNT.get(drug, 10)} mg {next(iter(drugs.load(drug).routes))} at 0.3371 h",
        "naloxone 0.4 mg im at 1 h",
    ]
    occupancy, concentration = errors(from_table({"doses": doses, "duration": "3 h", "readings": {drug: reading}}))
    assert occupancy < OCCUPANCY
    assert concentration < CONCENTRATION


# Of the regimens: kinds of dose, and of one drug after another, that a shorter one of them holds too.
LONG = [
    "heroin, naloxone 20 min later", "naloxone by every route",
    "hydromorphone on naltrexone", "morphine, naltrexone precipitates", "four opioids at once", "by body weight",
]  # fmt: skip


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.long] if n in LONG else []) for n in REGIMENS])
def test_regimens(name):
    duration, doses = REGIMENS[name]
    occupancy, concentration = errors(from_table({"doses": doses, "duration": duration}))
    assert occupancy < OCCUPANCY
    assert concentration < CONCENTRATION


@pytest.mark.parametrize("name", ["tablets off the grid", pytest.param("heroin, two sprays", marks=pytest.mark.long)])
def test_a_person_who_is_not_typical(name):
    duration, doses = REGIMENS[name]
    occupancy, concentration = errors(
        from_table({"doses": doses, "duration": duration, "population": {"n": 6, "seed": 11}}), person=5
    )
    assert occupancy < OCCUPANCY
    assert concentration < CONCENTRATION
