"""The question of rescue: arms, shares, what is refused."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.refusal import Refusal

OVERDOSE, PRODUCT = "fentanyl 2.2 mg iv", "naloxone 2 mg im-autoinjector"


@pytest.fixture(scope="module")
def answer():
    return ops.rescue(OVERDOSE, PRODUCT, doses=(1, 2), delay=("60 s", "5 min"), hours=1 / 3)


def test_nobody_comes_first_and_every_way_of_helping_follows(answer):
    assert [arm.label for arm in answer.arms] == [
        "nobody helps",
        f"1 x {PRODUCT}, after 1 min",
        f"1 x {PRODUCT}, after 5 min",
        f"2 x {PRODUCT}, after 1 min",
        f"2 x {PRODUCT}, after 5 min",
    ]
    assert [arm.ends["doses_given"][0] for arm in answer.arms] == [0, 1, 1, 2, 2]


def test_help_in_time_rescues_the_typical_person_and_late_help_does_not(answer):
    arrest = [arm.ends["cardiac_arrest"][0] for arm in answer.arms]
    assert arrest == [1, 0, 1, 0, 1]


def test_nobodys_row_has_no_numbers_about_doses(answer):
    row = answer.rows()[0]
    assert row["arrest"] == 1.0 and row["arrest_low"] < 1.0 == row["arrest_high"]
    assert row["further_dose"] is None and row["rescue_time_s"] is None


def test_curves_are_those_of_the_typical_person(answer):
    assert list(answer.curves) == [arm.label for arm in answer.arms]
    nobody = answer.curves["nobody helps"]
    assert np.isnan(nobody.meaningful("arterial_o2")[0, -1]) and not np.isnan(nobody["blood_flow"][-1])


@pytest.mark.parametrize(
    ("words", "remedy", "where"),
    [
        ({"opioid": "naloxone 2 mg im"}, "is no overdose of an opioid", "opioid"),
        ({"product": []}, "none were given; give 1", "product"),
        ({"doses": (0,)}, "at least 1", "doses.0"),
        ({"product": "heroin 5 mg iv"}, "is no antagonist and rescues nobody", ""),
        ({"delay": [f"{n} s" for n in range(70)]}, "at most 60", "product"),
        ({"delay": "soon"}, "soon", "delay"),
        ({"when": "ventilation < banana"}, "is not understood", ""),
        ({"tolerance_before": "chronic", "who": ops.Who(tolerance=0.5)}, "Leave one of them out", "tolerance_before"),
        ({"hours": 0}, "more than 0", "hours"),
        ({"table": "nowhere.csv"}, "could not be read", ""),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_remedy(words, remedy, where):
    with pytest.raises(Refusal, match=remedy) as refused:
        ops.rescue(**words)
    assert not where or refused.value.where == where


def test_a_question_is_data_and_can_be_asked_again(answer):
    again = ops.ask(answer.asked)
    assert again.rows() == answer.rows() and again.asked == answer.asked
    assert answer.asked["tolerance"] == 1.0 and answer.scenario.person.tolerance == 1.0


def test_for_one_person_no_cell_has_a_range(answer):
    _, cells = answer.cells()
    assert len(cells) == 5 and not any(" to " in cell for row in cells for cell in row[1:])
    assert answer.brackets == ""


def test_tolerance_is_lost_on_the_way():
    def arrest(**words):
        return ops.rescue("fentanyl 1.2 mg iv", PRODUCT, hours=0.3, **words).arms[0].ends["cardiac_arrest"][0]

    assert (arrest(), arrest(tolerance_before="chronic", before_days=60)) == (0, 1)


@pytest.fixture(scope="module")
def crowd():
    return ops.rescue(OVERDOSE, [PRODUCT, "naltrexone 50 mg oral"], hours=0.2, who=ops.Who(people=8))


def test_what_labels_say_of_every_product_is_told(crowd):
    assert {"not-naloxone", "naloxone-repeat"} <= {caution.id for caution in crowd.cautions}
    assert {"naloxone", "naltrexone", "fentanyl"} <= {name.partition(".")[0] for name, _ in crowd.facts}
    assert {fact.source for _, fact in crowd.facts if fact.source} == set(crowd.sources)


def test_a_crowd_has_ranges_and_a_table_of_people(crowd):
    assert " to " in crowd.cells()[1][0][1] and "8 people" in crowd.brackets
    people = crowd.tables()["people.parquet"]
    assert len(people) == 3 * 8 and set(people["arm"]) == {arm.label for arm in crowd.arms}
    assert list(crowd.charts()) == ["arrests", "curves"]


def test_finished_parts_are_kept_and_taken_up_again(tmp_path, monkeypatch):
    from opioidsim.engine import simulate_episode, store

    monkeypatch.setattr(store, "SHORT", 0)

    words = {"opioid": OVERDOSE, "product": PRODUCT, "hours": 0.1, "who": ops.Who(people=2)}
    whole = ops.rescue(**words, work=ops.Work(keep=tmp_path))
    assert len(list(tmp_path.glob("list-*/part-*.parquet"))) == 4, "two arms, and the curves of each"

    def never(*_, **__):
        raise AssertionError("was worked out again")

    monkeypatch.setattr(simulate_episode, "ends_of_chunk", never)
    again = ops.rescue(**words, work=ops.Work(keep=tmp_path, resume=True))
    assert again.rows() == whole.rows()
    with pytest.raises(Refusal, match="parts of another"):
        ops.rescue(**words | {"hours": 0.2}, work=ops.Work(keep=tmp_path, resume=True))


@pytest.mark.parametrize(
    "other",
    [
        {"weight": "110 kg"},
        {"age": "80 years"},
        {"liver": "cirrhosis"},
        {"tolerance": 0.5},
        {"dependence": 1.0},
        {"readings": {"naltrexone": "slower"}},
    ],
)  # fmt: skip
def test_every_part_of_who_moves_a_number(other, usual):
    assert lowest(**other) != usual


@pytest.fixture(scope="module")
def usual():
    return lowest()


def lowest(**who):
    before = {"before": "naltrexone 50 mg oral", "before_days": 1.5}
    asked = ops.rescue("fentanyl 0.3 mg iv", PRODUCT, hours=0.1, who=ops.Who(**who), **before)
    return asked.arms[0].ends["lowest_arterial_o2"][0]
