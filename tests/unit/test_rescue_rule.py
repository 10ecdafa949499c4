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
        ({"drug": "naloxone 2 mg iv over 10 s"}, '"naloxone 2 mg iv"'),
        ({"drug": "naloxon 4 mg nasal"}, "naloxone"),
        ({"drug": "fentanyl 1 mg iv"}, "rescues nobody"),
        ({"dose": 2}, 'Did you mean "doses"'),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_the_remedy(keys, remedy):
    with pytest.raises(Refusal) as refusal:
        rule(**keys)
    assert remedy in str(refusal.value)
