"""The bridge: which number a parameter gets for whom, and that the matrices lose and create no drug."""

import numpy as np
import pytest

from opioidsim import compartments, course_arrays, parameters
from opioidsim import drug as drugs
from opioidsim.dose import parse
from opioidsim.person import Person, _sigma, body, normal
from opioidsim.refusal import Refusal
from opioidsim.scenario import from_table

LINEAR = [drug for drug in map(drugs.load, drugs.names()) if not drug.disposition.Vmax]
GIVEN = [(drug.name, route) for drug in LINEAR for route in drug.routes]


def values(*doses, people=range(1), table=None, **keys):
    return parameters.values(from_table({"doses": list(doses), **keys}), people, table)


def test_parameters_come_in_hours_litres_and_nanomoles():
    found = values("heroin 25 mg iv", "naloxone 2 mg im", "naltrexone 50 mg oral")
    for name, symbol, unit in (
        ("heroin", "CL_per_kg", 0.06),  # mL/min/kg
        ("heroin", "half_life", 1 / 60),  # min
        ("naltrexone", "V1", 1.0),  # L
    ):
        fact = getattr(drugs.load(name).disposition, symbol)
        assert found[f"{name}.disposition.{symbol}"] == pytest.approx(fact.value * unit)
    assert found["naloxone.routes.im.ktr"] == pytest.approx(drugs.load("naloxone").routes["im"].ktr.value * 3600)  # 1/s
    drug = drugs.load("naltrexone")
    assert found["naltrexone.receptor.mu.K"] == pytest.approx(
        drug.receptor["mu"].K.value / drug.molar_mass.value * 1000
    )  # ng/mL


def test_binding_measured_per_picomolar_is_the_same_per_nanomolar():
    site = drugs.load("naloxone").receptor["mu"]
    assert site.kon.unit == "pM^-n/s"
    found = values("naloxone 1 mg iv")["naloxone.receptor.mu.kon"]
    nanomolar = 0.7
    per_second = site.kon.value * (1000 * nanomolar) ** site.n.value
    assert found * nanomolar**site.n.value == pytest.approx(3600 * per_second)


def test_clearance_and_volume_grow_with_weight_by_allometry():
    light, heavy = (values("fentanyl 1 mg iv", person={"weight": weight}) for weight in (50.0, 100.0))
    powers = body()["allometry"]
    for symbol, power in (("CL", "clearance"), ("Q2", "clearance"), ("V1", "volume"), ("V2", "volume")):
        name = f"fentanyl.disposition.{symbol}"
        assert heavy[name] / light[name] == pytest.approx(2.0 ** powers[power]["exponent"].value)


@pytest.mark.parametrize("name", ["heroin", "hydromorphone"])
def test_allometry_does_not_depend_on_how_a_disposition_is_written(name):
    light, heavy = (values(f"{name} 1 mg iv", person={"weight": weight}) for weight in (50.0, 100.0))
    powers = body()["allometry"]
    cl, v1, peripheral = zip(
        *(parameters.clearances(given, f"{name}.disposition") for given in (light, heavy)), strict=True
    )
    assert cl[1] / cl[0] == pytest.approx(2.0 ** powers["clearance"]["exponent"].value)
    assert v1[1] / v1[0] == pytest.approx(2.0 ** powers["volume"]["exponent"].value)
    for (q_light, v_light), (q_heavy, v_heavy) in zip(*peripheral, strict=True):
        assert q_heavy / q_light == pytest.approx(2.0 ** powers["clearance"]["exponent"].value)
        assert v_heavy / v_light == pytest.approx(2.0 ** powers["volume"]["exponent"].value)


def test_a_published_weight_effect_replaces_allometry():
    drug = drugs.load("naltrexone")
    covariate = next(c for c in drug.covariates if (c.on, c.of) == ("disposition.CL", "weight"))
    at = [
        values("naltrexone 50 mg oral", person={"weight": w})["naltrexone.disposition.CL"].item() for w in (70.0, 80.0)
    ]
    age = next(c for c in drug.covariates if (c.on, c.of) == ("disposition.CL", "age"))
    by_age = 1 + age.slope.value * (Person().age - age.reference) / drug.disposition.CL.value
    assert at[1] - at[0] == pytest.approx(10 * covariate.slope.value * by_age)


