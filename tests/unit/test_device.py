"""What computes: chosen openly, refused where it is not there; a card gives the numbers of a processor."""

import re
from contextlib import contextmanager

import jax
import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import scenario
from opioidsim.engine import course, device, episode, simulate
from opioidsim.refusal import Refusal

CROWD = {"n": 12, "seed": 3}
COURSE = {
    "doses": ["naltrexone 50 mg oral every 24 h x 2", "heroin 25 mg iv at 30 h"],
    "duration": "2 d",
    "every": "3 h",
}
EPISODE = {
    "clock": "episode", "duration": "10 min", "every": "30 s", "doses": ["fentanyl 1.6 mg iv"], "person": {"tolerance": "chronic"},
    "rescue": {"drug": "naloxone 4 mg nasal"},
}  # fmt: skip
CHOICE = re.compile(
    r'stablehlo.convert [^\n]*\(tensor<i1>\) -> tensor<i32>\n[^\n]*"stablehlo.case"'
)  # by data, not by platform
ENDS = ("cardiac_arrest", "collapse_s", "flow_stop_s", "trigger_s", "lowest_arterial_o2", "doses_given")


def card() -> bool:
    """Whether JAX has a card here."""
    try:
        return bool(jax.devices("gpu"))
    except RuntimeError:
        return False


only_with_a_card = pytest.mark.skipif(not card(), reason="JAX finds no graphics card here: it is not compared")


@contextmanager
def as_on_a_card():
    """A processor that goes the way of a card: large chunks, marches in one piece, both sides of every choice."""
    processor = jax.devices("cpu")
    jax.clear_caches()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jax, "devices", lambda *_: processor)
        patch.setattr(jax.lax, "platform_dependent", lambda *given, default, **_: default(*given))
        patch.setattr(device, "LARGE", (16,))
        yield
    jax.clear_caches()


def numbers(table, chosen: str) -> dict[str, np.ndarray]:
    """Every number of a run, its ends too."""
    found = ops.run(scenario.from_table(table | {"population": CROWD}), work=ops.Work(device=chosen, threads=1))
    return dict(found.values) | {name: found.ends[name] for name in ENDS if found.ends}


def assert_alike(found: dict, wanted: dict) -> None:
    """Within the tolerance that is stated."""
    for name, values in wanted.items():
        values = np.asarray(values, float)
        most = np.nanmax(np.abs(values), initial=0.0)
        np.testing.assert_allclose(
            np.asarray(found[name], float), values, rtol=0, atol=device.TOLERANCE * most + 1e-300, err_msg=name
        )


@pytest.mark.long
@pytest.mark.parametrize("table", [COURSE, EPISODE], ids=["course", "episode"])
def test_the_way_of_a_card_gives_the_same_numbers(table):
    wanted = numbers(table, "cpu")
    with as_on_a_card():
        assert_alike(numbers(table, "gpu"), wanted)


@pytest.mark.parametrize(
    "clock, table",
    [(course, COURSE), pytest.param(episode, EPISODE, marks=pytest.mark.long)],
    ids=["course", "episode"],
)
def test_a_step_on_a_card_asks_nothing_of_the_host(clock, table, monkeypatch):
    """Lowered for a card, the march has neither a choice by data nor a call back; for a processor it has choices."""
    real, calls = clock._piece, []
    monkeypatch.setattr(clock, "_piece", lambda *given, **named: calls.append((given, named)) or real(*given, **named))
    numbers(table, "cpu")
    given, named = calls[0]
    if clock is episode:
        given = (*given[:-1], 40)
    said = real.trace(*given, **named).lower(lowering_platforms=("cuda",)).as_text()
    assert "stablehlo.while" in said and not CHOICE.search(said) and "callback" not in said
    assert CHOICE.search(real.trace(*given, **named).lower(lowering_platforms=("cpu",)).as_text())


@only_with_a_card
@pytest.mark.parametrize("table", [COURSE, EPISODE], ids=["course", "episode"])
def test_a_card_gives_the_numbers_of_a_processor(table):
    assert_alike(numbers(table, "gpu"), numbers(table, "cpu"))


@only_with_a_card
def test_a_card_answers_as_a_processor():
    who = ops.Who(people=40)
    on = lambda chosen: ops.Work(device=chosen)  # noqa: E731
    blocked = [ops.blockade(days=3, who=who, work=on(chosen)) for chosen in ("gpu", "cpu")]
    for name in ("blockade", "liking", "occupancy", "concentration"):
        assert_alike(*({name: getattr(each, name)} for each in blocked))
    rescued = [ops.rescue(hours=0.5, who=who, work=on(chosen)) for chosen in ("gpu", "cpu")]
    for one, other in zip(*(each.arms for each in rescued), strict=True):
        assert_alike({name: one.ends[name] for name in ENDS}, {name: other.ends[name] for name in ENDS})


@only_with_a_card
def test_a_trial_on_a_card_is_that_of_a_processor_but_for_chances_that_near():
    """A choice that lies as near its chance as the numbers differ may tip: of 10,000 people's days none is expected to."""
    tried = [ops.trial("xbot", who=ops.Who(people=40), work=ops.Work(device=chosen)) for chosen in ("gpu", "cpu")]
    for arm, wanted in tried[1].people.items():
        apart = np.zeros(len(wanted["person"]), bool)
        for name, column in wanted.items():
            apart |= ~np.isclose(
                np.asarray(tried[0].people[arm][name], float), np.asarray(column, float), rtol=1e-6, atol=1e-9
            )
        assert apart.mean() <= 0.05, arm


@pytest.mark.skipif(card(), reason="JAX has a graphics card here: it is not refused")
def test_a_card_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(Refusal, match='finds no gpu here, only cpu.*"jax\\[cuda13\\]".*leave --device out') as told:
        ops.rescue(who=ops.Who(people=2), work=ops.Work(device="gpu", keep=tmp_path / "parts"))
    assert told.value.where == "device" and not (tmp_path / "parts").exists()


def test_another_device_is_refused_by_name():
    with pytest.raises(Refusal, match='device: "gpuu" was given. Did you mean "gpu"?'):
        ops.rescue(who=ops.Who(people=2), work=ops.Work(device="gpuu"))


def test_chunks_are_large_on_a_card_alone():
    assert device.size(5, simulate.CHUNK) == simulate.CHUNK
    with as_on_a_card(), device.on("gpu"):
        assert device.size(5, simulate.CHUNK) == 16 and device.size(50, simulate.CHUNK) == 16
