"""Risk surfaces: the laws of reading one, what is stored, and that it says what fresh episodes say."""

import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import opioidsim as ops
from opioidsim.refusal import Refusal
from opioidsim.surfaces import grid as risk_grid
from opioidsim.surfaces import surface as risk
from opioidsim.surfaces import thresholds, unknown
from opioidsim.surfaces.surface import Surface

SHARES = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
STORED = risk.names()


def made_up(spread=0.5):
    """Thresholds normal in log2 of the dose; the median 5 + tolerance + log2 of 1 / (1 - held) - log2 of 1 + sedative."""
    grid = {"tolerance": np.array([0.0, 1.0]), "held": np.array([0.0, 0.5, 0.9]), "sedative": np.array([0.0, 1.0, 3.0])}
    t, h, s = np.meshgrid(*grid.values(), indexing="ij")
    middle = 5.0 + t - np.log2(1.0 - h) - np.log2(1.0 + s)
    table = middle[..., None] + spread * norm.ppf(SHARES)
    return Surface("x", "iv", **grid, probabilities=SHARES, quantiles={"arrest": table}, story={"people": 100, "error_octaves": {"arrest": 0.1}})  # fmt: skip


PLACE = {
    "dose": st.floats(0.01, 1e4),
    "tolerance": st.floats(0, 1),
    "held": st.floats(0, 0.99),
    "sedative": st.floats(0, 8),
}


@given(**PLACE)
def test_between_and_beyond_the_grid_a_known_law_comes_back(dose, tolerance, held, sedative):
    middle = 5.0 + tolerance - np.log2(1.0 - held) - np.log2(1.0 + sedative)
    expected = norm.cdf((np.log2(dose) - middle) / 0.5)
    assert made_up().chance("arrest", dose, tolerance, held, sedative) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("opioid", "route"), STORED)
@given(dose=st.floats(0.01, 1e4), more=st.floats(1, 10), tolerance=st.floats(0, 1.5), held=st.floats(0, 0.9999), sedative=st.floats(0, 5))  # fmt: skip
def test_more_is_never_safer_and_help_never_harms(opioid, route, dose, more, tolerance, held, sedative):
    surface = risk.surface(opioid, route)
    place = tolerance, held, sedative
    for outcome in risk.OUTCOMES:
        little, much = surface.chance(outcome, [dose, dose * more], *place)
        assert 0.0 <= little <= much <= 1.0
    others = np.array(
        [place, (min(tolerance + 0.3, 1.5), held, sedative), (tolerance, min(held + 0.2, 0.9999), sedative), (tolerance, held, sedative + 0.3)]
    )  # fmt: skip
    arrest, tolerant, protected, sedated = surface.chance("arrest", dose, *others.T)
    assert max(tolerant, protected) <= arrest + 0.005 and sedated >= arrest - 0.005
    assert surface.chance("arrest_helped", dose, *place) <= arrest


@pytest.mark.parametrize(("opioid", "route"), STORED)
@pytest.mark.parametrize("outcome", risk.OUTCOMES)
def test_far_beyond_the_grid_quantiles_do_not_cross(opioid, route, outcome):
    """Where an antagonist holds nearly all receptors of a tolerant person the lines that are extrapolated would."""
    places = np.meshgrid(np.linspace(0, 1.5, 13), [0.0, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999], np.linspace(0, 5, 21))
    thresholds = risk.surface(opioid, route).thresholds(outcome, *places)
    assert np.diff(thresholds, axis=-1).min() > 0


@given(share=st.floats(0.001, 0.999), tolerance=st.floats(0, 1), held=st.floats(0, 0.95))
def test_dose_is_chance_the_other_way_round(share, tolerance, held):
    surface = risk.surface("heroin", "iv")
    dose = surface.dose("arrest", share, tolerance, held)
    assert surface.chance("arrest", dose, tolerance, held) == pytest.approx(share, rel=1e-6)


def test_arrays_of_all_shapes_and_no_dose():
    found = made_up().chance("arrest", np.array([[0.0], [32.0]]), np.zeros(3), held=0.0)
    assert found.shape == (2, 3)
    assert found[0] == pytest.approx(0.0) and found[1] == pytest.approx(0.5)


