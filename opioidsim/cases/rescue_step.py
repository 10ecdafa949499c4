"""The steps of a rescue as sentences, and what they are one after another.

"naloxone 0.04 mg iv over 10 s", "naloxone 0.5 mg iv after 150 s if ventilation < 40 % of baseline", "naloxone 0.4 mg iv every 2 min
x 5 until ventilation > 60 % of baseline", "wait 5 min", "rescue breathing 5 L/min until ventilation > 3 L/min", "oxygen 100 %",
"oxygen 100 % if ventilation < 40 % of baseline",
"naloxone iv at two thirds of the effective dose an hour over 12 h".
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from opioidsim.cases import drug as drugs
from opioidsim.cases.dose import Dose, parse
from opioidsim.facts import units
from opioidsim.refusal import Refusal, shown

LEVELS = '"ventilation < 40 % of baseline" or "ventilation < 3 L/min"'
EXAMPLE = "naloxone 0.4 mg iv after 2 min if ventilation < 40 % of baseline"
MOST_SECONDS = 48 * 3600.0
SHARES = {"half": 0.5, "a half": 0.5, "one half": 0.5, "two thirds": 2.0 / 3.0, "a third": 1.0 / 3.0, "the whole": 1.0}
MOST_BREATHS = 30.0  # L/min
_LEVEL = re.compile(r"ventilation\s*[<>]\s*(\d+\.?\d*|\.\d+)\s*(%\s*of\s+baseline|L/min)")
_WORDS = {  # from the end of a sentence towards its beginning
    "until": re.compile(r"\s+until\s+(ventilation\s*>.*)$"),
    "if": re.compile(r"\s+(?:if|while)\s+(ventilation\s*<.*)$"),
    "every": re.compile(r"\s+every\s+(\S+\s*[a-z]+)\s+x\s+(\d+)$"),
    "after": re.compile(r"\s+after\s+(\S+\s*[a-z]+)$"),
}
_BREATHS = re.compile(r"rescue breathing\s+(\d+\.?\d*|\.\d+)\s*L/min")
_EFFECTIVE = re.compile(
    r"(\S+)\s+(\S+)\s+at\s+(.+?)\s+(?:of\s+)?the effective dose (?:an|every|per) hour\s+over\s+(\S+\s*[a-z]+)"
)
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")

Level = tuple[float, float]  # share of baseline ventilation, or a level [L/min]; 0 where it is the other


class Slot(NamedTuple):
    """What may be given at one moment of a rescue.

    dose: what is given; of `effective`, 1 mg of it. turn: 0 at once, 1 an infusion begins, -1 it ends. after: from the slot
    before it, of the first from when help has come [s]. below: only while ventilation is under it, else it is passed over,
    or, where it `waits`, given once that is so. effective: what the infusion gives an hour, as a share of all that was
    given at once or in short infusions before; 0: the dose itself.
    """

    dose: Dose
    turn: int
    after: float
    below: Level | None = None
    waits: bool = False
    effective: float = 0.0


class Breaths(NamedTuple):
    """Rescue breathing [L/min] from when help has come, while ventilation is under a level; None: that of the call."""

    volume: float
    below: Level | None = None


class Oxygen(NamedTuple):
    """What is breathed, a share of oxygen, from when help has come, or from when ventilation is first under a level after that."""

    share: float
    below: Level | None = None


class Steps(NamedTuple):
    """A rescue, step by step. oxygen: None: as before."""

    slots: tuple[Slot, ...]
    breaths: Breaths | None = None
    oxygen: Oxygen | None = None


def level(text: str) -> Level:
    """The level of ventilation that a text such as "ventilation < 40 % of baseline" names. Raises ValueError."""
    found = _LEVEL.fullmatch(" ".join(text.split()))
    if not found:
        said = "consciousness is not simulated; " if "conscious" in text or "wak" in text else ""
        raise ValueError(f'"{shown(text)}" is not understood; {said}write {LEVELS}.')
    number, percent = float(found[1]), found[2].startswith("%")
    if not 0 < number < 100:
        raise ValueError(f'"{shown(text)}" must lie between 0 and 100.')
    return (number / 100.0, 0.0) if percent else (0.0, number)


def time(text: str) -> float:
    """A time with its unit [s]. Raises ValueError beyond two days."""
    value = units.hours(text) * 3600.0
    if not 0 <= value <= MOST_SECONDS:
        raise ValueError(f'it is "{shown(text)}"; from 0 s to 48 h can be simulated.')
    return value


def read(sentences: Sequence[str]) -> Steps:
    """The steps that these sentences say, in their order. Raises Refusal with the remedy, naming the step."""
    slots: list[Slot] = []
    breaths, oxygen, waited, since = None, None, 0.0, 0.0
    for number, sentence in enumerate(sentences, 1):
        text = " ".join(sentence.split()) if isinstance(sentence, str) else shown(sentence)
        try:
            if text.startswith("wait "):
                waited += time(text.removeprefix("wait "))
            elif text.startswith("rescue breathing"):
                breaths = _breaths(text)
            elif text.startswith("oxygen"):
                oxygen = _oxygen(text)
            else:
                new, since = _given(text, waited, since)
                waited = 0.0
                slots += new
        except (ValueError, Refusal) as error:
            raise Refusal(f"step {number}, {str(error).strip()}") from None
    if not slots:
        raise ValueError(f'nothing is given in these steps; write for example "{EXAMPLE}".')
    return Steps(tuple(slots), breaths, oxygen)


def _given(text: str, waited: float, since: float) -> tuple[list[Slot], float]:
    """The slots of a sentence that gives something, after so many seconds of waiting; since: how long the infusion before it
    runs beyond its beginning [s], of which its end took care."""
    said: dict[str, re.Match] = {}
    rest = text
    for word, pattern in _WORDS.items():
        found = pattern.search(rest)
        if found:
            said[word], rest = found, rest[: found.start()]
    if "if" in said and "until" in said:
        raise ValueError(f'"{shown(text)}" says both if and until; leave one of them out.')
    condition = said.get("if") or said.get("until")
    below = level(condition[1]) if condition else None
    wait = waited + (time(said["after"][1]) if "after" in said else 0.0)
    apart, times = (time(said["every"][1]), int(said["every"][2])) if "every" in said else (0.0, 1)
    if not 1 <= times <= 12 or (times > 1 and apart < 1.0):
        raise ValueError(f'"{shown(text)}" repeats it {times} times; 1 to 12 times, at least 1 s apart, can be given.')
    dose, effective, over = _dose(rest)
    if wait < since:
        raise ValueError(f'"{shown(text)}" begins before the infusion before it has ended; begin it "after {since:g} s" or later.')  # fmt: skip
    if times > 1 and apart < over:
        raise ValueError(
            f'"{shown(text)}" begins anew before it has ended; make it shorter, or the time between longer.'
        )
    slots = []
    for turn in range(times):
        after = (wait if turn == 0 else apart) - since
        slots.append(Slot(dose, 1 if over else 0, after, below, effective=effective))
        if over:
            slots.append(Slot(dose, -1, over, effective=effective))
        since = over
    return slots, since


def _dose(text: str) -> tuple[Dose, float, float]:
    """A dose, its share of the effective dose an hour (0: as it says), and how long it runs [s]."""
    found = _EFFECTIVE.fullmatch(text)
    if found:
        drug, route, share, over = found.groups()
        seconds = time(over)
        return parse(f"{drug} 1 mg {route} over {units.time_text(seconds / 3600.0)}"), _share(share), seconds
    dose = parse(text)
    if dose.at or dose.times > 1 or dose.steady:
        raise ValueError(f'"{shown(text)}" says when; write "after", or "every 2 min x 3", as in "{EXAMPLE}".')
    if drugs.load(dose.drug).role not in ("antagonist", "partial agonist"):
        raise ValueError(f'{dose.drug} is no antagonist and rescues nobody; write for example "{EXAMPLE}".')
    return dose, 0.0, dose.over * 3600.0


def _share(text: str) -> float:
    """A share in words or as a fraction."""
    fraction = _FRACTION.fullmatch(text)
    value = SHARES.get(text) or (int(fraction[1]) / max(int(fraction[2]), 1) if fraction else 0.0)
    if not 0 < value <= 2:
        raise ValueError(f'"{shown(text)}" is no share of the effective dose; write "two thirds of", or "1/2 of".')
    return value


def _breaths(text: str) -> Breaths:
    """Rescue breathing, with the level until which it is done."""
    until = _WORDS["until"].search(text)
    found = _BREATHS.fullmatch(text[: until.start()] if until else text)
    if not found or not 0 < float(found[1]) <= MOST_BREATHS:
        raise ValueError(
            f'"{shown(text)}" is not understood; write for example "rescue breathing 5 L/min", of up to {MOST_BREATHS:g} L/min.'
        )
    return Breaths(float(found[1]), level(until[1]) if until else None)


def _oxygen(text: str) -> Oxygen:
    """The share of oxygen that is breathed, with the level under which it is given."""
    found = _WORDS["if"].search(text)
    said = (text[: found.start()] if found else text).removeprefix("oxygen")
    percent = units.quantity(said.strip(), "%", "the inspired oxygen")
    if not 10.0 <= percent <= 100.0:
        raise ValueError(f'"{shown(text)}"; 10 to 100 % can be breathed here, and air is 21 %.')
    return Oxygen(percent / 100.0, level(found[1]) if found else None)
