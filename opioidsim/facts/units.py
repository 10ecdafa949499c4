"""The only file that knows units. Pint works at the door; inside, times are hours, volumes litres, amounts nanomoles.

Drug mass (mg) and body mass (kg) are different dimensions here, so a dropped "per kg" cannot pass for an amount.
"""

import re
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING

from opioidsim.refusal import Refusal, shown

if TYPE_CHECKING:
    import pint

_DEFINITIONS = """
second = [time] = s
minute = 60 second = min
hour = 3600 second = h
day = 24 hour = d = _ = days
week = 7 day = _ = weeks = wk
year = 365.25 day = _ = years = y
gram = [drug] = g
milligram = 1e-3 gram = mg
microgram = 1e-6 gram = mcg = ug = µg
nanogram = 1e-9 gram = ng
picogram = 1e-12 gram = pg
kilogram = [body] = kg
litre = [volume] = L = l
millilitre = 1e-3 litre = mL = ml
mole = [substance] = mol
nanomole = 1e-9 mole = nmol
nanomolar = nanomole / litre = nM
picomolar = 1e-3 nanomolar = pM
percent = 0.01 = %
millimetre_of_mercury = [pressure] = mmHg
millimetre = [length] = mm
"""

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S.*?)?\s*")


@cache
def _registry() -> "pint.UnitRegistry[float]":
    """Pint's registry with these units and no other: what is not defined here is refused, and nothing
    is prefixed by guessing.
    """
    import pint

    registry = pint.UnitRegistry(None, cache_folder=None)  # pyright: ignore[reportArgumentType]
    for line in _DEFINITIONS.strip().splitlines():
        registry.define(line)
    return registry


COMMON = {  # what the library's facts and plain sentences need, as pint has it: so common that they do not wait for it to load
    ("s", "h"): 1 / 3600, ("min", "h"): 1 / 60, ("d", "h"): 24.0, ("day", "h"): 24.0, ("days", "h"): 24.0, ("week", "h"): 168.0,
    ("weeks", "h"): 168.0, ("hour", "h"): 1.0, ("1/d", "1/h"): 1 / 24, ("1/min", "1/h"): 60.0, ("1/s", "1/h"): 3600.0,
    ("L/min", "L/h"): 60.0, ("L/s", "L/h"): 3600.0, ("mL/s", "L/h"): 3.6, ("mL/min/kg", "L/h/kg"): 0.06, ("mL", "L"): 1e-3,
    ("mcg", "mg"): 1e-3, ("g", "mg"): 1e3, ("years", "y"): 1.0,
}  # fmt: skip
APART = {("nM", "ng/mL"), ("kg", "h")}  # asked as often: these measure different things


@cache
def factor(given: str, wanted: str) -> float:
    """What a number in unit `given` is multiplied by to be in unit `wanted`. Refuses another dimension."""
    if given == wanted:
        return 1.0
    if (given, wanted) in COMMON:
        return COMMON[given, wanted]
    import pint

    try:
        return float(_registry().Quantity(1.0, _spelled(given)).to(_spelled(wanted)).magnitude)
    except pint.DimensionalityError:
        raise Refusal(
            f'a value in "{given}" cannot be expressed in "{wanted}": they measure different things.'
        ) from None
    except Exception:
        unknown = wanted if is_known(given) else given
        raise Refusal(
            f'"{unknown}" is not a unit known here. Write for example "mg", "mcg", "h", "L/h", "nM".'
        ) from None


def is_known(unit: str) -> bool:
    """Whether the registry knows this unit."""
    try:
        _registry().Unit(_spelled(unit))
    except Exception:
        return False
    return True


def is_time(word: str) -> bool:
    """Whether a word that a user wrote is a unit of time."""
    return bool(_UNIT.fullmatch(word)) and same_dimension(word, "h")


def same_dimension(given: str, wanted: str) -> bool:
    """Whether the two units measure the same thing. A literal match (such as "pM^-n/s") needs no dimension."""
    if given == wanted or (given, wanted) in APART:
        return given == wanted
    try:
        factor(given, wanted)
    except Refusal:
        return False
    return True


def _spelled(unit: str) -> str:
    """A unit as the registry spells it."""
    return "dimensionless" if unit in ("", "1", "fraction", "ratio") else micro(unit).replace("%", "percent")


def micro(text: str) -> str:
    """The text with one micro sign: keyboards give the Greek letter (U+03BC) or the sign (U+00B5)."""
    return text.replace("\u03bc", "\u00b5")


def quantity(text: object, wanted: str, what: str) -> float:
    """A number with its unit, such as "70 kg", as a float in unit `wanted`. `what` names it in a refusal."""
    said = shown(text)
    match = _QUANTITY.fullmatch(text if isinstance(text, str) and len(text) <= LONGEST_TEXT else said)
    if match is None:
        raise Refusal(f'{what} was given as "{said}"; write a number and a unit, for example "{_example(wanted)}".')
    number, unit = match.groups()
    if unit is None:
        raise Refusal(f'{what} was given as "{said}" without a unit; write for example "{shown(number)} {wanted}".')
    try:
        if not _UNIT.fullmatch(unit):
            raise Refusal(f'"{shown(unit)}" is not a unit known here. Write for example "{_example(wanted)}".')
        value = float(number) * factor(unit, wanted)
    except Refusal as refusal:
        raise Refusal(f'{what} was given as "{said}": {refusal}') from None
    if not isfinite(value):
        raise Refusal(f'{what} was given as "{said}", which is too large. Write for example "{_example(wanted)}".')
    return value


LONGEST_TEXT = 1000  # characters of a number with its unit; more are not read
# A word or a ratio of words, as people write them; pint would work out sums and powers too.
_UNIT = re.compile("(1/)?[A-Za-z\u00b5\u03bc%]+([ /][A-Za-z\u00b5\u03bc]+)*")


def _example(wanted: str) -> str:
    """A quantity in this unit, for a refusal."""
    return _EXAMPLE.get(wanted, f"1 {wanted}")


def like(text: str, unit: str, what: str) -> float:
    """A number for something that is in `unit`, as a float in it. The unit may be spelled as `unit` is, even where it has
    no dimension known here ("pM^-n/s"); where `unit` is none, it is left out."""
    match = _QUANTITY.fullmatch(str(text))
    if match and (match[2] or "") == unit and isfinite(float(match[1])):
        return float(match[1])
    return quantity(text, unit, what)


_EXAMPLE = {"h": "24 h", "kg": "70 kg", "y": "35 years"}


def hours(text: object, what: str = "a time") -> float:
    """A duration such as "28 d" or "90 min" in hours."""
    return quantity(text, "h", what)


def plain(x: float) -> str:
    """As it is, without needless zeros; a million is written out."""
    return f"{x:.0f}" if 1e6 <= abs(x) < 1e15 else f"{x:g}"


def time_text(hours_: float) -> str:
    """Hours as a short exact text: 24 -> "24 h", 48 -> "2 d", 0.5 -> "30 min", 1.25 -> "75 min", half a second "0.5 s"."""
    for unit, size in (("d", 24.0), ("h", 1.0), ("min", 1 / 60), ("s", 1 / 3600)):
        number = hours_ / size
        if abs(number - round(number)) < 1e-9 * max(1.0, abs(number)) and (round(number) or not hours_):
            if unit == "d" and 0 < hours_ < 48:
                continue
            return f"{round(number)} {unit}"
    seconds = f"{hours_ * 3600.0:.6g} s"
    return seconds if hours(seconds) == hours_ else f"{hours_!r} h"