def test_an_interval_holds_the_chance_and_widens_with_fewer_people():
    middle, low, high = made_up().interval("arrest", 32.0)
    assert low < 0.5 - 0.09 and middle == pytest.approx(0.5) and high > 0.5 + 0.09


@pytest.mark.parametrize(("opioid", "route"), STORED)
def test_the_facts_behind_a_stored_surface_have_not_changed(opioid, route):
    story = risk.surface(opioid, route).story
    assert story["facts"] == risk_grid.facts(opioid, route), "run: make surfaces"
    assert story["fingerprint"] == risk_grid.fingerprint(opioid, route), "run: make surfaces"


def test_a_fingerprint_follows_the_numbers(monkeypatch):
    before = risk_grid.fingerprint("heroin", "iv")
    monkeypatch.setattr(risk_grid, "PROBABILITIES", (0.1, 0.5, 0.9))
    assert risk_grid.fingerprint("heroin", "iv") != before


@pytest.mark.long
@pytest.mark.parametrize(("opioid", "route"), STORED)
@pytest.mark.parametrize("place", [(0.4, 0.3, 0.0), (0.8, 0.0, 1.5)])
def test_fresh_people_off_the_grid_end_as_the_surface_says(opioid, route, place):
    """Other people than the surface was made of: both samples err, and so does the line between grid points."""
    n = 256
    surface = risk.surface(opioid, route)
    used = thresholds.use(risk_grid.scenarios(opioid, route, n, seed=77)[0], range(n))
    ready = thresholds.patients(used, *place)
    for share in (0.2, 0.5, 0.8):
        dose = surface.dose("arrest", share, *place)
        met = thresholds.outcomes(used, ready, np.full(n, dose))
        error = 2.0 ** surface.story["error_octaves"]["arrest"]
        for outcome in ("depressed", "apnoea", "arrest"):
            low, high = (surface.chance(outcome, d, *place) for d in (dose / error, dose * error))
            noise = 3.0 * np.sqrt(0.25 / n + 0.25 / surface.story["people"])
            assert low - noise < met[outcome].mean() < high + noise


def test_a_search_finds_each_persons_threshold_and_says_where_there_is_none():
    true = {"arrest": np.array([0.3, 5.0, -7.0, 40.0]), "apnoea": np.array([0.1, 4.0, -7.5, 40.0])}
    asked = []

    def tried(doses):
        asked.append(doses)
        return {name: np.log2(doses) >= at for name, at in true.items()}

    found = thresholds.found(tried, {name: np.zeros(4) for name in true}, -10.0, 20.0)
    for name, at in true.items():
        assert found[name][:3] == pytest.approx(at[:3], abs=thresholds.CLOSE / 2)
        assert np.isinf(found[name][3])
    assert len(asked) < 30


