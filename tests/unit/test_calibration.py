"""Calibration: what is open, blocks in closed form, weighted draws, and that known numbers are found again."""

import json

import numpy as np
import pytest

from opioidsim.calibration import exposure, linear, make, middle_block, priors, sbc, tempered, words
from opioidsim.calibration.linear import Told
from opioidsim.calibration.mark import bare, mark
from opioidsim.calibration.open import BLOCKS, everything, numbers
from opioidsim.facts import posterior, units
from opioidsim.refusal import Refusal
from opioidsim.studies.rows import rows


def test_every_block_has_numbers_and_conventions_have_no_draw():
    found = numbers()
    assert {each.block for each in found.values()} == set(BLOCKS)
    for name, each in found.items():
        assert each.block == "bands" or each.sd > 0, name
        assert not name.endswith((".molar_mass", ".unit_dose", ".fraction")), name
        if each.share:
            assert 0.0 < each.at(np.array([-4.0]))[0] < each.fact.value < each.at(np.array([4.0]))[0] < 1.0, name


def test_priors_are_of_facts_in_their_own_dimension():
    for name, prior in priors.load("middle").priors.items():
        assert units.same_dimension(prior.unit, everything()[name].unit), name
    with pytest.raises(Refusal, match="middle"):
        priors.load("midle")


def _one(row, block: str, off: float, slope: float) -> Told:
    """A row that lies `off` of its own errors away and tells the block's first number."""
    name = next(name for name, each in numbers().items() if each.block == block)
    at = float(row.back(row.scaled(row.seen.observed) - off * row.own))
    return Told(row, at, {name: slope * row.own})


def test_what_a_row_leaves_is_the_closed_form():
    row = next(r for r in rows("build") if r.name == "lee-1988")
    told = _one(row, "kinetics", 0.0, 2.0)
    left = linear.left("kinetics", [told], {})
    assert left.covariance[0, 0] == pytest.approx(1.0 / (1.0 + 4.0))
    assert np.allclose(np.diag(left.covariance)[1:], 1.0)
    shared = linear.left("kinetics", [told], {row.kind: 2.0 * row.own / row.size})
    assert shared.covariance[0, 0] == pytest.approx(1.0 / (1.0 + 4.0 / 5.0)), "a study effect adds to the row's error"


def test_left_out_a_study_lies_further_off_than_with_it():
    mine = [_one(r, "kinetics", 1.0, 2.0) for r in rows("build") if r.name == "lee-1988"][:1]
    (_, off, own, spread, _), *_ = linear._without("kinetics", mine, "lee-1988", {})
    assert off / own == pytest.approx(1.0 + 4.0) and spread / own == pytest.approx(2.0)


def test_study_effects_are_found_where_studies_differ():
    mine = [r for r in rows("build") if r.kind == "concentration"][:14]
    near = [_one(r, "kinetics", 0.1, 0.0) for r in mine]
    far = [_one(r, "kinetics", (-1) ** i * 4.0, 0.0) for i, r in enumerate(mine)]
    small, large = (linear.study_effects("kinetics", told)["concentration"] for told in (near, far))
    assert small < 0.15 < 0.3 < large


def test_few_studies_leave_wide_how_far_studies_lie_apart():
    """Residuals of three own errors, each row of a study of its own: as far apart in two studies as in eight, and less well known."""
    likely = {count: linear._likely([[((-1) ** i * 0.3, 0.1, 0.0, 1.0)] for i in range(count)]) for count in (2, 8)}
    few, many = (linear.as_likely(each) for each in likely.values())
    assert len(few) == linear.BETWEEN and few == sorted(few) and many == sorted(many)
    assert few[0] < 0.3 < few[-1] and np.log(many[-1] / many[0]) < 0.8 * np.log(few[-1] / few[0])


