"""Finished parts belong to a question and to a model: an interrupted call goes on only with the numbers it began with."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import drug, provenance, stamp, trial_plan
from opioidsim.engine import store
from opioidsim.facts import library
from opioidsim.facts.evidence import Fact
from opioidsim.refusal import Refusal
from opioidsim.trials import alcohol_arrays

OPIOID = trial_plan.from_table({
    "title": "small", "length": "2 weeks", "people": {"n": 4, "habit": "heroin 60 mg iv every 8 h x 21"},
    "arms": [{"name": "none"}, {"name": "injection", "regimen": ["naltrexone 380 mg im-depot"]}],
})  # fmt: skip
ALCOHOL = trial_plan.from_table({
    "title": "t", "condition": "alcohol", "length": "2 weeks", "people": {"n": 4, "drinking": {"days": 0.5, "drinks": 8}},
    "arms": [{"name": "placebo", "placebo": True, "regimen": ["naltrexone 50 mg oral every 24 h x 14"]},
             {"name": "a", "regimen": ["naltrexone 50 mg oral every 24 h x 14"], "supervision": "clinic"}],
})  # fmt: skip


@pytest.fixture(autouse=True)
def short_studies_are_kept(monkeypatch):
    monkeypatch.setattr(store, "SHORT", 0)


def opioid(folder, resume):
    return ops.trial(OPIOID, work=ops.Work(keep=folder, resume=resume))


def alcohol(folder, resume):
    return ops.trial(ALCOHOL, work=ops.Work(keep=folder, resume=resume))


def rescue(folder, resume):
    one = {"product": "naloxone 2 mg im", "doses": 1}
    return ops.rescue("fentanyl 1 mg iv", hours=0.1, **one, who=ops.Who(people=2), work=ops.Work(keep=folder, resume=resume))  # fmt: skip


def changed(table):
    """The same facts, the first of them a little larger."""
    if isinstance(table, Fact):
        return table.model_copy(update={"value": table.value * 1.01})
    first = next(iter(table))
    return table | {first: changed(table[first])}


@pytest.mark.parametrize(
    ("ask", "groups", "drugs"),
    [
        pytest.param(
            opioid, ("body", "adaptation", "effects", "behaviour"), ("naltrexone", "6-mam"), marks=pytest.mark.long
        ),
        (alcohol, ("body", "drinking", "behaviour"), ("naltrexone",)),
        (rescue, ("body", "breathing"), ("fentanyl", "naloxone")),
    ],
)
def test_after_a_change_of_the_model_a_call_does_not_go_on(ask, groups, drugs, tmp_path, monkeypatch):
    ask(tmp_path, False)
    ask(tmp_path, True)
    for group in groups:
        with monkeypatch.context() as patch:
            now, given = changed(library.body(group)), library.body
            patch.setattr(
                library,
                "body",
                lambda one, *of, group=group, now=now, given=given: now if one == group else given(one, *of),
            )
            with pytest.raises(Refusal, match=f"the model has changed since .*{group}"):
                ask(tmp_path, True)
    whole = drug.load
    for name in drugs:
        with monkeypatch.context() as patch:
            now = whole(name).model_copy(update={"molar_mass": changed(whole(name).molar_mass)})
            patch.setattr(drug, "load", lambda one, *of, name=name, now=now: now if one == name else whole(one, *of))
            with pytest.raises(Refusal, match=f"the model has changed since .*{name}.molar_mass.value"):
                ask(tmp_path, True)
    with monkeypatch.context() as patch:
        patch.setattr(provenance, "this_version", lambda: "0.0.9")
        with pytest.raises(Refusal, match="the model has changed since .*opioidsim: .* then, 0.0.9 now"):
            ask(tmp_path, True)


@pytest.mark.long
def test_a_surface_worked_out_again_is_another_model(tmp_path, monkeypatch):
    opioid(tmp_path, False)
    whole = stamp.checksum
    monkeypatch.setattr(stamp, "checksum", lambda path: "other" if path.name == "heroin_iv.csv" else whole(path))
    with pytest.raises(Refusal, match="the model has changed since .*heroin_iv.csv"):
        opioid(tmp_path, True)


def test_a_plan_that_has_changed_is_another_question(tmp_path):
    alcohol(tmp_path, False)
    other = ALCOHOL.model_copy(update={"title": "other"})
    with pytest.raises(Refusal, match="another study"):
        ops.trial(other, work=ops.Work(keep=tmp_path, resume=True))


def test_prose_is_no_model(monkeypatch):
    before = stamp.model()
    whole, found = drug.load, drug.load("naltrexone")
    other = found.model_copy(
        update={"about": "x", "molar_mass": found.molar_mass.model_copy(update={"note": "y", "read_in": "code"})}
    )
    monkeypatch.setattr(drug, "load", lambda one, *of: other if one == "naltrexone" else whole(one, *of))
    assert stamp.model() == before


@pytest.mark.parametrize("supervision", ["family", "clinic"])
def test_what_those_who_look_on_add_is_drawn_within_its_band(supervision):
    """As in opioid trials: each pair of replicates has its own reading of it."""
    arm = ALCOHOL.arms[1].model_copy(update={"supervision": supervision})
    alone = arm.model_copy(update={"supervision": "none"})
    people = range(8 * ALCOHOL.each())

    def added(uncertain):
        with_it, without = (alcohol_arrays.ready(ALCOHOL, one, people, uncertain)[3].take for one in (arm, alone))
        return np.asarray(with_it - without)[0]

    fact = library.body("behaviour")[f"take_{supervision}"]
    assert added(False) == pytest.approx(fact.value)
    drawn = added(True)
    assert len(set(drawn.round(9))) == 4 and drawn.min() >= fact.low and drawn.max() <= fact.high