def test_a_surface_is_stored_and_read_back(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    shape = [len(values) for values in risk_grid.GRID.values()]
    found = {name: np.sort(rng.normal(5.0, 1.0, (*shape, 40)), -1) for name in risk.OUTCOMES}
    risk_grid.store("heroin", "iv", found, dict.fromkeys(found, 0.1), 40, 1, tmp_path)
    monkeypatch.setattr(risk, "SURFACES", tmp_path)
    risk.surface.cache_clear()
    again = risk.surface("heroin", "iv")
    risk.surface.cache_clear()
    for name, at in found.items():
        assert again.quantiles[name] == pytest.approx(risk_grid.quantiles(at), abs=1e-5)
    assert json.loads((tmp_path / "heroin_iv.json").read_text())["people"] == 40


def test_what_cannot_be_read_is_refused():
    with pytest.raises(Refusal, match="there is no risk surface of naloxone iv; there is one of"):
        risk.surface("naloxone", "iv")
    with pytest.raises(Refusal, match='there is no outcome "death"'):
        risk.surface("heroin", "iv").chance("death", 50.0)
    with pytest.raises(Refusal, match="is not one use at once"):
        ops.risk("heroin 50 mg iv every 8 h x 3")


@pytest.mark.parametrize("outcome", ["depressed", "apnoea", "arrest"])
def test_an_episode_agrees_with_the_stored_threshold_of_its_people(outcome):
    """The very people of the surface, on a grid point: far under and far over the quantiles."""
    people = risk.surface("heroin", "iv").story["people"]
    used = thresholds.use(risk_grid.scenarios("heroin", "iv", people)[0], range(8))
    tried = partial(thresholds.outcomes, used, thresholds.patients(used, 0.0, 0.0, 0.0))
    surface = risk.surface("heroin", "iv")
    safe, deadly = surface.dose(outcome, [1e-4, 1.0 - 1e-4])
    assert not tried(np.full(8, safe))[outcome].any()
    assert tried(np.full(8, deadly))[outcome].all()


def test_no_later_end_is_met_by_more_people():
    """Where the tails that are extrapolated cross, too: naloxone takes nobody's chance away."""
    answer = ops.risk("heroin 100 mg iv", who=ops.Who(tolerance=1.0))
    for name in ("chance", "chance_low", "chance_high"):
        numbers = [row[name] for row in answer.rows()]
        assert numbers == sorted(numbers, reverse=True)
    curve = np.reshape([row["chance"] for row in answer.curve()], (4, -1))
    assert (np.diff(curve, axis=0) <= 0.0).all()


def test_under_draws_all_thresholds_move_as_the_typical_persons(monkeypatch):
    moves = np.array([[-1.0, -1.0], [0.0, 0.0], [1.0, 2.0]])
    monkeypatch.setattr(unknown, "octaves", lambda *_: dict.fromkeys(unknown.FOUND, moves))
    halved, same, _ = unknown.under("heroin", "iv", 3)
    plain = risk.surface("heroin", "iv")
    for tolerance in (0.0, 0.5):
        assert same.chance("arrest", 40.0, tolerance) == plain.chance("arrest", 40.0, tolerance)
        assert halved.chance("arrest", 20.0, tolerance) == pytest.approx(plain.chance("arrest", 40.0, tolerance))
    found = ops.risk("heroin 40 mg iv", who=ops.Who(tolerance=0.5, draws=3))
    for row in found.lines():
        assert row["chance_unknown_low"] < row["chance"] < row["chance_unknown_high"]
    assert "[" in found.cells()[1][0][1] and "thresholds" in found.spreads
    assert any(said.startswith("What is not known, 3 draws") for said in found.said())
    assert "chance_unknown_low" in str(found.plot().to_dict())


@pytest.mark.long
def test_a_reading_in_which_tolerance_protects_twice_as_much_moves_only_the_tolerant():
    name = "effects.breathing.potency_loss"
    at = risk_grid.known("heroin", "iv")[name].value
    alone = risk_grid.scenarios("heroin", "iv", 1)[0].model_copy(update={"population": None})
    found = unknown._thresholds(alone, {name: np.array([at, 2.0 * at])}, range(104))["arrest"]
    naive, tolerant = found[:, 1] - found[:, 0]
    assert naive == 0.0 and tolerant > 1.0 - thresholds.CLOSE, "more than an octave, as receptors fill up"


def test_a_sedative_counts_with_its_highest_level_in_the_hours_that_a_use_is_followed():
    """Alprazolam by mouth peaks after an hour: a use by mouth is followed for longer, one into a vein is not."""
    uses = ("oxycodone 80 mg oral", "heroin 50 mg iv")
    slow, fast = (ops.risk(use, also=["alprazolam 1 mg oral"]).sedation for use in uses)
    assert slow > 1.3 * fast
    with pytest.raises(Refusal, match="is not taken with a use that is followed for 150 min"):
        ops.risk("oxycodone 80 mg oral", also=["ethanol 14 g oral at 5 h"])


def test_thresholds_fetched_in_pieces_are_those_of_each_place(monkeypatch):
    surface, rng = risk.surface("heroin", "iv"), np.random.default_rng(1)
    given = rng.uniform(0.0, 1.2, (3, 7, 5)), rng.uniform(0.0, 0.99, (7, 5)), 0.3
    which = rng.integers(0, 5, (3, 7, 5, 2))
    whole = [surface.thresholds("arrest", *given), surface.thresholds("arrest", *given, which=which)]
    monkeypatch.setattr(risk, "AT_ONCE", 8)
    pieces = [surface.thresholds("arrest", *given), surface.thresholds("arrest", *given, which=which)]
    assert all(np.array_equal(a, b) for a, b in zip(whole, pieces, strict=True))
    assert np.array_equal(whole[1], np.take_along_axis(whole[0], which, -1))
    assert surface.thresholds("arrest", np.zeros((0, 2))).shape == (0, 2, len(surface.probabilities))
