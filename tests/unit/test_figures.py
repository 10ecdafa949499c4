"""What a figure says beside its lines: a title that fits, and whose a panel is."""

from types import SimpleNamespace

import altair as alt

from opioidsim.show.course import alone
from opioidsim.show.theme import LONGEST_LINE, themed


def test_a_long_title_is_broken_into_lines_and_a_short_one_is_not():
    chart = alt.Chart(alt.Data(values=[])).mark_line()
    many = "; ".join(["buprenorphine 16 mg sublingual every 24 h x 7"] * 4)
    lines = themed(chart, many).to_dict()["title"]["text"]
    assert " ".join(lines) == many and max(map(len, lines)) <= LONGEST_LINE
    assert themed(chart, "naltrexone 50 mg oral").to_dict()["title"]["text"] == "naltrexone 50 mg oral"


def test_a_panel_of_one_drug_among_several_names_it():
    """The receptors that naloxone holds are none before it is given, whatever an opioid does there."""
    both = SimpleNamespace(values={"concentration.fentanyl": 0, "concentration.naloxone": 0, "occupancy.naloxone": 0, "activation": 0})  # fmt: skip
    assert alone(both, ["naloxone"]) == ["(naloxone)"]
    assert alone(both, ["fentanyl", "naloxone"]) == alone(both, ["activation"]) == []
    assert alone(SimpleNamespace(values={"concentration.naloxone": 0, "occupancy.naloxone": 0}), ["naloxone"]) == []
