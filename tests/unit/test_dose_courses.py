"""What a clinic says of courses: phases, pauses, steady states; read, or refused with the remedy."""

import pytest

from opioidsim.cases.dose import parse, sentences, something
from opioidsim.cases.procedure import named
from opioidsim.cases.scenario import from_table
from opioidsim.cases.trial_arm import Arm
from opioidsim.facts.evidence import build
from opioidsim.refusal import Refusal


def scale(unit):
    return {"mcg": 1e-3, "mg": 1.0}[unit]


@pytest.mark.parametrize(
    ("said", "doses"),
    [
        (
            "buprenorphine 8 mg sl, then 16 mg sl every 24 h x 27",
            ["buprenorphine 8 mg sublingual", "buprenorphine 16 mg sublingual at 24 h every 24 h x 27"],
        ),
        (
            "morphine 5 mg oral q4h x 6 then 10 mg oral q12h x 4 then naltrexone 50 mg oral at 10 d",
            [
                "morphine 5 mg oral every 4 h x 6",
                "morphine 10 mg oral at 24 h every 12 h x 4",
                "naltrexone 50 mg oral at 10 d",
            ],
        ),
        (
            "naltrexone 50 mg oral daily x 10 held from 3 d to 5 d",
            ["naltrexone 50 mg oral every 24 h x 3", "naltrexone 50 mg oral at 5 d every 24 h x 5"],
        ),
        ("naltrexone 50 mg oral daily x 3 held from 1 d to 9 d", ["naltrexone 50 mg oral"]),
        (
            "methadone 80 mg oral every 24 h x 28, hold on day 4",
            ["methadone 80 mg oral every 24 h x 3", "methadone 80 mg oral at 4 d every 24 h x 24"],
        ),
        (
            "methadone 80 mg oral daily for 28 days held on days 4 to 6",
            ["methadone 80 mg oral every 24 h x 3", "methadone 80 mg oral at 6 d every 24 h x 22"],
        ),
        (
            "fentanyl 50 mcg/h iv over 2 h then 100 mcg/h iv over 4 h",
            ["fentanyl 100 mcg iv over 2 h", "fentanyl 400 mcg iv over 4 h at 2 h"],
        ),
        (
            "fentanyl loading dose 100 mcg iv then 50 mcg/hr iv for 8 h",
            ["fentanyl 100 mcg iv", "fentanyl 400 mcg iv over 8 h"],
        ),
        (
            "methadone 80 mg oral daily x 10 held from 8 d to 10 d, then 60 mg oral daily x 3",
            ["methadone 80 mg oral every 24 h x 8", "methadone 60 mg oral at 10 d every 24 h x 3"],
        ),
        (
            "methadone 80 mg oral daily x 2 hold on day 2, then 60 mg oral",
            ["methadone 80 mg oral", "methadone 60 mg oral at 2 d"],
        ),
        (
            "morphine 10 mg iv over 30 min every 4 h x 1, then 20 mg iv daily x 2",
            ["morphine 10 mg iv over 30 min", "morphine 20 mg iv at 4 h every 24 h x 2"],
        ),
        ("oxycodone 10 mg oral bid x 0 at steady state", ["oxycodone 10 mg oral every 12 h x 0 at steady state"]),
        (
            "methadone 80 mg oral daily x 0 at steady state, then 40 mg oral daily x 2",
            ["methadone 80 mg oral every 24 h x 0 at steady state", "methadone 40 mg oral every 24 h x 2"],
        ),
        (
            "methadone 80 mg oral daily x 3 at steady state hold on day 1",
            [
                "methadone 80 mg oral every 24 h x 0 at steady state",
                "methadone 80 mg oral at 24 h every 24 h x 2",
            ],
        ),
    ],
)
def test_a_regimen_may_have_phases_and_pauses(said, doses):
    assert sentences([said]) == tuple(map(parse, doses))


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("methadone 80 mg oral x 3 every 24 h", "methadone 80 mg oral every 24 h x 3"),
        ("oxycodone 10 mg oral tid for 5 days", "oxycodone 10 mg oral every 8 h x 15"),
        ("morphine 10 mg iv every 5 h for 24 h at 3 h", "morphine 10 mg iv at 3 h every 5 h x 5"),
        ("methadone 80 mg oral every other day x 4", "methadone 80 mg oral every 48 h x 4"),
        ("morphine 2 mg/h iv continuous for 12 h", "morphine 24 mg iv over 12 h"),
        ("morphine 10 mg iv stat", "morphine 10 mg iv"),
        ("fentanyl 25 mcg/h patch every 72 h x 10", "fentanyl 1.8 mg transdermal over 72 h every 72 h x 10"),
        ("fentanyl 12 mcg/h td", "fentanyl 864 mcg transdermal over 72 h"),
        ("duragesic 50 mcg/h patch for 24 h", "fentanyl 1.2 mg transdermal over 24 h"),
        ("fentanyl 25 mcg/h patch every 48 h x 3", "fentanyl 1.2 mg transdermal over 48 h every 48 h x 3"),
        ("vivitrol 380 mg im q28d x 3", "naltrexone 380 mg im-depot every 28 d x 3"),
        ("vivitrol 380 mg im q4w x 3", "naltrexone 380 mg im-depot every 28 d x 3"),
        ("naltrexone 50mg po once daily x 28", "naltrexone 50 mg oral every 24 h x 28"),
        ("narcan 4 mg IN", "naloxone 4 mg nasal"),
        ("oxycodone 10 mg PO Q8H x 3", "oxycodone 10 mg oral every 8 h x 3"),
        ("Methadone 80 mg oral Once Daily x 3", "methadone 80 mg oral every 24 h x 3"),
        ("butrans 10 mcg/h patch weekly for 28 d", "buprenorphine 1.68 mg transdermal over 7 d every 7 d x 4"),
    ],
)
def test_what_a_clinic_says_is_read(said, plain):
    found, meant = parse(said).model_dump(), parse(plain).model_dump()
    assert found.pop("amount") * scale(found.pop("unit")) == pytest.approx(
        meant.pop("amount") * scale(meant.pop("unit"))
    )
    assert found == meant


