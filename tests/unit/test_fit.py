"""Fits and comparisons: exact curves and slopes, the model's own laws, what is found again, and what is refused."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

import opioidsim as ops
from opioidsim.cases.scenario import Scenario
from opioidsim.engine import inputs, linear
from opioidsim.questions import questions
from opioidsim.questions.fit import data, linearised, sampled
from opioidsim.questions.fit.model import rooted
from opioidsim.questions.fit.rules import rules
from opioidsim.questions.question import Who
from opioidsim.refusal import Refusal

TABLETS = str(Path(__file__).parent / "questions" / "tablets.csv")
SEEN = ("naltrexone", "6-beta-naltrexol")
NONE = {"estimate": (), "spread": (), "correlated": (), "covariate": ()}
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


def test_spreads_that_go_together_are_one_normal_law(small):
    """The density of the straightened observations is that of the whole multivariate normal law, Omega with its correlation in it."""
    population, found = replace(small[0], together=(0, 1)), small[1]
    theta = np.insert(found.theta, 4, np.arctanh(-0.6))  # two facts, two spreads, then how they go together
    assert np.asarray(population.correlations(jnp.asarray(theta))) == pytest.approx([-0.6])
    numbers = population.split(jnp.asarray(theta))
    w = population.of_people(numbers.u, numbers.beta, found.eta)
    straight = linearised._straight(population, theta, found.eta, *population.sloped(w))
    told, _, left = linearised._log_density(population, jnp.asarray(theta), straight)
    omega, data, whole = np.asarray(numbers.omega), population.data, 0.0
    law = np.outer(omega, omega) * [[1.0, -0.6], [-0.6, 1.0]]
    variance = np.where(data.below, straight.fixed, population.variance(straight.f, numbers))
    for i in range(population.people):
        here = data.there[:, i]
        z = np.asarray(straight.z)[here, i]
        covariance = z @ law @ z.T + np.diag(variance[here, i])
        off = np.asarray(straight.r)[here, i] - np.asarray(straight.x)[here, i] @ np.asarray(numbers.u)
        whole += multivariate_normal.logpdf(off, np.zeros(len(off)), covariance)
        mine = law - law @ z.T @ np.linalg.solve(covariance, z @ law)
        assert np.asarray(left)[i] == pytest.approx(np.sqrt(np.diag(mine)), rel=1e-6)
    assert float(told - population.before(jnp.asarray(theta))) == pytest.approx(whole, rel=1e-9)


def test_any_ties_are_a_correlation_matrix_and_their_prior_is_a_law(small):
    ties = np.random.default_rng(2).normal(0.0, 1.5, 6)
    root = np.asarray(rooted(ties, 4))
    assert np.diag(root @ root.T) == pytest.approx(np.ones(4)) and np.abs(root @ root.T).max() <= 1.0 + 1e-12
    assert (root @ root.T)[0, 1] == pytest.approx(np.tanh(ties[0]))
    population = replace(small[0], together=(0, 1))
    z = np.linspace(-3.0, 3.0, 21)
    each = [float(population.before(jnp.asarray(np.insert(small[1].theta, 4, at)))) for at in z]
    density = np.exp(np.array(each) - max(each))
    r, shape = np.tanh(z), rules().correlation
    law = (1.0 - r**2) ** shape  # of r to the power of shape - 1, times dr/dz
    assert density / density.sum() == pytest.approx(law / law.sum(), abs=1e-12)


@pytest.mark.long
def test_a_correlation_is_found_again(tmp_path):
    """60 people after 20 mg into a vein, spreads of 30 and 40 % in clearance and volume with a correlation of 0.7: numbers within three
    standard errors, the correlation told, and people of people.csv go together."""
    times, path, truth = (0.25, 0.5, 1, 2, 4, 8, 12), tmp_path / "data.csv", (0.3, 0.4, 0.7)
    facts = ("naltrexone.disposition.CL", "naltrexone.disposition.V1")

    def table(values):
        lines, seen = ["ID,TIME,AMT,DRUG,ROUTE,DV,MDV"], iter(values)
        for who in range(60):
            lines.append(f"{who},0,20,naltrexone,iv,.,1")
            lines += [f"{who},{t},.,.,.,{next(seen):.8g},0" for t in times]
        path.write_text("\n".join(lines) + "\n")
        chosen = {"estimate": facts, "spread": facts, "correlated": ("all",), "covariate": ()}
        return data.asked(str(path), "", "", {}, chosen, "proportional", "wide", Who()).population

    population, rng = table(np.ones(60 * len(times))), np.random.default_rng(8)
    law = np.outer(truth[:2], truth[:2]) * [[1.0, truth[2]], [truth[2], 1.0]]
    eta = rng.multivariate_normal(np.zeros(2), law, 60)
    f = np.asarray(population.curve(population.of_people(jnp.zeros(2), jnp.zeros(0), eta)))
    table((f * (1.0 + 0.1 * rng.standard_normal(f.shape))).T.ravel())
    asked = {"estimate": facts, "spread": facts, "error": "proportional", "prior": "wide", "method": "laplace"}
    answer = ops.fit(str(path), correlated="all", **asked)
    row = answer.rows()[2]
    assert row["parameter"] == f"correlation of {facts[0]} and {facts[1]}"
    assert abs(row["likeliest"] - truth[2]) < 2.0 * row["standard_error"] < 0.3
    assert row["value_low"] < truth[2] < row["value_high"]
    for k, omega in enumerate(truth[:2]):
        assert abs(answer.rows()[k]["omega_likeliest"] - omega) < 3.0 * answer.rows()[k]["omega_standard_error"]
    assert np.corrcoef(np.log(answer.crowd()).T)[0, 1] == pytest.approx(row["likeliest"], abs=0.12)
    alone = ops.fit(str(path), **asked)
    assert answer.numbers()["log_likelihood"] > alone.numbers()["log_likelihood"] + 5.0


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
        ({"estimate": "oral.ka", "correlated": "all"}, "a correlation is of two or more"),
        ({"estimate": "oral.ka", "correlated": "oral.F"}, "no fact that can be estimated here"),
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
        ("ID,TIME,AMT,DRUG,ROUTE,DV,DVID\n1,0,50,naltrexone,oral,.,.\n1,1,.,.,.,5,2\n", 'DVID .or CMT. is "2"'),
        ("ID,TIME,AMT,DRUG,ROUTE,DV,CMT\n1,0,50,naltrexone,oral,.,1\n1,1,.,.,.,5,2\n1,1,.,.,.,9,3\n", 'DVID .or CMT. is "[23]"'),
        ("ID,TIME,AMT,DRUG,ROUTE,DV,OCC\n1,0,50,naltrexone,oral,.,1\n1,9,50,naltrexone,oral,.,2\n1,10,.,.,.,5,2\n", "OCC of ID 1 is 1, 2, and spreads"),
        ("ID,TIME,AMT,DRUG,ROUTE,DV\n1,0,50,naltrexone,oral,.\n1,1,.,.,.,5\n2,4,.,.,.,3\n", "ID 2 has DV 3 at 4 h, but no dose"),
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
    (tmp_path / "seen.csv").write_text("ID,TIME,AMT,DV [mcg/L]\n1,1,.,5\n1,4,.,1\n2,1,.,4\n2,4,.,<2\n")
    with pytest.raises(Refusal, match="gives no dose"):
        ops.compare(str(tmp_path / "seen.csv"))
    scenario = Scenario(doses=["naltrexone 50 mg oral"], duration="1 d")
    found = ops.compare(str(tmp_path / "seen.csv"), scenario=scenario, sets=50)
    assert "counts as the limit, observed and simulated" in " ".join(found.sentences())
    assert "doses of the scenario" in found.under and found.rows()[1]["observed"] == pytest.approx(4.5)
    with pytest.raises(Refusal, match="an episode was given"):
        ops.compare(
            str(tmp_path / "seen.csv"),
            scenario={"clock": "episode", "duration": "1 h", "doses": ["naltrexone 50 mg oral"]},
        )


def test_one_chain_is_refused_since_nothing_could_agree_with_it():
    with pytest.raises(Refusal, match="at least 2 and at most 16"):
        questions()["fit"].read({"data": "tablets.csv", "chains": 1})