def test_runs_from_the_priors_find_a_normal_posterior():
    slopes = np.array([[2.0, 0.0], [1.0, 1.0]])
    drawn = middle_block.drawn(400, np.random.default_rng(2), lambda z: slopes @ z.T - 1.0, 2)
    covariance = np.linalg.inv(np.eye(2) + slopes.T @ slopes)
    assert drawn.z.shape == (400, 2)
    assert drawn.z.mean(0) == pytest.approx(covariance @ slopes.sum(0), abs=0.08)
    assert np.cov(drawn.z.T) == pytest.approx(covariance, abs=0.06)
    assert drawn.r_hat < 1.03 and drawn.worth > 100 and drawn.k < 0.5
    assert drawn.moved == pytest.approx(1.0), "parabolas hold straight rows: every move is taken"


def test_a_run_finds_both_of_two_hills():
    """|z| is seen to be 1.5: with a standard normal prior as likely on the one side as on the other, and nowhere between."""
    found = tempered.run(lambda z: 5.0 * (np.abs(z.T) - 1.5), 1, np.random.default_rng(1), sets=120, sweeps=3)
    z = found.crowd.z[:, 0]
    assert np.mean(z > 0) == pytest.approx(0.5, abs=0.2) and (np.abs(z) > 0.7).all()
    assert np.abs(z).mean() == pytest.approx(1.5 * 25.0 / 26.0, abs=0.05)


def test_parabolas_hold_what_is_bent_near_the_crowd():
    def law(z):
        return np.stack([z[:, 0] ** 2 - z[:, 1], z[:, 0] * z[:, 1] + 1.0], 1)

    z = np.random.default_rng(1).standard_normal((200, 2))
    known = tempered.Crowd(z, law(z))
    near = z[np.abs(z).max(1) < 1.5]
    assert tempered.parabolas(known, known.at(np.arange(100)), 0.5).off(near) == pytest.approx(law(near), abs=0.15)


def test_r_hat_tells_runs_that_stand_apart():
    rng = np.random.default_rng(1)
    same = [rng.standard_normal((100, 6)) for _ in range(4)]
    r_hat, worth = tempered.r_hat(same)
    assert r_hat < 1.03 and 150 < worth <= 400
    stuck, few = tempered.r_hat([*same[:3], same[3] + np.array([2.0, 0, 0, 0, 0, 0])])
    assert stuck > 1.3 and few < 50


def test_known_numbers_are_found_as_often_as_the_draws_say():
    """A law that is bent and jumps, as times read off a curve do."""

    def off(z):
        return np.stack([2.0 * np.exp(0.3 * z[:, 0]), np.round(4.0 * (z[:, 0] + z[:, 1]), 0) / 4.0, z[:, 1] ** 2 / 4.0])

    found = sbc.places(off, 2, 40, sets=96)
    assert found.shape == (40, 2)
    for level in (0.5, 0.8):
        assert sbc.within(found, level) == pytest.approx(level, abs=0.13)


@pytest.mark.long
def test_a_run_finds_known_numbers_of_the_middle():
    from opioidsim.calibration import middle

    many = len(priors.load("middle").priors)
    found = sbc.places(middle_block.off_of(middle.rows()), many, 1)
    assert found.shape == (1, many) and sbc.within(found, 0.8) > 0.3


@pytest.mark.long
def test_the_likelihood_of_the_middle_is_the_engine_s_own():
    """Receptors in equilibrium instead of marched: the rows come out as the scoreboard has them, to a twentieth."""
    from opioidsim.calibration import middle
    from opioidsim.studies import study

    for each in middle_block.straight(middle.rows()):
        marched = study.predict(*each.row[1:])
        assert each.at == pytest.approx(marched, rel=0.1, abs=0.3), each.row.id


