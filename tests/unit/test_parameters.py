"""The bridge: which number a parameter gets for whom, and that the matrices lose and create no drug."""

from dataclasses import replace

import numpy as np
import pytest

from opioidsim.cases import change as changes
from opioidsim.cases import drug as drugs
from opioidsim.cases import patch
from opioidsim.cases.dose import parse
from opioidsim.cases.person import Person, log_sigma, normal
from opioidsim.cases.scenario import from_table
from opioidsim.engine import course_arrays, inputs, parameters
from opioidsim.facts import library
from opioidsim.refusal import Refusal

LINEAR = [drug for drug in map(drugs.load, drugs.names()) if not drug.disposition.Vmax]
GIVEN = [(drug.name, route) for drug in LINEAR for route in drug.routes]
AT_ONCE = [(name, route) for name, route in GIVEN if not patch.worn(name, route)]


def values(*doses, people=range(1), table=None, **keys):
    read = inputs.read(from_table({"doses": list(doses), "duration": "24 h", **keys}))
    return replace(read, table=table or {}).values(people)


def test_parameters_come_in_hours_litres_and_nanomoles():
    found = values("heroin 25 mg iv", "naloxone 2 mg im-autoinjector", "naltrexone 50 mg oral")
    for name, symbol, unit in (
        ("heroin", "CL_per_kg", 0.06),  # mL/min/kg
        ("heroin", "half_life", 1 / 60),  # min
        ("naltrexone", "V1", 1.0),  # L
    ):
        fact = getattr(drugs.load(name).disposition, symbol)
        assert found[f"{name}.disposition.{symbol}"] == pytest.approx(fact.value * unit)
    assert found["naloxone.routes.im-autoinjector.ktr"] == pytest.approx(
        drugs.load("naloxone").routes["im-autoinjector"].ktr.value * 3600
    )  # 1/s
    drug = drugs.load("naltrexone")
    assert found["naltrexone.receptor.mu.K"] == pytest.approx(
        drug.receptor["mu"].K.value / drug.molar_mass.value * 1000
    )  # ng/mL


PUBLISHED = {"clock": "episode", "readings": "mann-2022", "duration": "8 h"}


def test_binding_measured_per_picomolar_is_the_same_per_nanomolar():
    site = drugs.load("naloxone", "mann-2022").receptor["mu"]
    assert site.kon.unit == "pM^-n/s"
    found = values("naloxone 1 mg iv", **PUBLISHED)["naloxone.receptor.mu.kon"]
    nanomolar = 0.7
    per_second = site.kon.value * (1000 * nanomolar) ** site.n.value
    assert found * nanomolar**site.n.value == pytest.approx(3600 * per_second)


def test_a_receptor_has_one_set_of_constants_on_both_clocks():
    for drug in map(drugs.load, drugs.names()):
        if "mu" not in drug.receptor or not drug.routes:
            continue
        dose = f"{drug.name} 1 mg {next(iter(drug.routes))}"
        course, episode = (values(dose, clock=clock, duration="8 h") for clock in ("course", "episode"))
        mine = [
            name for name in course if ".receptor." in name or name.rpartition(".")[2] in ("ke0", "biophase_half_life")
        ]
        assert mine and {name: course[name].item() for name in mine} == {name: episode[name].item() for name in mine}


def test_the_reading_of_the_whole_model_reaches_every_drug_that_knows_it():
    doses = ("fentanyl 1 mg iv", "buprenorphine 1 mg iv", "naloxone 1 mg iv", "naltrexone 50 mg oral")
    plain, read = values(*doses, clock="episode", duration="8 h"), values(*doses, **PUBLISHED)
    for name in ("fentanyl", "buprenorphine", "naloxone"):
        known = drugs.load(name, "mann-2022")
        half = (f"{name}.receptor.mu.{symbol}" for symbol in ("K", "kon", "efficacy", "koff"))
        assert any(plain.get(key) != read.get(key) for key in half) and known != drugs.load(name)
    assert read["naltrexone.receptor.mu.K"] == plain["naltrexone.receptor.mu.K"]  # of which it says nothing
    assert "person.sensitivity" in plain and "person.sensitivity" not in read


def test_clearance_and_volume_grow_with_weight_by_allometry():
    light, heavy = (values("fentanyl 1 mg iv", person={"weight": weight}) for weight in (50.0, 100.0))
    powers = library.body("body")["allometry"]
    for symbol, power in (("CL", "clearance"), ("Q2", "clearance"), ("V1", "volume"), ("V2", "volume")):
        name = f"fentanyl.disposition.{symbol}"
        assert heavy[name] / light[name] == pytest.approx(2.0 ** powers[power]["exponent"].value)


