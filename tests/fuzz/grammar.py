"""Inputs made up: by the grammar of what is asked, with odd words in some places; and sound ones with bytes changed."""

import json
import re

from hypothesis import strategies as st

from opioidsim.cases import drug as drugs

NUMBERS = ["0", "1", "2", "50", "380", "1.5", "-1", "1e-9", "1e308", "1e999", "nan", "inf", "9" * 30, "9" * 400, "0x10", "1_000", "1,5",
           "½", "٣", ".5", "5.", "+3", "1e", "--1", "2147483648", "9223372036854775808", "-0", "1e-320"]  # fmt: skip
TIMES = ["h", "d", "min", "s", "weeks", "years", "ms", "H", "hh", "month", ""]
ODD = ["\x00", "\x1b[31m", "\u202e", "\ufeff", "\u2028", "\t", "\r\n", '"', "'", "=1+1", "@SUM(A1)", "-2+3", "{", "[", "]]", "#", ";", "%s", "{0}", "../..",
       "日本", "µg", "μg", "x" * 400, "true", "null", "None", "__class__", "\\", "`id`", "😀", "é", "é"]  # fmt: skip
WORDS = ["over", "at", "every", "x", "steady", "state", "anew", "then", "held", "from", "to", "iv", "oral", "mg", "mcg", "mg/kg", "mg/h", "daily", "h",
         "naltrexone", "heroin", "fentanyl", "naloxone"]  # fmt: skip


def mostly(right, wrong):
    """Eight times in nine what is right: with everything wrong at once, only the first is ever looked at."""
    return st.integers(0, 8).flatmap(lambda n: wrong if n == 8 else right)


odd = st.sampled_from([*NUMBERS, *ODD]) | st.text(max_size=12)
few = st.sampled_from(["0", "1", "2", "50", "380", "1.5", "0.4"])
number = mostly(
    few | st.integers(1, 500).map(str),
    st.sampled_from(NUMBERS) | st.integers(-5, 10**9).map(str) | st.floats().map(str),
)
time = st.builds("{} {}".format, number, mostly(st.sampled_from(TIMES[:4]), st.sampled_from(TIMES)))
drug = mostly(st.sampled_from([*drugs.names(), "vivitrol", "narcan"]), st.sampled_from(["tramadol", "water"]) | odd)
unit = mostly(st.sampled_from(["mg", "mcg", "ng", "g", "mg/kg"]), st.sampled_from(["mg/h", "mcg/min"]) | odd)
route = mostly(st.sampled_from(["oral", "iv"]), st.sampled_from(["im-depot", "nasal", "sublingual", "im", "sc"]) | odd)
tail = mostly(
    st.one_of(
        st.builds("over {}".format, time),
        st.builds("at {}".format, time),
        st.builds("every {} x {}".format, time, number),
    ),
    st.one_of(
        st.builds("every {} x {} held from {} to {}".format, time, number, time, time),
        st.sampled_from(["at steady state", "at steady state anew", "x 0", "x 3"]),
        st.lists(st.sampled_from(WORDS) | odd, max_size=4).map(" ".join),
    ),
)
dose = st.builds("{} {} {} {} {}".format, drug, number, unit, route, st.lists(tail, max_size=3).map(" ".join))
SOUND = ["naltrexone 50 mg oral every 24 h x 3", "heroin 25 mg iv at 2 d", "fentanyl 1 mg iv over 1 min", "naltrexone 380 mg im-depot",
         "naltrexone 50 mg oral every 1 h x 20000 held from 3 d to 5 d", "methadone 80 mg oral every 24 h x 7 at steady state"]  # fmt: skip
some_dose = mostly(st.sampled_from(SOUND) | dose, odd)
PIECE = re.compile(rb'"[^"\n]*"|\d[\d.]*')  # of a text: what is quoted, and numbers


