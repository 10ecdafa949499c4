"""A small trial: the same people in every arm, on any number of threads, and again after an interruption."""

from dataclasses import replace

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import trial_plan
from opioidsim.cases.cautions import of_plan
from opioidsim.engine import store
from opioidsim.questions.question import Who, Work
from opioidsim.questions.trial import trial
from opioidsim.questions.trial.run import Trial
from opioidsim.refusal import Refusal
from opioidsim.trials import opioid, opioid_arrays, opioid_people, replicates

SHOT = {"regimen": ["naltrexone 380 mg im-depot every 28 d x 2"], "opioid_free": "5 d", "place": "clinic"}
TABLE = {
    "title": "small", "length": "6 weeks",
    "people": {"n": 120, "habit": "heroin 60 mg iv every 8 h x 21", "clean": "6 d"},
    "arms": [
        {"name": "placebo", "placebo": True} | SHOT, {"name": "injection"} | SHOT,
        {"name": "counselling", "therapy": "weekly counselling"}, {"name": "nothing"},
    ],
}  # fmt: skip
PLAN = trial_plan.from_table(TABLE)


@pytest.fixture(scope="module")
def found() -> Trial:
    return trial(PLAN, replicates=3)


def test_shares_and_chances_are_shares(found):
    for row in trial(PLAN).rows():
        assert row["low"] <= row["mean"] <= row["high"]
        if row["endpoint"] in ("inducted", "retained", "relapsed"):
            assert row["low"] >= 0 and row["high"] <= 1
    for row in found.curves("relapse"):
        assert 0 <= row["low"] <= row["share"] <= row["high"] <= 1
    assert all(row["leaving_hazard_per_day"] >= 0 for row in found.further("hazards"))


def test_the_same_people_are_in_every_arm(found):
    columns = list(found.people.values())
    assert all(
        (c["person"] == columns[0]["person"]).all() and (c["clean"] == columns[0]["clean"]).all() for c in columns
    )
    placebo, injection = found.people["placebo"], found.people["injection"]
    assert (placebo["began"] == injection["began"]).all(), "until the first injection nothing differs"


def test_an_injection_without_its_drug_does_what_another_without_it_does(found):
    blocked, felt, alone = (found.people[name]["days_used"].mean() for name in ("injection", "placebo", "nothing"))
    assert blocked < felt < alone, "blockade, then care alone, then neither"
    half = {"name": "half", "placebo": True} | SHOT | {"regimen": ["naltrexone 190 mg im-depot every 28 d x 2"]}
    arms = (PLAN.arms[0], trial_plan.from_table(TABLE | {"arms": [half]}).arms[0])
    same = trial(PLAN.model_copy(update={"arms": arms}), replicates=1)
    for name in ("days_used", "left", "relapse", "craving"):
        assert (same.people["placebo"][name] == same.people["half"][name]).all()


def test_every_door_shows_the_cautions_of_its_plan(found):
    assert {caution["id"] for caution in found.json()["cautions"]} == {each.id for each in of_plan(PLAN)} != set()


def test_only_who_must_wait_for_the_first_dose_can_give_up_waiting(found):
    began = {name: columns["began"] for name, columns in found.people.items()}
    assert (began["nothing"] == 0).all() and (began["counselling"] == 0).all()
    assert 0.5 < (began["injection"] >= 0).mean() < 1


@pytest.mark.long
def test_only_who_must_wait_for_the_same_medicine_can_give_up_waiting():
    medicine = {"regimen": ["buprenorphine 16 mg sublingual every 24 h x 40"], "place": "home"}
    arms = [{"name": "at once"} | medicine, {"name": "after days"} | medicine | {"opioid_free": "6 d"}]
    found = trial(trial_plan.from_table(TABLE | {"arms": arms}), replicates=1)
    at_once, after_days = (found.people[name]["began"] for name in ("at once", "after days"))
    assert (at_once == 0).all()
    assert 0.5 < (after_days >= 0).mean() < 1


@pytest.mark.long
def test_a_partial_agonist_keeps_part_of_the_receptors_from_a_full_one():
    arm = {
        "name": "buprenorphine",
        "regimen": ["buprenorphine 16 mg sublingual every 24 h x 40"],
        "supervision": "clinic",
    }
    plan = trial_plan.from_table(TABLE | {"arms": [arm, {"name": "nothing"}]})
    treated, nothing = (
        opioid.live(*opioid_arrays.ready(plan, one, range(272), False).arguments).kept[-7:] for one in plan.arms
    )
    alone = 0.7 / 1.7  # what all receptors held reach of a full effect: S / (1 + S), S = 250 x 0.0028
    assert float(nothing.mean()) < 0.01
    assert 0.5 * (1 - alone) < float(treated.mean()) < 1 - alone


