"""The rule of a rescue: read from words, refused with what to write instead."""

import pytest

from opioidsim.cases.scenario import from_table
from opioidsim.refusal import Refusal

SPRAY = {"drug": "naloxone 4 mg nasal"}


def rule(**keys):
    return from_table({"clock": "episode", "doses": ["fentanyl 1 mg iv"], "rescue": SPRAY | keys}).rescue


@pytest.mark.parametrize(
    ("when", "trigger"),
    [
        ("ventilation < 40 % of baseline", (0.4, 0.0, float("inf"))),
        ("ventilation<25% of baseline", (0.25, 0.0, float("inf"))),
        ("  ventilation   <  2.5 L/min", (0.0, 2.5, float("inf"))),
        ("ventilation < .5 L/min", (0.0, 0.5, float("inf"))),
        ("at 5 min", (0.0, 0.0, 300.0)),
        ("at 0 s", (0.0, 0.0, 0.0)),
    ],
)
def test_the_moment_of_the_call_is_read_from_words(when, trigger):
    assert rule(when=when).trigger() == pytest.approx(trigger)


def test_times_are_kept_in_seconds():
    found = rule(delay="3 min", interval="0.05 h")
    assert (found.delay, found.interval) == pytest.approx((180.0, 180.0))


def test_help_at_once_is_help():
    assert rule(delay="0 s").delay == 0.0


@pytest.mark.parametrize(
    ("keys", "remedy"),
    [
        ({"when": "when blue"}, 'write "ventilation < 40 % of baseline"'),
        ({"when": "ventilation < 40 %"}, 'write "ventilation < 40 % of baseline"'),
        ({"when": "ventilation > 40 % of baseline"}, 'write "ventilation < 40 % of baseline"'),
        ({"when": "ventilation < 0 % of baseline"}, "between 0 and 100"),
        ({"when": "ventilation < 140 % of baseline"}, "between 0 and 100"),
        ({"when": "at 5"}, "without a unit"),
        ({"when": "at 25 h"}, "from 0 s to 24 h"),
        ({"delay": 60}, 'write for example "60 s"'),
        ({"delay": "60"}, "without a unit"),
        ({"delay": "-1 s"}, "from 0 s to 24 h"),
        ({"doses": -1}, "rescue.doses"),
        ({"doses": 13}, "rescue.doses"),
        ({"doses": 2, "interval": "0.5 s"}, "one larger dose"),
        ({"when": "at 5 min", "if_needed": True}, "needs a level of ventilation"),
        ({"drug": "naloxone 4 mg nasal at 5 min"}, '"naloxone 4 mg nasal"'),
        ({"drug": "naloxone 4 mg nasal every 3 min x 2"}, '"naloxone 4 mg nasal"'),
        ({"drug": "naloxone 2 mg iv over 10 min", "doses": 2}, "shorter than the infusion"),
        ({"drug": ""}, "either a `drug`"),
        ({"steps": ["naloxone 2 mg iv"]}, "and not both"),
        ({"comes": ["2 min"]}, "two times"),
        ({"comes": ["12 min", "2 min"]}, "less than the second"),
        ({"drug": "naloxon 4 mg nasal"}, "naloxone"),
        ({"drug": "fentanyl 1 mg iv"}, "rescues nobody"),
        ({"dose": 2}, 'Did you mean "doses"'),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_the_remedy(keys, remedy):
    with pytest.raises(Refusal) as refusal:
        rule(**keys)
    assert remedy in str(refusal.value)


def steps(*sentences, **keys):
    return from_table(
        {"clock": "episode", "doses": ["fentanyl 1 mg iv"], "rescue": {"steps": list(sentences)} | keys}
    ).rescue.read()


def test_steps_are_slots_one_after_another():
    found = steps(
        "naloxone 0.04 mg iv over 10 s",
        "wait 60 s",
        "naloxone 0.4 mg iv after 90 s every 2 min x 2 until ventilation > 60 % of baseline",
        "naloxone iv at two thirds of the effective dose an hour over 12 h after 30 min",
    )
    assert [(slot.turn, slot.after) for slot in found.slots] == [
        (1, 0),
        (-1, 10),
        (0, 140),
        (0, 120),
        (1, 1800),
        (-1, 43200),
    ]
    assert [slot.below for slot in found.slots] == [None, None, (0.6, 0.0), (0.6, 0.0), None, None]
    assert found.slots[4].effective == pytest.approx(2 / 3) and found.slots[4].dose.milligrams() == 1.0


def test_help_is_more_than_doses():
    found = steps(
        "rescue breathing 5 L/min until ventilation > 4 L/min",
        "oxygen 50 %",
        "nalmefene 1 mg iv if ventilation < 3 L/min",
    )
    assert found.breaths == (5.0, (0.0, 4.0)) and found.oxygen == (0.5, None)
    assert found.slots[0].below == (0.0, 3.0) and not found.slots[0].waits


def test_a_rule_is_read_from_its_own_table():
    whole = from_table({"clock": "episode", "doses": ["fentanyl 1 mg iv"],
                        "rescue": {"steps": ["naloxone 2 mg iv over 10 s"], "comes": ["2 min", "12 min"]}})  # fmt: skip
    assert from_table(whole.table()) == whole and whole.rescue.comes == pytest.approx((120.0, 720.0))


@pytest.mark.parametrize(
    ("sentences", "remedy"),
    [
        (["wait 5 min"], "nothing is given"),
        (["naloxone 2 mg iv at 5 min"], 'write "after"'),
        (["naloxone 2 mg iv", "naloxone 2 mg iv unless awake"], "step 2"),
        (["naloxone 2 mg iv if conscious"], "step 1"),
        (["naloxone 2 mg iv until ventilation > conscious"], "consciousness is not simulated"),
        (["fentanyl 2 mg iv"], "rescues nobody"),
        (["naloxone 2 mg iv over 10 min", "naloxone 2 mg iv after 5 min"], 'begin it "after 600 s" or later'),
        (["naloxone 2 mg iv over 10 min every 5 min x 2"], "before it has ended"),
        (["naloxone 2 mg iv every 5 min x 40"], "1 to 12 times"),
        (["naloxone iv at lots of the effective dose an hour over 2 h"], "two thirds of"),
        (["rescue breathing", "naloxone 2 mg iv"], "rescue breathing 5 L/min"),
        (["oxygen 300 %", "naloxone 2 mg iv"], "10 to 100 %"),
        (["naloxone 2 mg iv if ventilation < 3 L/min until ventilation > 4 L/min"], "both if and until"),
        (["naloxone 2 mg iv every 5 min x 12"] * 3, "more than 24"),
    ],
)
def test_a_step_that_is_not_understood_is_refused_by_its_number(sentences, remedy):
    with pytest.raises(Refusal) as refusal:
        steps(*sentences)
    assert remedy in str(refusal.value)


def test_what_does_not_go_with_steps_is_refused():
    for keys, remedy in (({"doses": 2}, "belong to a `drug`"), ({"if_needed": True}, "belong to a `drug`")):
        with pytest.raises(Refusal, match=remedy):
            steps("naloxone 2 mg iv", **keys)
    with pytest.raises(Refusal, match="needs a level"):
        steps("rescue breathing 5 L/min", "naloxone 2 mg iv", when="at 5 min")
