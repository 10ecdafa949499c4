"""Laws that every simulation keeps, whoever is simulated and however the work is cut."""

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from opioidsim.cases.scenario import from_table, read
from opioidsim.engine.simulate import CHUNK, simulate
from opioidsim.refusal import Refusal

MIXED = ("naltrexone 50 mg oral at 1 h", "heroin 25 mg iv at 7.3371 h", "naloxone 0.4 mg iv over 10 min at 8 h")


def same(one, other, rel=1e-11, occupancy=1e-11):
    """The same curves, by relative difference from the peak."""
    assert one.values.keys() == other.values.keys()
    for name in one.values:
        if name.startswith("concentration"):
            assert other[name] == pytest.approx(one[name], rel=0, abs=rel * one[name].max())
        elif name.startswith("occupancy"):
            assert other[name] == pytest.approx(one[name], rel=0, abs=occupancy)


@pytest.mark.parametrize("dose", ["naltrexone {} mg oral", "heroin {} mg iv over 20 min", "naltrexone {} mg im-depot"])
def test_concentration_is_linear_in_the_dose(run, dose):
    one, three = run(dose.format(10)), run(dose.format(30))
    for name in [name for name in one.values if name.startswith("concentration")]:
        assert three[name] == pytest.approx(3 * one[name], rel=1e-12)


def test_a_later_dose_gives_the_same_curves_later(run):
    early = run("naltrexone 50 mg oral at 1 h", "heroin 25 mg iv at 9.37 h", duration="20 h")
    late = run("naltrexone 50 mg oral at 4 h", "heroin 25 mg iv at 12.37 h", duration="23 h")
    for name in early.values:
        assert late[name][3:] == pytest.approx(early[name], rel=1e-6, abs=1e-12 * early[name].max())
        assert np.ptp(late[name][:4]) == 0


def test_a_split_dose_is_the_whole_dose(run):
    whole = run("heroin 25 mg iv at 3.3 h", "naloxone 1 mg iv over 1 h at 4 h")
    split = run(
        "heroin 10 mg iv at 3.3 h",
        "heroin 15 mg iv at 3.3 h",
        "naloxone 0.5 mg iv over 30 min at 4 h",
        "naloxone 0.5 mg iv over 30 min at 4.5 h",
    )
    same(whole, split, occupancy=1e-6)


def test_the_order_of_the_doses_does_not_matter(run):
    same(run(*MIXED), run(*MIXED[::-1]))


def test_a_row_of_doses_is_the_same_as_its_doses(run):
    same(
        run("naltrexone 50 mg oral at 1 h every 6 h x 3"), run(*(f"naltrexone 50 mg oral at {t} h" for t in (1, 7, 13)))
    )


@pytest.mark.parametrize("amount", ["0.05 g", "50000 mcg", "5e7 ng", "0.7142857142857143 mg/kg"])
def test_the_unit_of_the_amount_does_not_matter(run, amount):
    same(run("naltrexone 50 mg oral"), run(f"naltrexone {amount} oral"))


@settings(max_examples=6, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(st.floats(0, 20), min_size=3, max_size=3),
    st.tuples(st.floats(1, 380), st.floats(1, 200), st.floats(0.01, 5)),
    st.integers(0, 1000),
)
@example(at=[0.0, 0.0, 0.0], amount=(1.0, 1.0, 14.0), seed=1)
def test_shares_of_receptors_stay_shares(run, at, amount, seed):
    result = run(
        f"naltrexone {amount[0]} mg oral at {at[0]} h",
        f"heroin {amount[1]} mg iv at {at[1]} h",
        f"fentanyl {amount[2]} mg iv over 30 min at {at[2]} h",
        population={"n": CHUNK, "seed": seed},
    )
    bound = [value for name, value in result.values.items() if name.startswith("occupancy.")]
    assert all(value.min() >= -1e-12 for value in bound)
    assert sum(bound).max() <= 1 + 1e-12
    assert all(
        value.min() >= -1e-9 * value.max() for name, value in result.values.items() if name.startswith("concentration.")
    )
    assert 0 <= result["activation"].min() <= result["activation"].max() <= 1
    assert 0 <= result["liking"].min() <= result["liking"].max() <= 100


@pytest.fixture(scope="module")
def crowd(run):
    return run(*MIXED, population={"n": CHUNK + 6, "seed": 7})


