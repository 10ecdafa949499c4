"""Doses as sentences: DRUG AMOUNT UNIT ROUTE [over DURATION] [at TIME] [every INTERVAL x N] [at steady state].

"naltrexone 50 mg oral every 24 h x 28", "fentanyl 100 mcg iv over 30 s at 10 min", "naloxone 0.01
mg/kg iv", "methadone 80 mg oral every 24 h x 7 at steady state".

A sentence is read to its last character or refused with the remedy: what was passed over in silence
would be a dose that nobody meant.
"""

import math
import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, model_validator

from opioidsim.cases import drug as drugs
from opioidsim.cases import patch, phrases
from opioidsim.facts import units
from opioidsim.facts.evidence import Table
from opioidsim.refusal import Refusal, is_listed, nearest, shown

FORM = "DRUG AMOUNT UNIT ROUTE [over DURATION] [at TIME] [every INTERVAL x N] [at steady state]"
ROUTES = ("oral", "oral-extended", "sublingual", "buccal", "lozenge", "nasal", "nasal-spray", "inhaled", "iv", "im", "im-injector",
          "im-autoinjector", "sc", "im-depot", "sc-depot", "sc-weekly", "sc-monthly", "implant",
          "transdermal")  # fmt: skip
AMOUNT_UNITS = ("ng", "mcg", "ug", "µg", "mg", "g")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
MOST_DOSES = 20000
MOST = 1e6  # mg: a dose of more than a kilogram of any of these drugs is a slip
SHORTEST, LONGEST = 1.0 / 3600.0, 20 * 8766.0  # hours: of an infusion; of any time in a sentence, twenty years
STEADY, ON_TOP = 1, 2  # a steady state that clears what else is there, and one on top of it
ENDED = {"at": "from the start", "every": "from one to the next", "over": "of an infusion"}


class Dose(Table):
    """One dose, or a row of equal ones. Times in hours from the start; `over` is 0 for a dose given at
    once. An amount of 0 is a placebo, or a dose that is left out.

    drug: the library's name. amount, unit: of what the label's milligrams are of, also per
    kilogram. over: how long an infusion runs, each anew; they may overlap. at: the first. every,
    times: from one to the next, and how many. steady: whether doses like it went before for ever:
    STEADY clears what else is in the body, ON_TOP does not; without `every`, an infusion at this
    rate. With it `times` may be 0: nothing follows on that past.
    """

    drug: Annotated[str, AfterValidator(drugs.find)]
    amount: float
    unit: Annotated[str, AfterValidator(units.micro)]
    route: str
    over: float = 0.0
    at: float = 0.0
    every: float = 0.0
    times: int = 1
    steady: Literal[0, 1, 2] = 0

    @model_validator(mode="after")
    def _sound(self) -> Self:
        """Refuses an amount, a route or a time that cannot be; the same for doses from Python, from
        tables and from sentences.
        """
        allowed = [*AMOUNT_UNITS, *(f"{u}/kg" for u in AMOUNT_UNITS)]
        if self.unit not in allowed:
            raise ValueError(f'"{shown(self.unit)}" is not a unit of drug amount.{_nearest_unit(self.unit, allowed)}')
        if self.amount < 0 or self.milligrams() > MOST:
            said = f"the amount is {self.amount:g} {self.unit}"
            raise ValueError(f"{said}; it must be more than zero, or 0 where nothing is given, and at most 1 kg.")
        has = drugs.load(self.drug).routes
        if self.route not in has:
            raise ValueError(_no_route(self.drug, self.route, has))
        for key, what in ENDED.items():
            if not 0 <= getattr(self, key) <= LONGEST:
                raise ValueError(
                    f'the time behind "{key}" is {getattr(self, key):g} h; {what}, 0 to 20 years can be given.'
                )
        if 0 < self.over < SHORTEST * (1 - 1e-9):
            raise ValueError(
                'an infusion of less than 1 s cannot be simulated; leave out "over" and it is given at once.'
            )
        if self.amount and (wrong := patch.unsound(self.drug, self.route, self.over)):
            raise ValueError(wrong)
        if not (0 if self.steady else 1) <= self.times <= MOST_DOSES:
            raise ValueError(f"it is given {shown(self.times)} times; write a whole number from 1 to {MOST_DOSES}.")
        if self.times > 1 and not self.every:
            raise ValueError('it is given several times without an interval; write "every 24 h x 28".')
        if self.steady and not (self.every or self.over):
            raise ValueError(
                'a steady state needs the interval of the doses, "every 12 h x 1 at steady state", or an infusion.'
            )
        return self

    def __str__(self) -> str:
        words = [self.drug, f"{self.amount:.12g}", self.unit, self.route]
        if self.over:
            words += ["over", units.time_text(self.over)]
        if self.at:
            words += ["at", units.time_text(self.at)]
        if self.times > 1 or (self.steady and self.every):
            words += ["every", units.time_text(self.every), "x", str(self.times)]
        elif self.steady and not self.times:
            words += ["x", "0"]
        if self.steady:
            words += ["at", "steady", "state"] + (["anew"] if self.steady == STEADY else [])
        return " ".join(words)

    def milligrams(self, weight: float = 70.0) -> float:
        """The amount in mg for a person of `weight` [kg]."""
        base, per_kg, _ = self.unit.partition("/kg")
        scale = 1.0 if base == "mg" else units.factor(base, "mg")  # the usual unit waits for no table of units
        return self.amount * scale * (weight if per_kg else 1.0)

    def starts(self) -> list[float]:
        """The time of each single dose [h]."""
        return [self.at + number * self.every for number in range(self.times)]

    def delayed(self, by: float) -> "Dose":
        """The same dose, `by` hours later."""
        return self.model_copy(update={"at": self.at + by})