def test_cirrhosis_multiplies_what_reaches_the_blood():
    well, ill = (
        values("naltrexone 50 mg oral", person={"liver": liver})["naltrexone.routes.oral.F"]
        for liver in ("healthy", "cirrhosis")
    )
    factor = next(c for c in drugs.load("naltrexone").covariates if c.of == "cirrhosis").factor.value
    assert ill / well == pytest.approx(factor)


def test_each_person_gets_the_typical_value_times_their_own_draw():
    people = range(100, 140)
    name = "naltrexone.routes.oral.ka"
    fact = drugs.load("naltrexone").routes["oral"].ka
    found = values("naltrexone 50 mg oral", people=people, population={"n": 1000, "seed": 5})[name]
    assert found == pytest.approx(fact.value * np.exp(_sigma(fact.spread) * normal(5, name, people)))


def test_no_one_absorbs_more_than_the_dose():
    found = values("naltrexone 50 mg oral", people=range(2000), population={"n": 2000}, person={"liver": "cirrhosis"})
    assert found["naltrexone.routes.oral.F"].max() == 1.0


def test_another_drug_changes_no_ones_draw():
    alone, both = (
        values(*doses, people=range(20), population={"n": 20})
        for doses in (["naltrexone 50 mg oral"], ["heroin 5 mg iv", "naltrexone 50 mg oral"])
    )
    assert all(np.array_equal(alone[name], both[name]) for name in alone)


def test_a_table_of_draws_replaces_the_parameters_it_names():
    table = {"naltrexone.disposition.CL": np.array([100.0, 200.0])}
    found = values("naltrexone 50 mg oral", people=range(2), table=table)
    assert found["naltrexone.disposition.CL"].tolist() == [100.0, 200.0]
    assert np.ptp(found["naltrexone.disposition.V1"]) == 0


def test_an_unknown_column_of_draws_is_refused_with_the_nearest():
    with pytest.raises(Refusal, match='Did you mean "naltrexone.biophase_half_life"'):
        values("naltrexone 50 mg oral", table={"naltrexone.biophase_halflife": np.ones(1)})


def exposure(drug, route, infused):
    """Area under each compartment after one nanomole, and the plan and values behind it: x' = A x, area = -A^-1 x(0)."""
    dose = parse(f"{drug} 1 mg {route}{' over 1 h' if infused else ''}")
    scenario = from_table({"doses": [str(dose)]})
    plan = compartments.layout(scenario.drugs(), (dose,))
    given = parameters.values(scenario, range(1))
    march = course_arrays.body_of(plan, given)
    a, entry = np.asarray(march.a[0, ..., 0]), np.asarray(march.entry[0, 0, :, 0])
    return plan, given, a, entry


@pytest.mark.parametrize(("drug", "route"), GIVEN)
def test_area_times_clearance_is_what_reaches_the_blood(drug, route):
    plan, given, a, entry = exposure(drug, route, infused=False)
    area = -np.linalg.solve(a, entry)
    ((central, prefix),) = plan.central[drug]
    clearance, volume, _ = parameters.clearances(given, prefix)
    reached = given.get(f"{drug}.routes.{route}.F", np.ones(1))
    assert area[plan.place[central][1]] / volume * clearance == pytest.approx(reached, rel=1e-9)


@pytest.mark.parametrize("infused", [False, True])
@pytest.mark.parametrize(("drug", "route"), GIVEN)
def test_no_drug_is_created_or_forgotten(drug, route, infused):
    plan, _, a, entry = exposure(drug, route, infused)
    row = {name: number for name, (_, number) in plan.place.items()}
    mass = [number for name, number in row.items() if not name.endswith((".site", ".pump"))]
    lost = -a[np.ix_(mass, mass)].sum(0)
    assert (lost > -1e-9).all()
    arrives = sum(a[mass, row[name]] for name in row if name.endswith(".pump")) if infused else entry[mass]
    area = -np.linalg.solve(a[np.ix_(mass, mass)], arrives)
    direct = route == "iv" or (not drugs.load(drug).routes[route].ka and not drugs.load(drug).routes[route].phases)
    reached = given_share(drug, route) if direct else 1.0
    assert arrives.sum() == pytest.approx(reached)
    assert lost @ area == pytest.approx(reached, rel=1e-9)


def given_share(drug, route):
    fact = drugs.load(drug).routes[route].F
    return fact.value if fact else 1.0