@st.composite
def mutated(draw, seeds) -> bytes:
    """One of these texts with a few places changed: bytes, odd words, pieces left out, twice or elsewhere."""
    data = draw(st.sampled_from(seeds)).encode()
    for _ in range(draw(st.integers(1, 3))):
        pieces = [match.span() for match in PIECE.finditer(data)]
        if pieces and draw(st.booleans()):  # another value in its place
            at, until = draw(st.sampled_from(pieces))
            text = draw(time | some_dose | odd) if data[at : at + 1] == b'"' else draw(number)
            said = text.encode("utf-8", "surrogatepass")
            data = data[:at] + (b'"' + said + b'"' if data[at : at + 1] == b'"' else said) + data[until:]
            continue
        at = draw(st.integers(0, len(data)))
        until = min(len(data), at + draw(st.integers(0, 12)))
        piece = draw(
            st.one_of(
                odd.map(lambda text: text.encode("utf-8", "surrogatepass")),
                st.sampled_from([b"", data[at:until] * 2, data[:at], data[until:]]),
                st.binary(max_size=4),
                st.sampled_from(WORDS).map(str.encode),
            )
        )
        data = data[:at] + piece + data[until:]
    return data[:20_000]


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | odd | some_dose | time,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(odd, inner, max_size=3),
    max_leaves=6,
)


def table(shape: dict, *more: str):
    """A table with some of these keys, each with a value of its own kind or with anything; sometimes with a strange key."""
    some = st.fixed_dictionaries({}, optional={key: mostly(kind, plain) for key, kind in shape.items()})
    strange = st.dictionaries(st.sampled_from([*more, "dosses"]) | odd, plain, max_size=1)
    return st.builds(lambda a, b: a | b, some, mostly(st.just({}), strange))


person = table({"weight": time | st.just("90 kg"), "age": st.just("40 years"), "sex": st.sampled_from(["male", "female"]), "tolerance": st.floats(0, 1)})  # fmt: skip
doses = st.lists(some_dose, min_size=1, max_size=3)
scenario = table(
    {
        "title": mostly(st.just("A title"), odd), "clock": st.sampled_from(["course", "episode"]), "duration": st.sampled_from(["7 d", "30 min", "1 d"]) | time,
        "every": time, "doses": doses, "outputs": mostly(st.just([]), st.lists(odd, max_size=2)), "person": person,
        "population": table({"n": st.integers(0, 9), "seed": st.integers(0, 9)}),
        "before": table({"doses": doses, "duration": time, "tolerance": st.floats(0, 1)}),
        "rescue": table({"drug": some_dose, "when": mostly(st.just("ventilation < 40 % of baseline"), odd), "delay": time, "doses": mostly(st.integers(1, 4), st.integers()), "interval": time}),
        "readings": mostly(st.just({"naltrexone": "slower"}), st.dictionaries(drug, odd, max_size=2) | st.just("mann-2022")),
        "change": mostly(st.just({"tau_loss": "20 d"}), st.dictionaries(odd | st.just("tau_loss"), time, max_size=2)),
    },
    "dosing", "oxygen", "attended",
)  # fmt: skip
sound_scenario = st.builds(lambda s, d: {"doses": [d], "duration": "7 d"} | s, scenario, st.sampled_from(SOUND[:4]))

COLUMNS = {
    "II": "24",
    "ADDL": "2",
    "SS": "1",
    "EVID": "1",
    "RATE": "25",
    "DUR": "2",
    "WT": "80",
    "UNIT": "mg",
    "CMT": "1",
    "MDV": "1",
    "DV": ".",
}
cell = st.sampled_from(["1", "0", "24", "2", ".", "naltrexone", "oral", "mg", "A-1", "=1+1", "1.5"]) | number | odd
column = mostly(st.sampled_from([*COLUMNS]), odd)


@st.composite
def event_table(draw) -> bytes:
    """An event table of some columns, most of whose cells are what belongs there."""
    usual = {"ID": "1", "TIME": "0", "AMT": "50", "DRUG": "naltrexone", "ROUTE": "iv"}
    names = [*usual, *draw(st.lists(column, max_size=4, unique=True))]
    usual |= COLUMNS
    names = draw(st.permutations(names)) if draw(st.booleans()) else names
    separator = draw(st.sampled_from([",", ";", "\t"]))
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        rows.append(
            [draw(mostly(mostly(st.just(usual[n]), number), cell)) if n in usual else draw(cell) for n in names]
        )
    return "\n".join(separator.join(row) for row in [names, *rows]).encode("utf-8", "surrogatepass")


def as_json(given) -> bytes:
    """Plain data as a request has it; what is no number as other programs write it."""
    return json.dumps(given).encode()