def parse(text: str | Dose) -> Dose:
    """The dose that a sentence says. The sentence is read to its last character or refused with the remedy.

    A rate, "0.4 mg/h iv over 10 h", is the amount that it gives in that time.
    """
    return text if isinstance(text, Dose) else _read(text)[0]


def _read(text: object) -> tuple[Dose, float]:
    """The dose that a sentence says, and the interval [h] that it names; 0 where it names none."""
    words = _Words(phrases.one(text) if isinstance(text, str) else text)
    brand = " ".join(words.take("a drug") for _ in range(drugs.words_of_name(words.rest)))
    name = drugs.find_or_refuse(brand, words.said)
    amount, unit, per = _amount(words)
    route = _route(words, name, brand)
    given: dict[str, Any] = {"drug": name, "amount": amount, "unit": unit, "route": route}
    _timed(words, given)
    if daily := phrases.daily(f"{amount:g} {unit}", per, route):
        raise words.refusal(daily)
    if per and "for" in given and not {"over", "every"} & set(given):
        given["over"] = given.pop("for")  # "0.4 mg/h iv for 10 h"
    if "for" in given:
        given["times"] = _times_in(given.pop("for"), given, words)
    if per:
        patch.running(given, patch.worn(name, route))
    if per and "over" not in given:
        raise words.refusal(
            f'{amount:g} {unit}/{per} is a rate; write how long it runs, "{amount:g} {unit}/{per} {route} over 1 h".'
        )
    if per:
        given["amount"] = amount * given["over"] / units.hours(f"1 {per}")
    interval = given.get("every", 0.0)
    if given.get("times") == 1 and "steady" not in given:
        del given["every"]
    if words.rest:
        raise words.refusal(f'"{shown(" ".join(words.rest))}" is left over. A dose reads: {FORM}.')
    try:
        return Dose(**given), interval
    except Refusal as refusal:
        raise words.refusal(str(refusal).removeprefix("dose: ")) from None


def sentences(given: Any) -> tuple[Dose, ...]:
    """The doses that a list of sentences says."""
    if isinstance(given, str):
        raise Refusal(f'write a list of sentences, ["{shown(given)}"].')
    if not is_listed(given) or not all(isinstance(item, str | Dose) for item in given):
        raise Refusal(f'it is {shown(given)}; write a list of sentences, ["naltrexone 50 mg oral"].')
    return tuple(dose for text in given for dose in several(text))


