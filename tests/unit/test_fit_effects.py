"""Fits of kinetics with an effect: the course of a run, what is found again, and what is refused."""

from types import SimpleNamespace

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import opioidsim as ops
from opioidsim.cases.scenario import Scenario
from opioidsim.questions.fit import data, linearised, words
from opioidsim.questions.question import Who
from opioidsim.refusal import Refusal
from opioidsim.show import vpc

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
    chosen = {"estimate": PUPILS, "spread": PUPILS, "correlated": (), "covariate": ()}
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
            doses=[f"oxycodone {dose} mg oral"], duration="12 h", every="15 min", outputs=list(population.quantities)
        )
        table = ops.simulate(scenario, change=change).table.set_index("time_h")
        for k, quantity in enumerate(population.quantities):
            expected = table.loc[list(times), quantity].to_numpy()
            assert found[k::2, who] == pytest.approx(expected, rel=2e-4), quantity


@pytest.mark.long
def test_kinetics_with_an_effect_recover_their_truth(tmp_path):
    """24 people with spreads of 30 % in clearance and binding: estimates, spreads and errors within three standard errors, most in one."""
    times, path = (0.5, 1, 2, 3, 4, 6, 8, 12), tmp_path / "data.csv"
    population = pupils(path, 24, times)
    rng = np.random.default_rng(3)
    eta = 0.3 * rng.standard_normal((24, 2))
    f = np.asarray(population.curve(population.of_people(jnp.zeros(2), jnp.zeros(0), eta)))
    errors = np.where(np.arange(len(f)) % 2, 0.3, 0.5)[:, None]  # mm, ng/mL
    seen = f + errors * rng.standard_normal(f.shape)
    found = linearised.estimated(pupils(path, 24, times, seen.T.ravel()))
    truth = np.concatenate([[0.0, 0.0], np.log([0.3, 0.3, 0.5, 0.3])])
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


def test_curves_of_weeks_with_an_effect_end_on_the_steps(monkeypatch):
    """Their times are whole quarters of an hour, which cost no step beside those of what people adapt by; a fit had ended in a refusal there."""
    seen = SimpleNamespace(times=[np.array([12.0, 480.0])], quantities=("withdrawal",))
    grids: list[np.ndarray] = []
    read = SimpleNamespace(
        observed=seen,
        curves=lambda times, kinds: grids.extend(times) or (lambda w: np.zeros((len(times[0]), 1))),
        table=SimpleNamespace(individuals=[SimpleNamespace(id="1")]),
    )
    people = SimpleNamespace(people=1, quantities=("withdrawal",), of_people=lambda *w: w)
    fit = SimpleNamespace(read=read, population=people, found=SimpleNamespace(eta=np.zeros((1, 1))), likeliest=(0, 0))
    monkeypatch.setattr(words, "observations", lambda fit: pd.DataFrame({"ID": []}))
    lines, _ = words.curves(fit, 9, 120)
    assert len(lines) == 240 and grids[0][-1] == 480.0
    assert (grids[0] * 4 == np.rint(grids[0] * 4)).all()


def test_a_share_has_no_unit_on_its_axis():
    row = {
        "time_h": 1.0,
        "percentile": 50,
        "observed": 0.5,
        "simulated": 0.5,
        "simulated_low": 0.4,
        "simulated_high": 0.6,
    }
    axes = [
        vpc.panel([row], [], "occupancy", unit, False).to_dict()["layer"][0]["encoding"]["y"] for unit in ("", "mm")
    ]
    assert [each["title"] for each in axes] == ["occupancy", "occupancy [mm]"]
