"""How many doses are enough: what is found is data, doses are counted, and what cannot be is refused."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import found as scenes
from opioidsim.facts.evidence import build
from opioidsim.questions.found.words import doses
from opioidsim.refusal import Refusal

SCENE = {
    "title": "t",
    "opioids": [{"drug": "fentanyl", "route": "iv", "share": 1, "dose": {"value": 1.5, "unit": "mg", "spread": 1.0, "basis": "assumed", "note": "n"}}],
    "tolerance": {"value": 0.5, "low": 0, "high": 1, "basis": "assumed", "note": "n"},
    "level": {"value": 0.5, "basis": "assumed", "note": "n"},
    "comes": {"early": "1 min", "late": "5 min", "basis": "assumed", "note": "n"},
    "waits": {"between": "3 min", "basis": "assumed", "note": "n"},
}  # fmt: skip

HELPS = [{"does": "rescue breathing 5 L/min", "share": 0.4, "basis": "assumed", "note": "n"}, {"does": "oxygen 100 %", "share": 0.1, "basis": "assumed", "note": "n"}]  # fmt: skip
SEEN = {"said": "x", "measure": "dead", "product": "naloxone 2 mg im", "observed": 0.5, "low": 0.4, "high": 0.6, "source": "belz-2006", "where": "w", "why": "y"}  # fmt: skip


def test_doses_are_whole_and_may_not_be_enough():
    needed = np.array([1, 1, 1, 2, 3, np.inf])
    assert [doses(needed, percent, 6) for percent in (50, 60, 80, 95)] == ["1", "2", "3", "more than 6"]
    assert doses(np.zeros(0), 50, 6) == "nobody"


def test_who_does_what_fewer_do_also_does_what_more_do():
    scene = build(scenes.Scene, SCENE | {"helps": HELPS}, "a")
    assert [(round(share, 9), len(does)) for share, does in scene.helped()] == [(0.1, 2), (0.3, 1), (0.6, 0)]
    assert build(scenes.Scene, SCENE, "a").helped() == [(1.0, ())]
    with pytest.raises(Refusal, match="neither rescue breathing nor oxygen"):
        build(scenes.Scene, SCENE | {"helps": [HELPS[0] | {"does": "naloxone 4 mg nasal"}]}, "a")


@pytest.fixture(scope="module")
def answer():
    return ops.found(
        "us-pills-2019",
        product=("naloxone 4 mg nasal", "naloxone 8 mg nasal"),
        hours=0.75,
        who=ops.Who(people=80, seed=2),
    )


def test_the_same_people_take_the_same_whatever_they_are_given(answer):
    first, second = answer.ends.values()
    for name in ("milligrams", "tolerance", "sedative", "comes_s"):
        assert np.array_equal(first[name], second[name], equal_nan=True), name
    assert np.median(first["milligrams"]) == pytest.approx(0.38, rel=0.4) and first["milligrams"].std() > 0.4
    assert 0.5 <= first["tolerance"].min() < 0.6 and 0.9 < first["tolerance"].max() <= 1.0


def test_who_is_found_is_helped_and_counted(answer):
    row = answer.rows()[0]
    assert 0 < row["helped"] <= row["alive"] <= row["found"] <= 80
    helped = np.arange(80) < round(0.38 * 80)
    for product in answer.ends:
        alive, died = answer.alive(product), answer.ends[product]["cardiac_arrest"] == 1
        assert not died[alive & helped].any(), "helpers breathe for these"
    assert died[alive & ~helped].any()
    needed = answer.needed("naloxone 4 mg nasal")
    assert len(needed) == row["helped"] and needed.min() >= 1
    seen = [line for line in answer.sentences() if line.startswith("Seen: ")]
    assert len(seen) == 4 and all("(naloxone 4 mg nasal), " in line for line in seen)
    given = answer.ends["naloxone 4 mg nasal"]
    untouched = ~np.isfinite(given["trigger_s"])
    assert untouched.any() and (given["doses_given"][untouched] == 0).all()


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"tolerance": SCENE["tolerance"] | {"high": 2}}, "from 0, naive, to 1"),
        ({"level": SCENE["level"] | {"value": 1.2}}, "0.1 to 0.9 of baseline"),
        ({"opioids": [SCENE["opioids"][0] | {"share": 0.5}]}, "add up to 1"),
        ({"opioids": [SCENE["opioids"][0] | {"drug": "naloxone"}]}, "is no opioid"),
        ({"sedative": {"dose": "naloxone 2 mg iv", "share": 0.2, "basis": "assumed"}}, "is no sedative"),
        ({"arrives": "5 min"}, '"arrives" is not a key'),
        ({"waits": {"basis": "assumed"}}, "between"),
        ({"seen": [SEEN | {"low": 0.9}]}, "must lie between low and high"),
        ({"seen": [SEEN | {"measure": "woke"}]}, "back within 5 min"),
    ],
)
def test_a_scene_that_cannot_be_is_refused(change, remedy):
    with pytest.raises(Refusal, match=remedy):
        build(scenes.Scene, SCENE | change, "a scene")


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(Refusal, match='Did you mean "us-pills-2019"'):
        ops.found("us-pills-2091")
    with pytest.raises(Refusal, match="give 4 or more"):
        ops.found("us-pills-2019", who=ops.Who(people=1))


def test_what_is_seen_is_counted_of_those_who_were_found(answer):
    name = "naloxone 4 mg nasal"
    e, alive, helped = answer.ends[name], answer.alive(name), answer.helped(name)
    share = lambda measure: answer.share_as_seen(scenes.Seen(**SEEN | {"measure": measure, "product": name}))  # noqa: E731
    assert share("more than one dose") == (e["doses_given"][helped] > 1).mean() >= share("more than two doses")
    assert share("back within 5 min") <= share("back within 10 min") <= 1
    lives = (alive & (e["cardiac_arrest"] == 0)).sum() / np.isfinite(e["trigger_s"]).sum()
    assert share("dead") == pytest.approx(1 - lives)
    assert answer.share_as_seen(scenes.Seen(**SEEN)) is None, "nobody asked for that product"


def test_who_waits_longer_gives_fewer():
    both = [ops.found(product="naloxone 4 mg nasal", interval=each, hours=0.75, who=ops.Who(people=80, seed=2)) for each in ("3 min", "10 min")]  # fmt: skip
    short, long = (each.given("naloxone 4 mg nasal") for each in both)
    assert (long <= short).all() and long.sum() < short.sum()
    assert both[0].sentences()[2].startswith("A further dose is given 3 min after") and not any(line.startswith("Seen") for line in both[1].sentences())  # fmt: skip