def test_a_rate_by_the_day_is_one_where_drug_is_infused():
    assert str(parse("morphine 60 mg/d iv over 2 d")) == "morphine 120 mg iv over 2 d"
    assert str(parse("ethanol 10 g/h oral over 3 h")) == "ethanol 30 g oral over 3 h"


@pytest.mark.parametrize(
    ("pause", "why"),
    [
        ("held from 12 d to 10 d", "ends after it begins"),
        ("hold on day 0", "a pause begins at day 1"),
        ("hold on day 40", "nothing is held there"),
        ("hold on day 3, then 60 mg oral daily x 2 hold on day 4", "none of .* at 28 d .* from 3 d to before 4 d"),
    ],
)
def test_a_pause_in_which_nothing_is_due_is_refused(pause, why):
    with pytest.raises(Refusal, match=f"naltrexone 50 mg oral daily x 28 {pause}.*{why}"):
        sentences([f"naltrexone 50 mg oral daily x 28 {pause}"])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("morphine 1 mg/h patch for 72 h", "no patch of morphine is modelled.*morphine RATE iv over TIME"),
        ("fentanyl 25 mcg patch", "given at once, but a patch.*RATE patch every 72 h x N"),
        ("fentanyl 25 mcg/h patch for 9 d", "worn for 9 d, but a patch of fentanyl gives its drug for up to 72 h"),
        ("methadone 80 mg oral daily x 3 for 5 days", "both say how often"),
        ("morphine 10 mg iv for 10 h", 'needs "every"; of an infusion write "over"'),
        ("morphine 10 mg iv q4h prn", "how often.*prn"),
        ("morphine 10 mg iv, then 5 mg iv", '"then" makes several doses of it'),
        ("morphine 10 mg iv q4h x 9 hold on day 1", '"hold on day 1" makes several doses of it'),
        ("fentanyl 100 mcg iv and midazolam 5 mg iv", '"and" joins two things; write each dose as a sentence'),
        ("fentanyl 100 mcg iv; midazolam 5 mg iv", '";" joins two things'),
        ("fentanyl 1,000 mcg iv", "a number has no comma, but a decimal point"),
        ("morphine 10 mg iv every 4 h at 3 h", '"x N" is missing'),
        ("methadone 80 mg/day oral for 10 d", 'given evenly, drop by drop; write .*"80 mg oral every 24 h x 10"'),
        ("methadone 80 mg/d oral", 'write single doses, "80 mg oral every 24 h x 10"'),
        ("morphine 10 mg iv at 8 am", "Times count from the start, not from midnight"),
        ("morphine 10 mg iv at 08:00", "Times count from the start, not from midnight"),
        ("levomethadone 40 mg oral", "r-methadone is a part of methadone and is not given by itself"),
    ],
)
def test_what_a_clinic_says_and_cannot_be_read_is_refused_by_name(said, why):
    with pytest.raises(Refusal, match=why):
        parse(said)


@pytest.mark.parametrize(
    "sentence",
    [
        "methadone 80 mg oral every 24 h x 0 at steady state",
        "fentanyl 1 mg iv over 10 h x 0 at steady state",
        "fentanyl 1 mg iv over 10 h at 3 h at steady state anew",
        "oxycodone 10 mg oral at 2 d every 12 h x 1 at steady state",
        "fentanyl 1 mg iv over 10 h every 4 h x 3",
    ],
)
def test_a_steady_state_and_overlapping_infusions_are_said_as_they_are_read(sentence):
    assert str(parse(sentence)) == sentence


@pytest.mark.parametrize(
    "ask",
    [
        lambda dose: something(dose),
        lambda dose: named(f"{dose}; naltrexone 50 mg oral at 1 d"),
        lambda dose: build(Arm, {"name": "arm", "regimen": [dose]}, "arm"),
        lambda dose: from_table(
            {"clock": "episode", "duration": "5 min", "doses": ["fentanyl 1 mg iv"], "rescue": {"drug": dose}}
        ),
    ],
)
def test_a_steady_state_is_refused_where_it_is_not_worked_out(ask):
    with pytest.raises(Refusal, match=r"a steady state is known to a run|must be one plain dose"):
        ask("naltrexone 50 mg oral every 24 h x 2 at steady state")
