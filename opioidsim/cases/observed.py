"""What was seen, of whom, when: the observations of an event table as arrays, each with what it is of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from opioidsim.cases import drug as drugs
from opioidsim.cases.dosing import Dosing, Individual, Observation
from opioidsim.cases.scenario import unit_of
from opioidsim.facts import units
from opioidsim.refusal import Refusal, listed, nearest, shown

MOST = 1e9  # ng/mL: no more than a gram goes into a millilitre
EFFECTS = (
    "occupancy",
    "activation",
    "effect_site",
    "liking",
    "pain_relief",
    "pupil",
    "withdrawal",
)  # that a fit may see
MINUTES = ("ventilation", "arterial_o2", "arterial_co2", "brain_o2", "saturation")  # quantities of an episode
SHARES, OVER = ("occupancy", "activation"), 1.5  # of which a number beyond it is no error but a percentage


@dataclass(frozen=True)
class Observed:
    """Observations in the order of time, person by person; a person may have none.

    quantities: what was seen, by canonical name. times [h], values (in the quantity's unit), kinds (which quantity), below
    (whether only known to be less): one array for each person.
    """

    quantities: tuple[str, ...]
    times: tuple[np.ndarray, ...]
    values: tuple[np.ndarray, ...]
    kinds: tuple[np.ndarray, ...]
    below: tuple[np.ndarray, ...]

    @property
    def person(self) -> np.ndarray:
        """Whose each observation is, (observations,), all people one behind the other."""
        return np.repeat(np.arange(len(self.times)), [len(each) for each in self.times])

    @property
    def unit(self) -> str:
        """The unit of what was seen; of the first quantity, where there are several."""
        return unit_of(self.quantities[0])


def observed(table: Dosing, named: Mapping[str, str], usual: str, effects: bool = False) -> Observed:
    """The observations of a table that have a number. named: the quantity of each DVID that is no name of one. usual: what is
    seen where DVID says nothing. effects: whether effects may be seen too. Raises Refusal for what nothing here is called, and
    for a unit of something else."""
    seen = [[each for each in one.observed if np.isfinite(each.dv)] for one in table.individuals]
    said = {each.of for one in seen for each in one}
    given = sorted({dose.drug for one in table.individuals for dose in one.doses})
    _told_apart(said, given, named)
    quantity = {of: _quantity(named.get(of, of), usual, of, effects) for of in said}
    for one, mine in zip(table.individuals, seen, strict=True):
        _from_something(one, [each for each in mine if not is_effect(quantity[each.of])])
    order = tuple(sorted(set(quantity.values()), key=lambda name: (name != usual, name)))
    levels = [name for name in order if not is_effect(name)]
    scale = {name: _scale("" if levels and is_effect(name) else table.unit, name) for name in order}

    def column(make) -> tuple[np.ndarray, ...]:
        return tuple(np.array([make(each) for each in one]) for one in seen)

    return Observed(
        order,
        column(lambda each: float(each.at)),
        column(lambda each: _in_unit(each, quantity[each.of], scale[quantity[each.of]], table.unit)),
        tuple(each.astype(int) for each in column(lambda each: order.index(quantity[each.of]))),
        tuple(each.astype(bool) for each in column(lambda each: each.below)),
    )


def _told_apart(said: set[str], given: list[str], named: Mapping[str, str]) -> None:
    """Refuses a table that does not say what it saw. said: what rows have in DVID; given: the drugs; see `observed`."""
    if "" in said and len(given) > 1:
        raise Refusal(
            f"{listed(given)} are given, and rows without DVID do not say which of them was seen; write its name in DVID in each row that was observed.",
            where="observed",
        )
    if not said:
        raise Refusal("the table holds no observation: no row without a dose has a number in DV.")
    strange = next((key for key in named if key not in said), None)
    if strange is not None:
        raise Refusal(f'observed: no row has "{shown(strange)}" in DVID.{nearest(strange, said)}', where="observed")


def _from_something(one: Individual, levels: list[Observation]) -> None:
    """Refuses a level in somebody to whom nothing was given."""
    here = next((each for each in levels if each.dv > 0 and not each.below), None)
    if here and not one.doses:
        raise Refusal(
            f"ID {shown(one.id, 20)} has DV {here.dv:g} at {here.at:g} h, but no dose; write the dose in a row of its own, or leave the ID out.",
            where="observed",
        )


def _in_unit(each: Observation, name: str, scale: float, unit: str) -> float:
    """What was seen, in the unit of its quantity. Refuses what none can be; unit: of the table's header."""
    value = each.dv * scale
    if name.partition(".")[0] in SHARES and abs(value) > OVER:
        raise Refusal(
            f"DV is {each.dv:g} at {each.at:g} h, but {name} is a share, from 0 to 1; divide by 100.", where="observed"
        )
    if value < 0 and name.startswith("concentration."):
        raise Refusal(
            f"DV is {each.dv:g} at {each.at:g} h, and no concentration lies under 0; if DV is a logarithm, write what was measured, else leave the row out (MDV 1)."
        )
    if abs(value) > MOST:
        raise Refusal(
            f"DV is {each.dv:g} {unit} at {each.at:g} h, which no plasma can hold; mend it, or the unit in its header."
        )
    return value


def is_effect(name: str) -> bool:
    """Whether a quantity is an effect and no concentration in plasma."""
    return name.partition(".")[0] in EFFECTS


def _quantity(name: str, usual: str, of: str, effects: bool) -> str:
    """The canonical name of what an observation is of."""
    if not name:
        return usual
    if drugs.is_known(name):
        return f"concentration.{drugs.find(name)}"
    if name.partition(".")[0] == "concentration" and drugs.is_known(name.partition(".")[2]):
        return f"concentration.{drugs.find(name.partition('.')[2])}"
    if is_effect(name) and effects:
        kind, dot, drug = name.partition(".")
        return f"{kind}.{drugs.find(drug)}" if dot and drugs.is_known(drug) else name
    if is_effect(name):
        raise Refusal(
            f"observed: {shown(name)} is no concentration; only these are compared; fit takes effects too.",
            where="observed",
        )
    if name in MINUTES:
        raise Refusal(
            f"observed: {shown(name)} belongs to the minutes of an episode, which are neither fitted nor compared; of effects {listed(EFFECTS)} can be fitted.",
            where="observed",
        )
    raise Refusal(
        f'observed: DVID (or CMT) is "{shown(of)}", which is no drug; say what it is, for example --observed "{shown(of)}=6-beta-naltrexol".',
        where="observed",
    )


def _scale(unit: str, name: str) -> float:
    """What DV is multiplied by to be in the quantity's unit."""
    try:
        return units.factor(unit, unit_of(name)) if unit else 1.0
    except Refusal:
        raise Refusal(
            f'DV is in "{shown(unit)}" by its header, but {name} is in {unit_of(name)}; write a unit of mass by volume, for example DV [mg/L].'
        ) from None
