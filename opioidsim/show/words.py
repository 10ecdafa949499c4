"""Numbers in words: one formatter for the terminal, tables, reports and pages. None and nan are a dash; one rule for zero."""

from collections.abc import Callable, Collection, Iterable, Mapping
from math import isinf, isnan
from typing import Any

NONE = "–"
WHICH = "ABCDEF"  # the names of scenarios that stand beside each other
Writer = Callable[[float], str]


def number(x: float) -> str:
    """Three digits; whole from a thousand on; under 1e-9 it is 0."""
    return "0" if abs(x) < 1e-9 else f"{x:.3g}" if abs(x) < 999.5 else f"{x:.0f}"


def seen(x: float) -> str:
    """The same of a curve, where what is hardly there says so: under 0.0001, without an exponent."""
    return number(x) if abs(x) < 1e-9 or abs(x) >= 1e-4 else "under 0.0001"


def percent(x: float) -> str:
    """A share in whole percent; no minus zero, here and below."""
    return f"{100.0 * x:z.0f} %"


def tenths(x: float) -> str:
    """A share in percent, to a tenth."""
    return f"{100.0 * x:z.1f} %"


def digits(x: float) -> str:
    """A share in percent, three digits."""
    return f"{number(100.0 * x)} %"


def apart(x: float, limit: float) -> str:
    """A share in percent that is not the limit's: to a tenth where whole percent would not tell the two apart."""
    return percent(x) if percent(x) != percent(limit) else tenths(x)


def whole(x: float) -> str:
    """To a whole number; no minus zero."""
    return f"{round(x) + 0:d}"


def plain(x: float) -> str:
    """As it is, without needless zeros."""
    return f"{x:g}"


def days(x: float) -> str:
    """So many days, or one."""
    return f"{x:g} day" if x == 1 else f"{x:g} days"


def multiple(x: float) -> str:
    """A multiple: a tenth up to ten, whole beyond."""
    return f"{x:.0f}" if x >= 10 else f"{x:.1f}"


def two(x: float) -> str:
    """Two digits, without an exponent; what is smaller than a thousandth says so."""
    return f"{float(f'{x:.2g}'):.15g}" if x == 0 or abs(x) >= 1e-3 else "under 0.001"


def known(x: float | str | None, write: Writer = number) -> str:
    """A number, or a dash where there is none."""
    if x is None or (isinstance(x, float) and isnan(x)):
        return NONE
    if isinstance(x, float) and isinf(x):
        return "∞" if x > 0 else "-∞"
    return x if isinstance(x, str) else write(x)


def cell(row: Mapping[str, Any], name: str, write: Writer = number) -> str:
    """A number of a row with its range, `name_low` and `name_high`, where it has one that shows; in square brackets with that
    of what is not known."""
    middle = known(row.get(name), write)
    found = middle
    for kind, (opens, closes) in {"": "()", "_unknown": "[]"}.items():
        low, high = (known(row.get(f"{name}{kind}_{end}"), write) for end in ("low", "high"))
        if f"{name}{kind}_low" in row and not (low == middle == high or middle == NONE == low):
            found += f" {opens}{low} to {high}{closes}"
    return found


def bare(row: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """A row without the ranges of these columns."""
    return {
        key: x for key, x in row.items() if key.removesuffix("_low").removesuffix("_high") not in names or key in names
    }


def who(people: int) -> str:
    """Who was simulated."""
    return "the typical person" if people == 1 else f"{people} people"


def listed(words: Iterable[object]) -> str:
    """Several things in a sentence."""
    return " and ".join(map(str, words))