@pytest.mark.parametrize("name", ["heroin", "hydromorphone"])
def test_allometry_does_not_depend_on_how_a_disposition_is_written(name):
    light, heavy = (values(f"{name} 1 mg iv", person={"weight": weight}) for weight in (50.0, 100.0))
    powers = library.body("body")["allometry"]
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
    assert found == pytest.approx(fact.value * np.exp(log_sigma(fact.spread) * normal(5, name, people)))


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
    scenario = from_table({"doses": [str(dose)], "duration": "24 h"})
    read = inputs.read(scenario)
    plan, given = read.plan, read.values(range(1))
    march = course_arrays.body_of(plan, given)
    a, entry = np.asarray(march.a[0, ..., 0]), np.asarray(march.entry[0, 0, :, 0])
    return plan, given, a, entry


@pytest.mark.parametrize(("drug", "route"), AT_ONCE)
def test_area_times_clearance_is_what_reaches_the_blood(drug, route):
    plan, given, a, entry = exposure(drug, route, infused=False)
    area = -np.linalg.solve(a, entry)
    ((central, prefix),) = plan.central[drug]
    clearance, volume, _ = parameters.clearances(given, prefix)
    reached = given.get(f"{drug}.routes.{route}.F", np.ones(1))
    assert area[plan.place[central][1]] / volume * clearance == pytest.approx(reached, rel=1e-9)


@pytest.mark.parametrize(("drug", "route", "infused"), [*((*each, False) for each in AT_ONCE), *((*each, True) for each in GIVEN)])  # fmt: skip
def test_no_drug_is_created_or_forgotten(drug, route, infused):
    plan, _, a, entry = exposure(drug, route, infused)
    row = {name: number for name, (_, number) in plan.place.items()}
    mass = [number for name, number in row.items() if not name.endswith((".site", ".pump"))]
    lost = -a[np.ix_(mass, mass)].sum(0)
    assert (lost > -1e-9).all()
    arrives = sum(a[mass, row[name]] for name in row if name.endswith(".pump")) if infused else entry[mass]
    area = -np.linalg.solve(a[np.ix_(mass, mass)], arrives)
    direct = not drugs.load(drug).routes[route].ka and not drugs.load(drug).routes[route].phases
    reached = given_share(drug, route) if direct else 1.0
    assert arrives.sum() == pytest.approx(reached)
    assert lost @ area == pytest.approx(reached, rel=1e-9)


def given_share(drug, route):
    fact = drugs.load(drug).routes[route].F
    return fact.value if fact else 1.0


def test_breathing_is_the_same_for_everyone_unless_a_table_says_otherwise():
    plain = inputs.physiology(library.body("breathing"), range(4))
    assert all(np.ndim(value) == 0 for value in plain)
    drawn = inputs.physiology(library.body("breathing"), range(1, 3), {"breathing.W": np.array([5.0, 6.0, 7.0])})
    assert drawn.W.tolist() == [6.0, 7.0]
    assert drawn._replace(W=plain.W) == plain


def test_flows_of_blood_and_gas_are_per_second_and_drives_per_minute():
    found, facts = (
        inputs.physiology(library.body("breathing"), range(1), {"breathing.Q_B0": np.array([60.0])}),
        library.body("breathing"),
    )
    assert pytest.approx(facts["Q_T0"].value / 60) == found.Q_T0
    assert pytest.approx(facts["M_B_O2"].value / 60) == found.M_B_O2
    assert facts["W"].value == found.W
    assert found.Q_B0.tolist() == [1.0]


def test_an_unknown_column_of_breathing_is_refused_with_the_nearest():
    with pytest.raises(
        Refusal, match='"breathing.tau_pp", but breathing has no such parameter. Did you mean "breathing.tau_p"'
    ):
        inputs.physiology(library.body("breathing"), range(1), {"breathing.tau_pp": np.ones(1)})


EPISODE = {"clock": "episode", "doses": ["fentanyl 1 mg iv"], "rescue": {"drug": "naloxone 2 mg im-autoinjector"}}


def drawn_from(folder, *columns, **keys):
    """The parameters of the person in a table with these columns."""
    paths = []
    for number, table in enumerate(columns):
        path = folder / f"{number}.csv"
        path.write_text(",".join(table) + "\n" + ",".join(repr(v) for v in table.values()) + "\n")
        paths.append(str(path))
    scenario = from_table(EPISODE | keys | {"population": {"table": paths}})
    return inputs.read(scenario).values(range(1))


def typical(**keys):
    return inputs.read(from_table(EPISODE | keys)).values(range(1))