def without_past(dose: Dose) -> Dose:
    """The dose, where a steady state is not worked out: refuses one."""
    if dose.steady:
        raise Refusal(
            f'dose "{dose}": a steady state is known to a run, to what blocks and to the weeks before an overdose; here give the doses that lead up to it.'
        )
    return dose


def several(text: str | Dose) -> tuple[Dose, ...]:
    """The doses that a sentence says which may have phases ("..., then 16 mg sublingual every 24 h x 27") and times at which it
    is held ("... every 24 h x 28 held from 3 d to 5 d"). A phase without "at" begins when the next dose of the one before would
    be due, also where its last were held; after a single dose its own interval later, after a single infusion when that has ended.
    """
    if isinstance(text, Dose):
        return (text,)
    found: list[Dose] = []
    last, due = None, None
    for phase in phrases.phases(text):
        sentence, pauses = phrases.held(phase)
        dose, interval = _read(sentence)
        if last and " at " not in sentence.replace(" at steady", ""):
            after = max(last.over, dose.every) if last.times else 0.0
            dose = dose.delayed(last.at + after if due is None else due)
        found += phrases.pieces(dose, pauses, shown(text, 110))
        last, due = dose, dose.at + interval * dose.times if interval else None
    return tuple(found)


def something(text: str | Dose, steady: bool = False) -> Dose:
    """`parse`, for questions about what a dose does: it must give something. steady: whether it may be at steady state."""
    dose = parse(text)
    if not steady:
        without_past(dose)
    if not dose.amount:
        raise Refusal(f'dose "{dose}": nothing is given; the amount must be more than zero here.')
    return dose


def _timed(words: "_Words", given: dict[str, Any]) -> None:
    """What stands behind the route, in any order, each once: how long, when, how often, whether it was so for ever."""
    while words.rest:
        keyword = words.peek()
        if words.rest[:3] == ["at", "steady", "state"] and "steady" not in given:
            del words.rest[:3]
            anew = words.peek() == "anew"
            del words.rest[: int(anew)]
            given["steady"] = STEADY if anew else ON_TOP
        elif keyword == "x" and "times" not in given:
            given["times"] = _count(words)
        elif keyword in ("over", "at", "every", "for") and keyword not in given:
            words.take(keyword)
            given[keyword] = _time(words, keyword)
            if keyword == "every" and not (words.peek() in ("over", "at", "for") or {"times", "for"} & set(given)):
                given["times"] = _count(words)
        else:
            break
    if "every" in given and not {"times", "for"} & set(given):
        _count(words)
    if given.get("times") == 0 and "steady" not in given:
        raise words.refusal('"0" is no number of doses; only what was at steady state may end with x 0.')


def _times_in(lasts: float, given: Mapping[str, Any], words: "_Words") -> int:
    """How many doses begin in so many hours, of "every 24 h for 28 d"."""
    if "times" in given:
        raise words.refusal('"x N" and "for" both say how often; leave one of them out.')
    if "every" not in given:
        raise words.refusal('"for" says how long doses go on, which needs "every"; of an infusion write "over".')
    return max(math.ceil(lasts / given["every"] - 1e-9), 1)


class _Words:
    """The words of a sentence, taken one by one; remembers the sentence for refusals."""

    def __init__(self, given: object):
        text = given if isinstance(given, str) else shown(given)
        self.said = shown(text, 110)
        self.rest = phrases.plain(units.micro(text).replace("×", " x ")).split()

    def refusal(self, reason: str) -> Refusal:
        """A refusal with the whole sentence before the reason, so that it is found among many."""
        return Refusal(f'dose "{self.said}": {reason}')

    def peek(self) -> str:
        """The next word, which stays; "" at the end."""
        return self.rest[0] if self.rest else ""

    def take(self, wanted: str) -> str:
        """The next word, which is gone. Raises Refusal with what was `wanted` where the sentence has ended."""
        if not self.rest:
            raise self.refusal(f"{wanted} is missing at the end. A dose reads: {FORM}.")
        return self.rest.pop(0)