def test_no_use_no_overdose_and_the_dead_use_no_more(found):
    nothing = found.people["nothing"]
    idle = nothing["days_used"] == 0
    assert idle.any() and not nothing["overdoses"][idle].any() and (nothing["died"][idle] < 0).all()
    died = nothing["died"] >= 0
    for day, *weeks in zip(nothing["died"][died], *(nothing[f"use_{week}"][died] for week in range(6)), strict=True):
        assert not any(weeks[int(day) // 7 + 1 :])
    assert trial(PLAN.model_copy(update={"endpoints": ("relapse",)})).people["nothing"].get("overdoses") is None


def test_strata_change_ratios_of_times_and_name_the_test(found):
    by_habit = replace(found, plan=PLAN.model_copy(update={"strata": "habit"}))
    one, other = ([row for row in each.contrasts() if row["measure"] == "hazard ratio"] for each in (found, by_habit))
    assert any(a["mean"] != b["mean"] for a, b in zip(one, other, strict=True))
    assert {row["test"].split(",")[0] for row in by_habit.power() if row["people"] > 20} == {"stratified log-rank"}
    assert "times by halves of habit" in by_habit.under and "halves" not in found.under


def test_counselling_takes_use_away(found):
    assert found.people["counselling"]["days_used"].mean() < found.people["nothing"]["days_used"].mean()


def test_threads_and_interruptions_change_nothing(found, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "SHORT", 0)
    assert _same(found, trial(PLAN, replicates=3, work=Work(threads=1)))
    first = trial(PLAN, replicates=3, work=Work(keep=tmp_path))
    parts = sorted(tmp_path.glob("list-*/part-*.parquet"))
    stamp = parts[0].stat().st_mtime_ns
    for part in parts[1:] or parts[:0]:
        part.unlink()
    again = trial(PLAN, replicates=3, work=Work(keep=tmp_path, resume=True))
    assert parts[0].stat().st_mtime_ns == stamp
    assert _same(first, again) and _same(found, again)
    with pytest.raises(Refusal, match="parts of another study"):
        trial(PLAN, replicates=2, work=Work(keep=tmp_path, resume=True))


def _same(a: Trial, b: Trial) -> bool:
    return (
        all((a.people[arm][name] == b.people[arm][name]).all() for arm in a.people for name in a.people[arm])
        and a.contrasts() == b.contrasts()
    )


def test_a_longer_trial_begins_with_the_days_of_the_shorter_one():
    """Days are lived in pieces, of which the last may be longer than what is left of the trial."""
    weeks = (4, 5, 6)
    plans = [trial_plan.from_table(TABLE | {"length": f"{each} weeks"}) for each in weeks]
    shorter, short, long = (opioid.live(*opioid_arrays.ready(each, PLAN.arms[1], range(136), False).arguments) for each in plans)  # fmt: skip
    for one in (shorter, short):
        for name in ("milligrams", "staying", "injected", "withdrawal"):
            days = getattr(one, name)
            assert np.array_equal(days, getattr(long, name)[: len(days)]), name
    assert [len(each.staying) for each in (shorter, short, long)] == [7 * each for each in weeks]


def test_another_seed_is_other_people(found):
    other = trial(PLAN, who=Who(seed=2))
    assert (other.people["nothing"]["days_used"] != found.people["nothing"]["days_used"][:30]).any()


def test_contrasts_flow_and_power(found):
    contrasts = found.contrasts()
    assert {row["measure"] for row in contrasts} <= {
        "risk difference",
        "number needed to treat",
        "number needed to harm",
        "hazard ratio",
    }
    assert {row["against"] for row in contrasts} == {"placebo"}
    for row in found.further("flow"):
        assert row["began"] + row["never began"] == pytest.approx(row["randomised"]) == PLAN.each()
        assert row["stayed to the end"] + row["left"] == pytest.approx(row["began"])
    assert len(found.power()) == 30


@pytest.mark.long
def test_few_steps_a_day_are_enough():
    """Every step halved: as people come to randomisation, until when nothing is left to chance, and then on average over people."""
    coarse, fine = (_days(PLAN.arms[1], refine) for refine in (0, 1))
    habits = [opioid_arrays._lived(PLAN, range(272), False, refine) for refine in (0, 1)]
    sizes = [np.asarray(habit.who.milligrams) for habit in habits]
    same = sizes[0] == sizes[1]  # who lives with the size that is tried next to the other's, a twentieth away
    assert same.mean() > 0.9 and np.abs(np.log(sizes[0] / sizes[1])).max() < 0.06
    for name in ("tolerance", "symptoms"):
        pair = [getattr(habit.begun.adapted, name) for habit in habits]
        assert np.abs(pair[0] - pair[1])[same].max() < 0.01, name
    for name in ("withdrawal", "tolerance", "kept"):
        pair = [getattr(days, name) for days in (coarse, fine)]
        assert np.abs(pair[0].mean(-1) - pair[1].mean(-1)).max() < 0.02, name


def _days(arm, refine):
    ready = opioid_arrays.ready(PLAN, arm, range(272), False, refine)
    return opioid_people.Day(*map(np.asarray, opioid.live(*ready.arguments, refine=refine)))


@pytest.mark.parametrize(
    ("given", "said"),
    [({"replicates": 0}, "at least 1 and at most 10000"), ({"who": Who(people=4)}, "too few for 4 arms")],
)
def test_refusals(given, said):
    with pytest.raises(Refusal, match=said):
        ops.trial(PLAN, **given)


def test_who_people_are_is_worked_out_once_for_all_arms():
    """The habit and what it brings are the person's own, whatever arm; the medicines of an arm only come to it."""
    people = range(replicates.CHUNK["opioid"])
    one, again = (opioid_arrays._lived(each, people, True, 0) for each in (PLAN, PLAN.model_copy()))
    assert one is again and hash(PLAN) == hash(PLAN.model_copy())
    assert opioid_arrays._lived(PLAN, people, False, 0) is not one
    for arm in PLAN.arms:
        begun = opioid_arrays.ready(PLAN, arm, people, True).arguments[8]
        assert begun.adapted is one.begun.adapted and begun.state.x.sum() == pytest.approx(one.begun.state.x.sum())
        assert (
            begun.state.bound.sum() == pytest.approx(one.begun.state.bound.sum())
            and (begun.state.bound.sum(0) > 0).all()
        )
