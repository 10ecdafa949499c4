"""Fits and comparisons: exact curves and slopes, the model's own laws, what is found again, and what is refused."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

import opioidsim as ops
from opioidsim.cases.scenario import Scenario
from opioidsim.engine import inputs, linear
from opioidsim.questions.fit import data, linearised, sampled
from opioidsim.questions.question import Who
from opioidsim.refusal import Refusal

TABLETS = str(Path(__file__).parent / "questions" / "tablets.csv")
SEEN = ("naltrexone", "6-beta-naltrexol")
NONE = {"estimate": (), "spread": (), "covariate": ()}
EVENTS = """ID,TIME,AMT,DRUG,ROUTE,II,ADDL,SS,EVID,WT,DV,RATE
A,0,50,naltrexone,oral,24,6,1,1,58,.,.
A,1.5,.,.,.,.,.,.,0,58,1,.
A,30.25,.,.,.,.,.,.,0,58,1,.
A,200,.,.,.,.,.,.,0,58,1,.
B,0,380,naltrexone,im-depot,.,.,.,1,95,.,.
B,24.13,.,.,.,.,.,.,0,95,1,.
B,600.5,.,.,.,.,.,.,0,95,1,.
C,0,10,naltrexone,iv,.,.,.,1,70,.,5
C,1,.,.,.,.,.,.,0,70,1,.
C,3,.,.,.,.,.,.,0,70,1,.
C,7,50,naltrexone,oral,.,.,.,4,70,1,.
C,9,.,.,.,.,.,.,0,70,1,.
"""


def asked(error="combined", prior="library", **chosen):
    """The population that a fit of the made-up tablets asks about."""
    return data.asked(TABLETS, "", "", {}, NONE | chosen, error, prior, Who())


@pytest.fixture(scope="module")
def small():
    """Two facts of eight people, and the linearised estimate."""
    read = asked(estimate=("naltrexone.disposition.CL", "oral.ka"))
    return read.population, linearised.estimated(read.population)


def test_the_exact_solution_is_that_of_the_course(tmp_path):
    (tmp_path / "events.csv").write_text(EVENTS)
    outputs = [f"concentration.{drug}" for drug in SEEN]
    scenario = Scenario(dosing=str(tmp_path / "events.csv"), duration="30 d", outputs=outputs)
    rows = ops.simulate(scenario).observations
    given = linear.kinetics_alone(inputs.read(scenario))
    times = [np.array([each.at for each in one.observed]) for one in given.regimens]
    both = [np.repeat(t, 2) for t in times], [np.tile([0, 1], len(t)) for t in times]
    plan = linear.design(given, *both)
    assert plan.unit == 1 / 100, "the longest unit in which 24.13 h is whole"
    found = np.asarray(linear.concentrations(given, plan, SEEN)(given.values(range(3))))
    mine = np.concatenate([found[: 2 * len(t), i].reshape(-1, 2) for i, t in enumerate(times)])
    assert mine == pytest.approx(rows[outputs].to_numpy(), rel=2e-5)


def test_slopes_are_those_of_differences(small):
    population, _ = small
    w = jnp.asarray(np.random.default_rng(1).normal(0.0, 0.2, (8, 2)))
    at, slopes = population.sloped(w)
    assert np.array_equal(at, population.curve(w))
    for k in range(2):
        step = jnp.zeros_like(w).at[:, k].set(1e-6)
        assert np.asarray(slopes[..., k]) == pytest.approx(
            np.asarray(population.curve(w + step) - at) / 1e-6, rel=1e-4, abs=1e-4
        )
    back = jax.grad(lambda w: population.curve(w).sum())(w)
    assert np.asarray(back) == pytest.approx(np.asarray(slopes.sum(0)), rel=1e-9)


def test_what_is_below_a_limit_counts_by_its_chance(small):
    population, found = small
    numbers = population.split(jnp.asarray(found.theta))
    f = population.curve(population.of_people(numbers.u, numbers.beta, found.eta))
    told, sd = np.asarray(population.told(f, numbers)), np.sqrt(np.asarray(population.variance(f, numbers)))
    here = population.data.below & population.data.there
    assert here.sum() > 3 and set(population.data.y[here]) == {0.5}
    assert told[here] == pytest.approx(norm.logcdf((0.5 - np.asarray(f)) / sd)[here])
    assert (told[~population.data.there] == 0).all()


def test_the_search_ends_where_the_density_is_highest(small):
    population, found = small
    assert np.all(np.linalg.eigvalsh(found.covariance) > 0)
    numbers = population.split(jnp.asarray(found.theta))

    sd = jnp.sqrt(
        population.variance(population.curve(population.of_people(numbers.u, numbers.beta, found.eta)), numbers)
    )
    there, below = population.data.there, population.data.below

    def density(eta):
        off = (population.data.y - population.curve(population.of_people(numbers.u, numbers.beta, eta))) / sd
        told = jnp.where(below, jax.scipy.stats.norm.logcdf(off), -0.5 * off**2)
        return jnp.sum(jnp.where(there, told, 0.0)) - 0.5 * jnp.sum((eta / numbers.omega) ** 2)

    slope = jax.grad(density)(jnp.asarray(found.eta))
    assert np.abs(np.asarray(slope) * found.left).max() < 0.05, "in standard deviations that the data leave"


def test_a_walk_is_the_same_density_in_other_coordinates(small):
    population, found = small
    walk = sampled.Walk.around(population, found)
    begins = walk.begins(found, 2, 1)
    told = []
    for k in range(2):
        z = {name: each[k] for name, each in begins.items()}
        theta, eta = walk.to(z)
        numbers = population.split(theta)
        w = population.of_people(numbers.u, numbers.beta, eta)
        whole = (
            population.before(theta)
            + population.log_likelihood_at(w, numbers)
            + norm.logpdf(eta, 0, numbers.omega).sum()
        )
        turned = jax.jacobian(lambda people: walk.to({"theta": z["theta"], "people": people})[1])(z["people"])  # noqa: B023
        stretched = np.linalg.slogdet(np.asarray(turned).reshape(eta.size, eta.size))[1]
        told.append(float(walk.log_density(z) - whole - stretched))
    assert told[0] == pytest.approx(told[1], abs=1e-6)


@pytest.mark.long
def test_draws_go_on_to_other_verbs(tmp_path):
    answer = ops.fit(TABLETS, estimate=["naltrexone.disposition.CL", "oral.ka"], method="laplace")
    answer.save(tmp_path)
    crowd = Scenario(
        doses=["naltrexone 50 mg oral"], duration="1 d", population={"table": str(tmp_path / "people.csv")}
    )
    assert ops.simulate(crowd).people == len(answer.crowd())
    change = answer.numbers()["set"]
    assert change.keys() == {"naltrexone.disposition.CL", "naltrexone.routes.oral.ka"}
    one = ops.simulate(Scenario(doses=["naltrexone 50 mg oral"], duration="1 d"), change=change)
    assert one.people == 1
    beside = ops.compare(TABLETS, scenario=crowd, sets=50, error=0.15)
    assert "rows of a table of draws" in beside.under


def test_a_prior_of_joint_draws_is_their_mean_and_covariance():
    population = asked(estimate=("naltrexone.disposition.CL", "oral.F")).population
    wide = asked(estimate=("naltrexone.disposition.CL", "oral.F"), prior="wide").population
    assert np.all(np.diag(wide.covariance) == 4.0) and population.facts[1].share
    assert 0.02 < np.sqrt(population.covariance[0, 0]) < 0.5 and population.covariance[0, 1] != 0.0


@pytest.mark.long
def test_a_column_that_acts_is_found(tmp_path):
    rng, people = np.random.default_rng(3), 16
    rows = ["ID,TIME,AMT,DRUG,ROUTE,CRCL,DV,MDV"]
    crcl = rng.uniform(40, 140, people)
    clearance = 140.0 * (crcl / np.median(crcl)) ** 0.8 * np.exp(0.1 * rng.standard_normal(people))
    for i in range(people):
        rows.append(f"{i},0,20,naltrexone,iv,{crcl[i]:.4g},.,1")
        one = ops.simulate(Scenario(doses=["naltrexone 20 mg iv"], duration="12 h", every="1 h", outputs=["concentration.naltrexone"]),
                           change={"naltrexone.disposition.CL": f"{clearance[i]} L/h"})["concentration.naltrexone"]  # fmt: skip
        rows += [
            f"{i},{t},.,.,.,{crcl[i]:.4g},{one[t] * np.exp(0.05 * rng.standard_normal()):.5g},0" for t in (1, 2, 4, 8)
        ]
    (tmp_path / "crcl.csv").write_text("\n".join(rows) + "\n")
    answer = ops.fit(
        str(tmp_path / "crcl.csv"),
        estimate="disposition.CL",
        covariate="disposition.CL=CRCL",
        error="proportional",
        method="laplace",
    )
    row = next(row for row in answer.rows() if "CRCL" in row["parameter"])
    assert row["value_low"] < 0.8 < row["value_high"] and row["value_high"] - row["value_low"] < 0.5
    assert not any("CRCL" in said for said in answer.sentences()), "a column that is used is not passed over"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"estimate": "nonsense"}, "no fact that can be estimated here"),
        ({"estimate": "receptor.mu.K"}, "no fact that can be estimated here"),
        ({"estimate": "oral.ka", "spread": "oral.F"}, "no fact that can be estimated here"),
        ({"covariate": "disposition.CL"}, "write FACT=COLUMN"),
        ({"covariate": "disposition.CL=CRCL"}, 'no column "CRCL"'),
        ({"covariate": "oral.ka=ROUTE"}, "write one number"),
        ({"observed": {"2": "morphine"}}, 'no row has "2" in DVID'),
        ({"observed": {"naltrexone": "morphine"}}, "concentration.morphine is seen, but no dose"),
        ({"observed": {"naltrexone": "liking"}}, "does not move liking"),
        ({"error": "additiv"}, "additive"),
    ],
)
def test_what_cannot_be_fitted_is_refused(given, said):
    with pytest.raises(Refusal, match=said):
        ops.fit(TABLETS, method="laplace", **given)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("ID,TIME,AMT,DRUG,ROUTE\n1,0,50,naltrexone,oral\n", "holds no observation"),
        ("ID,TIME,AMT,DRUG,ROUTE,DV\n1,0,50,naltrexone,oral,.\n1,1,.,.,.,1e300\n", "no plasma can hold"),
        ("ID,TIME,AMT,DRUG,ROUTE,DV\n1,0,1,fentanyl,iv,.\n2,0,5,morphine,iv,.\n2,1,.,.,.,5\n", "do not say which of them was seen"),
        ("ID,TIME,AMT,DRUG,ROUTE,DV [mmHg]\n1,0,50,naltrexone,oral,.\n1,1,.,.,.,5\n", 'DV is in "mmHg"'),
        ("ID,TIME,AMT,DRUG,ROUTE,DV,DVID\n1,0,50,naltrexone,oral,.,.\n1,1,.,.,.,5,2\n", 'DVID is "2"'),
        ("ID,TIME,AMT,DRUG,ROUTE,DV,CENS\n1,0,50,naltrexone,oral,.,.\n1,1,.,.,.,5,-1\n", "CENS is -1"),
        ("ID,TIME,AMT,DRUG,ROUTE,DV\n1,0,80,methadone,oral,.\n1,1,.,.,.,5\n", "speeds its own clearance"),
        ("ID,TIME,AMT,DRUG,ROUTE,DV,WT\n1,0,50,naltrexone,oral,.,70\n1,1,.,.,.,5,75\n", "changes in time"),
        ("ID,TIME,AMT,DRUG,ROUTE,DV,II,SS,DUR\n1,0,50,naltrexone,iv,.,24,1,2\n1,1,.,.,.,5,.,.,.\n", "infusion at steady state"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_fitted_are_refused(tmp_path, table, said):
    (tmp_path / "table.csv").write_text(table)
    with pytest.raises(Refusal, match=said):
        ops.fit(str(tmp_path / "table.csv"), method="laplace")


def test_a_proportional_error_has_no_room_where_nothing_is_there(tmp_path):
    (tmp_path / "table.csv").write_text(
        "ID,TIME,AMT,DRUG,ROUTE,DV\n1,2,50,naltrexone,oral,.\n1,1,.,.,.,5\n1,3,.,.,.,5\n"
    )
    with pytest.raises(Refusal, match="observed at 1 h, when no drug is there yet"):
        ops.fit(str(tmp_path / "table.csv"), error="proportional", method="laplace")


def test_what_is_compared_needs_a_dose_from_somewhere(tmp_path):
    (tmp_path / "seen.csv").write_text("ID,TIME,AMT,DV [mcg/L]\n1,1,.,5\n1,4,.,1\n2,1,.,4\n")
    with pytest.raises(Refusal, match="gives no dose"):
        ops.compare(str(tmp_path / "seen.csv"))
    scenario = Scenario(doses=["naltrexone 50 mg oral"], duration="1 d")
    found = ops.compare(str(tmp_path / "seen.csv"), scenario=scenario, sets=50)
    assert "doses of the scenario" in found.under and found.rows()[1]["observed"] == pytest.approx(4.5)
    with pytest.raises(Refusal, match="an episode was given"):
        ops.compare(
            str(tmp_path / "seen.csv"),
            scenario={"clock": "episode", "duration": "1 h", "doses": ["naltrexone 50 mg oral"]},
        )


PUPILS = ("oxycodone.disposition.CL", "oxycodone.receptor.mu.K")


def pupils(path, people, times, values=None, dvid="pupil"):
    """Tablets of oxycodone, with the level in plasma and the pupil of each, and the population that a fit of them asks about."""
    lines, seen = (
        ["ID,TIME,AMT,DRUG,ROUTE,DV,DVID,MDV"],
        iter(np.ones(2 * people * len(times)) if values is None else values),
    )
    for who in range(people):
        lines.append(f"{who},0,{10 if who % 2 else 30},oxycodone,oral,.,.,1")
        lines += [f"{who},{t},.,.,.,{next(seen):.8g},{of},0" for t in times for of in ("oxycodone", dvid)]
    path.write_text("\n".join(lines) + "\n")
    chosen = {"estimate": PUPILS, "spread": PUPILS, "covariate": ()}
    return data.asked(str(path), "", "", {}, chosen, "additive", "wide", Who()).population


def test_an_effect_follows_the_course_of_a_run(tmp_path):
    """The level and the pupil at each observation are those that a run gives with the same facts."""
    times = (0.5, 2, 6, 12)
    population = pupils(tmp_path / "data.csv", 2, times)
    w = np.array([[0.3, -0.4], [0.0, 0.0]])
    found = np.asarray(population.curve(w))
    for who, dose in enumerate((30, 10)):
        change = {
            each.name: f"{float(each.at(w[who, k])):.12g} {each.fact.unit}" for k, each in enumerate(population.facts)
        }
        scenario = Scenario(
            doses=[f"oxycodone {dose} mg oral"], duration="12 h", every="30 min", outputs=list(population.quantities)
        )
        table = ops.simulate(scenario, change=change).table.set_index("time_h")
        for k, quantity in enumerate(population.quantities):
            expected = table.loc[list(times), quantity].to_numpy()
            assert found[k::2, who] == pytest.approx(expected, rel=2e-4), quantity


@pytest.mark.long
def test_kinetics_with_an_effect_recover_their_truth(tmp_path):
    """24 people with spreads of 30 % in clearance and binding: estimates, spreads and errors within three standard errors, most in one."""
    times, path = (0.5, 1, 2, 4, 6, 8, 12, 24), tmp_path / "data.csv"
    population = pupils(path, 24, times)
    rng = np.random.default_rng(3)
    eta = 0.3 * rng.standard_normal((24, 2))
    f = np.asarray(population.curve(population.of_people(jnp.zeros(2), jnp.zeros(0), eta)))
    errors = np.where(np.arange(len(f)) % 2, 0.3, 2.0)[:, None]  # mm, ng/mL
    seen = f + errors * rng.standard_normal(f.shape)
    found = linearised.estimated(pupils(path, 24, times, seen.T.ravel()))
    truth = np.concatenate([[0.0, 0.0], np.log([0.3, 0.3, 2.0, 0.3])])
    off = np.abs(found.theta - truth) / np.sqrt(np.diag(found.covariance))
    assert off.max() < 3.0 and (off < 1.0).sum() >= 4, off


def test_what_no_fit_with_effects_follows_is_refused(tmp_path):
    with pytest.raises(Refusal, match="belongs to the minutes of an episode"):
        pupils(tmp_path / "a.csv", 2, (1, 2), dvid="ventilation")
    with pytest.raises(Refusal, match="share, from 0 to 1; divide by 100"):
        pupils(tmp_path / "b.csv", 2, (1, 2), [5, 85, 3, 80] * 2, dvid="occupancy.oxycodone")
    rows = "ID,TIME,AMT,DRUG,ROUTE,II,SS,DV,DVID\n1,0,10,oxycodone,oral,12,1,.,.\n1,3,.,.,.,.,.,5,pupil\n"
    (tmp_path / "c.csv").write_text(rows)
    with pytest.raises(Refusal, match="ID 1 has doses at steady state, which a fit with effects does not follow"):
        ops.fit(str(tmp_path / "c.csv"), estimate=["oxycodone.receptor.mu.K"])
    with pytest.raises(Refusal, match="pupil is no concentration"):
        ops.compare(str(tmp_path / "c.csv"))