def _number(words: _Words, wanted: str) -> tuple[float, str]:
    """A number and the unit behind it, glued or as the next word."""
    word = words.take(wanted)
    match = _NUMBER.match(word)
    if match is None:
        raise words.refusal(f'{wanted} should stand where "{shown(word)}" stands. A dose reads: {FORM}.')
    unit = word[match.end() :] or words.take(f'the unit of "{shown(word)}"')
    return float(match.group()), unit


def _amount(words: _Words) -> tuple[float, str, str]:
    """The amount, its unit, and the unit of time if it is a rate."""
    amount, unit = _number(words, "the amount")
    allowed = [*AMOUNT_UNITS, *(f"{u}/kg" for u in AMOUNT_UNITS)]
    base, _, per = unit.rpartition("/")
    if base in allowed and units.is_time(per):
        return amount, base, per
    if unit not in allowed:
        raise words.refusal(f'"{shown(unit)}" is not a unit of drug amount.{_nearest_unit(unit, allowed)}')
    if not 0 <= amount < float("inf"):
        raise words.refusal(f"the amount is {amount:g} {unit}; it must be more than zero, or 0 where nothing is given.")
    return amount, unit, ""


def _nearest_unit(unit: str, allowed: list[str]) -> str:
    """A unit is guessed only where it is the same but for capitals, or one letter too many behind it."""
    meant = next(
        (u for u in allowed if unit.lower() == u or (len(u) > 1 and unit[:-1] == u and unit[-1].isalpha())), ""
    )
    if meant:
        return f' Did you mean "{meant}"?'
    return f" Allowed: {', '.join(AMOUNT_UNITS)}, each also per kilogram (mg/kg), or a rate with its duration (mg/h ... over 10 h)."


def _route(words: _Words, name: str, brand: str) -> str:
    """The route behind an amount; a brand with one route may be given by the short name of it ("vivitrol 380 mg im")."""
    route = words.take("the route").lower()
    route = phrases.ROUTES.get(route, route)
    own, has = drugs.route_of(brand), drugs.load(name).routes
    if route == patch.ROUTE and route not in has:
        raise words.refusal(patch.unknown(name))
    if own and own.startswith(f"{route}-"):
        return own  # "vivitrol 380 mg im": the brand has that one route
    if own and route in has and route != own:
        raise words.refusal(f'{brand} is given by one route, "{own}"; for another write {name} instead.')
    if route not in has:
        raise words.refusal(_no_route(name, route, has))
    return route


def _no_route(name: str, route: str, has: Collection[str]) -> str:
    """The sentence about a route that a drug does not have, with those that it has."""
    alike = [each for each in has if each[:1] == route[:1] and route not in ROUTES]  # "rectal" is no slip of "oral"
    guess = nearest(route, alike).partition(" Allowed")[0]  # those allowed follow
    return f'{name} has no route "{shown(route)}".{guess} {drugs.given_by(name)}'


def _time(words: _Words, keyword: str) -> float:
    """A time [h] behind a keyword. Raises Refusal for no unit of time, and for less than nothing."""
    number, unit = _number(words, f'a time behind "{keyword}"')
    if not units.is_time(unit):
        raise words.refusal(
            f'"{shown(unit)}" behind "{keyword}" is not a unit of time.{nearest(shown(unit), ("s", "min", "h", "d", "weeks"))}{phrases.clock(unit)}'
        )
    hours = number * units.factor(unit, "h")
    if hours < 0 or (hours == 0 and keyword != "at"):
        raise words.refusal(
            f'the time behind "{keyword}" is {number:g} {unit}; it must be {"zero or more" if keyword == "at" else "more than zero"}.'
        )
    return hours


def _count(words: _Words) -> int:
    """How often, from "x N" or "xN"."""
    word = words.take('"x N"')
    digits = word[1:] if word.startswith("x") else ""
    if not word.startswith("x"):
        raise words.refusal(f'"x N" (how often) should stand where "{shown(word)}" stands.')
    digits = digits or words.take('the number behind "x"')
    if not digits.isdecimal() or len(digits) > 9 or not 0 <= int(digits) <= MOST_DOSES:
        raise words.refusal(f'"{shown(digits)}" is no number of doses; write a whole number from 1 to {MOST_DOSES}.')
    return int(digits)