def test_a_block_made_again_leaves_the_others_where_they_are(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    by_block = {block: [n for n, each in numbers().items() if each.block == block][:3] for block in BLOCKS}
    draws = {block: {n: rng.uniform(1, 2, make.COUNT) for n in names} for block, names in by_block.items()}
    for block in BLOCKS:
        make.write(tmp_path, {block: (draws[block], {"rows": [], "effects": {}, "numbers": {}, "ridges": []})})
    found = posterior.read(tmp_path)
    assert set(found) == {n for names in by_block.values() for n in names}
    for each in draws.values():
        for name, column in each.items():
            assert found[name] == pytest.approx(column, rel=1e-3)
    told = json.loads((tmp_path / "story.json").read_text())
    assert set(told["blocks"]) == set(BLOCKS) and set(told["points"]) == set(found)
    assert all(each["mark"] == mark() for each in told["blocks"].values())
    monkeypatch.setattr(make, "mark", lambda: {"facts": "others"})
    make.write(tmp_path, {"middle": (draws["middle"], {"rows": [], "effects": {}, "numbers": {}, "ridges": []})})
    again = json.loads((tmp_path / "story.json").read_text())["blocks"]
    assert [block for block, each in again.items() if each["mark"] != mark()] == ["middle"], "the others keep theirs"


def test_a_block_that_there_is_not_is_refused():
    with pytest.raises(Refusal, match="kinetics"):
        make.made("kinetic")


def test_words_about_equations_do_not_count(tmp_path):
    a, b, c = (tmp_path / f"{name}.py" for name in "abc")
    a.write_text('"""One."""\n\n\ndef f(x):\n    """Two."""\n    return 2 * x  # three\n')
    b.write_text('"""Other."""\ndef f(x):\n    return 2 * x\n')
    c.write_text("def f(x):\n    return 3 * x\n")
    assert bare(a) == bare(b) != bare(c)


def test_deviations_and_numbers_are_each_other_s_inverse():
    given = priors.load("middle").priors
    z = np.random.default_rng(1).standard_normal((3, len(given)))
    theta = priors.at(given, z)
    back = np.stack([np.log(theta[n] / p.value) / p.sd for n, p in given.items()], 1)
    assert back == pytest.approx(z)


def test_proposals_weigh_by_what_they_say_of_the_rows():
    """Two rows with errors of 1 and of 2: a proposal off by one error in either weighs less by a factor of root e."""
    none = exposure.Proposed({}, [], np.zeros((0, 2)), {}, np.diag([1.0, 4.0]))
    weights = none.log_weight(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [1.0, -2.0]]))
    assert weights == pytest.approx([0.0, -0.5, -0.5, -1.0])
    assert {each.name for each in exposure.mine()} >= {
        "release.missed",
        "release.used_on_naltrexone",
        "behaviour.caution",
    }


def test_known_numbers_were_found_again_in_every_block_that_rows_weigh(tmp_path):
    found = posterior.checks()
    assert set(found) == set(BLOCKS) - {"bands"}
    for block, told in found.items():
        for level in (50, 80, 95):
            share, error = told[f"within_{level}"]
            assert abs(share - level / 100) < max(4.0 * error, 0.02), (block, level)
    with pytest.raises(Refusal, match="lie evenly within their bands"):
        sbc.checked("bands", 3)
    even = sbc.summary(np.random.default_rng(1).uniform(size=(50, 40)))
    assert even["within_80"][0] == pytest.approx(0.8, abs=0.03) and even["even"] > 0.01
    assert sbc.summary(np.full((9, 4), 0.5))["even"] < 1e-6
    for name in ("exposure", "kinetics"):
        sbc.keep(tmp_path, name, even)
    assert set(json.loads((tmp_path / "checks.json").read_text())) == {"exposure", "kinetics"}
    assert "50 times 40 known numbers" in sbc.said("exposure", even)


@pytest.mark.long
def test_known_numbers_of_the_exposure_are_found(monkeypatch):
    monkeypatch.setattr(exposure, "PROPOSED", 1500)
    assert sbc.within(exposure.places(40), 0.8) == pytest.approx(0.8, abs=0.06)


def test_every_block_of_the_shipped_draws_can_be_told(capsys):
    columns, story = posterior.columns(), posterior.story()
    for name, block in story["blocks"].items():
        words.say(name, {fact: columns[fact] for fact in block["numbers"]}, block)
        assert capsys.readouterr().out.startswith(f"{name}: ")