@pytest.mark.parametrize("n", [1, 10, CHUNK, CHUNK + 1])
def test_a_smaller_crowd_is_the_beginning_of_a_larger_one(run, crowd, n):
    few = run(*MIXED, population={"n": n, "seed": 7})
    assert all(np.array_equal(few.values[name], crowd.values[name][:n]) for name in crowd.values)


def test_the_number_of_threads_changes_no_bit(run, crowd):
    one = run(*MIXED, population={"n": CHUNK + 6, "seed": 7}, threads=1)
    assert all(np.array_equal(one.values[name], crowd.values[name]) for name in crowd.values)


def test_another_seed_gives_other_people(run, crowd):
    other = run(*MIXED, population={"n": CHUNK + 6, "seed": 8})
    assert not np.isclose(
        other.values["occupancy.naltrexone"][:, -1], crowd.values["occupancy.naltrexone"][:, -1]
    ).any()


def test_a_person_alone_is_the_same_as_a_draw_with_their_numbers(run, tmp_path):
    """A table of draws that holds the typical value for person 1 and another for person 0. Draws are marched in larger
    chunks, which the compiler may add up in another order: the last bits are not promised."""
    from opioidsim.engine import inputs

    scenario = from_table({"doses": list(MIXED), "duration": "24 h"})
    typical = inputs.read(scenario).values(range(1))["naltrexone.disposition.V1"].item()
    path = tmp_path / "draws.csv"
    path.write_text(f"naltrexone.disposition.V1 [L]\n{typical * 2!r}\n{typical!r}\n")
    alone, drawn = run(*MIXED), run(*MIXED, population={"table": str(path)})
    assert drawn.people == 2
    for name in alone.values.keys() - {"liking"}:  # a crowd's liking carries what is not known of adaptation
        assert drawn.values[name][1] == pytest.approx(alone.values[name][0], rel=1e-12), name
    assert drawn.values["concentration.naltrexone"][0].max() < alone.values["concentration.naltrexone"].max()


def test_a_table_of_draws_is_looked_for_beside_its_scenario(tmp_path):
    (tmp_path / "draws.csv").write_text("naltrexone.disposition.CL [L/h]\n100\n200\n")
    (tmp_path / "scenario.toml").write_text(
        'duration = "24 h"\ndoses = ["naltrexone 50 mg oral"]\n[population]\ntable = "draws.csv"\n'
    )
    assert simulate(read(tmp_path / "scenario.toml")).people == 2


def test_a_missing_table_of_draws_is_refused(run):
    with pytest.raises(Refusal, match='table of draws "nothing.csv" could not be read'):
        run("naltrexone 50 mg oral", population={"table": "nothing.csv"})


@pytest.mark.parametrize(
    "doses",
    [
        MIXED,
        ("fentanyl 500 mcg iv over 20 min at 0.1 h", "naloxone 4 mg nasal at 20 min", "hydromorphone 4 mg im at 2 h"),
    ],
)
def test_halving_every_step_moves_occupancy_less_than_needed(run, doses):
    coarse, fine = run(*doses), run(*doses, refine=1)
    same(coarse, fine, rel=1e-10, occupancy=1e-5)


def test_outputs_do_not_depend_on_their_spacing(run):
    often, seldom = run(*MIXED, every="30 min"), run(*MIXED, every="4 h")
    for name in often.values:  # people are followed hour by hour as they adapt, closer where outputs are
        accuracy = 1e-10 if name.startswith("concentration") else 3e-3 if name == "liking" else 1e-5
        assert often[name][::8] == pytest.approx(seldom[name], rel=0, abs=accuracy * max(1, often[name].max()))


def test_nothing_happens_before_the_first_dose(run):
    result = run(*MIXED)
    assert all((value[:, result.times <= 1] == 0).all() for value in result.values.values())


def test_progress_counts_people(run):
    seen = []
    simulate(
        from_table({"doses": ["naltrexone 50 mg oral"], "duration": "24 h", "population": {"n": CHUNK + 6}}),
        progress=seen.append,
    )
    assert seen == [CHUNK, CHUNK + 6]


@pytest.mark.parametrize("clock", ["course", "episode"])
def test_curves_that_do_not_fit_are_refused_at_once(clock):
    crowd = {
        "clock": clock,
        "duration": "24 h",
        "every": "1 min",
        "doses": ["fentanyl 1 mg iv"],
        "population": {"n": 100_000},
    }
    with pytest.raises(Refusal, match="numbers; at most 2e\\+08 fit. Ask for fewer"):
        simulate(from_table(crowd))