def test_the_columns_of_a_published_table_are_known_by_their_own_names(tmp_path):
    kinetics = {"row": 1, "VP": 8.0, "VP2": 9.0, "VP3": 150.0, "Cl": 0.014, "Q2": 0.036, "Q3": 0.041}
    binding = {"row": 1, "A1": 4e-5, "B1": 0.005, "n": 0.8}
    found = drawn_from(tmp_path, kinetics, binding, readings="mann-2022")
    cl, v1, ((q2, v2), (q3, v3)) = parameters.clearances(found, "fentanyl.disposition")
    assert [x.item() for x in (cl, v1, q2, v2, q3, v3)] == pytest.approx([0.014 * 3600, 8.0, 0.036 * 3600, 9.0, 0.041 * 3600, 150.0])  # fmt: skip
    assert found["fentanyl.receptor.mu.kon"].item() == pytest.approx(4e-5 * 3600 * 1000**0.8)
    assert found["fentanyl.receptor.mu.koff"].item() == pytest.approx(0.005 * 3600)
    assert found["fentanyl.receptor.mu.n"].item() == 0.8


def test_a_published_table_of_another_reading_is_refused_with_that_reading(tmp_path):
    with pytest.raises(Refusal, match='A1, B1, n is of fentanyl in the reading "mann-2022"; write readings'):
        drawn_from(tmp_path, {"row": 1, "A1": 4e-5, "B1": 0.005, "n": 0.8})
    syringe = {
        "row": 1,
        "F": 0.5,
        "Ktr": 0.01,
        "Kin": 0.02,
        "Kout": 30.0,
        "V1": 1e5,
        "k12": 50.0,
        "k21": 0.0,
        "V2": 2e5,
    }
    with pytest.raises(Refusal, match='V2 is of naloxone in the reading "mann-2022"; write readings'):
        drawn_from(tmp_path, syringe, rescue={"drug": "naloxone 2 mg im"})


def test_a_product_with_its_own_disposition_takes_its_own_table(tmp_path):
    table = {"row": 1, "F": 0.5, "Ktr": 0.01, "Kin": 0.02, "Kout": 30.0, "V1": 1e5, "k12": 50.0, "k21": 0.0, "V2": 2e5}
    found, plain = drawn_from(tmp_path, table), typical()
    assert found["naloxone.routes.im-autoinjector.disposition.V1"].item() == pytest.approx(100.0)
    assert found["naloxone.routes.im-autoinjector.ktr"].item() == pytest.approx(36.0)
    assert found["naloxone.disposition.V1"] == plain["naloxone.disposition.V1"]


def test_a_drawn_rate_constant_takes_the_place_of_a_clearance(tmp_path):
    found = drawn_from(tmp_path, {"fentanyl.disposition.k10 [1/min]": 0.12})
    assert "fentanyl.disposition.CL" not in found
    cl, v1, _ = parameters.clearances(found, "fentanyl.disposition")
    assert cl / v1 == pytest.approx(7.2)


@pytest.mark.parametrize("name", ["fentanyl", "naloxone", "naltrexone", "buprenorphine", "oxycodone"])
def test_a_column_in_the_unit_of_the_library_changes_nothing(tmp_path, name):
    """Also a kon per picomolar to the power n: what `opioidsim show` prints is read as it stands."""
    route = next(iter(drugs.load(name).routes))
    keys = {"doses": [f"{name} 1 mg {route}"]}
    facts = changes.facts_of(from_table(EPISODE | keys).drugs()[:1])
    usual = typical(**keys)
    moved = {f"{name}.{c.on}" for c in drugs.load(name).covariates}  # by this person's own age or weight
    mine = {n: facts[n] for n in usual if n in facts and n not in moved and (".routes." not in n or f".{route}." in n)}
    columns = {f"{n} [{f.unit}]" if f.unit else n: f.value for n, f in mine.items()}
    found = drawn_from(tmp_path, columns, **keys)
    assert {n: found[n].item() for n in mine} == pytest.approx({n: usual[n].item() for n in mine}, rel=1e-12)


def test_no_drawn_share_exceeds_the_dose(tmp_path):
    assert (
        drawn_from(tmp_path, {"naloxone.routes.im-autoinjector.F": 1.7})["naloxone.routes.im-autoinjector.F"].item()
        == 1.0
    )


def test_a_spread_has_its_median_and_its_cap():
    fact = drugs.load("naloxone").routes["im-autoinjector"].F
    found = typical(population={"n": 1})  # one draw exists
    many = inputs.read(from_table(EPISODE | {"population": {"n": 4000, "seed": 2}})).values(range(4000))["naloxone.routes.im-autoinjector.F"]  # fmt: skip
    assert found["naloxone.routes.im-autoinjector.F"].item() <= fact.most
    assert np.median(many) == pytest.approx(fact.median, rel=0.03)
    assert many.max() == pytest.approx(fact.most)


def test_drawn_breathing_belongs_to_no_drug(tmp_path):
    found = drawn_from(tmp_path, {"breathing.W": 6.0, "fentanyl.disposition.V1 [L]": 9.0})
    assert found["fentanyl.disposition.V1"].item() == 9.0
    assert not any(name.startswith("breathing.") for name in found)
