"""The rule of a rescue -> what stands ready by number, each dose with the first terms of its own motion; who comes when."""

import numpy as np

from opioidsim.cases.person import normal
from opioidsim.cases.rescue_step import Level, Slot
from opioidsim.engine.course_arrays import Values
from opioidsim.engine.episode import Drugs, Wiring
from opioidsim.engine.episode_arrays import HOUR, entry_of, series, share
from opioidsim.engine.inputs import Inputs
from opioidsim.engine.watch import Helping, Rescue
from opioidsim.model import breathing

Z90 = 1.6448536269514722  # 90 % of a normal distribution lie within minus and plus this
AIR = ("air_O2", "P_B", "P_H2O")


def rescue_of(given: Inputs, wiring: Wiring, drugs: Drugs, values: Values, baseline, people: range) -> Rescue:
    """The rule of rescue for these people; baseline: their ventilation at rest [L/min], (people,).

    When help is called is known only as the march goes, for each person anew. So the doses stand
    ready by number, and the march gives the next one to whom it is due. Without a rule nobody is
    under the level and no dose stands ready.
    """
    many, rule = len(values["person.tolerance"]), given.rescue
    if rule is None:
        none, zero = np.zeros((0, many)), np.zeros(many)
        empty = np.zeros(0)
        return Rescue(
            zero, np.inf, zero, np.zeros(1), 0, none, empty, none, empty, empty, np.zeros((0, wiring.rows, many)),
            np.zeros((3, 0, wiring.rows, many)), Helping(0.0, zero, 0.0, zero),
        )  # fmt: skip
    how, (part, litres, at) = rule.read(), rule.trigger()

    def under(level: Level | None) -> np.ndarray:
        """The level of ventilation of each person [L/min]; infinite where it does not matter."""
        return np.full(many, np.inf) if level is None else level[0] * np.asarray(baseline) + level[1]

    padded = max(len(how.slots) + -len(how.slots) % 4, 4)  # so that few numbers of doses share a compiled march
    spare = padded - len(how.slots)
    kept, added, milligrams = [], [], []
    earlier: dict[tuple[str, str], list] = {}
    clock, effective = 0.0, {slot.dose.drug for slot in how.slots if slot.effective}
    for slot in how.slots:
        clock += slot.after
        keep, amount = _given(given, values, slot, earlier, clock)
        kept.append(np.broadcast_to(keep, (wiring.rows, many)))
        added.append(series(wiring, drugs, amount))
        counted = slot.turn >= 0 and not slot.effective and slot.dose.drug in (effective or (slot.dose.drug,))
        milligrams.append(counted * np.ones(many) * slot.dose.milligrams(values["person.weight"]))
    rows = lambda values, fill: np.stack([*values, *[np.full(many, fill)] * spare])  # noqa: E731
    last = rule.interval - (how.slots[-1].dose.over * HOUR if how.slots and how.slots[-1].turn < 0 else 0.0)
    return Rescue(
        level=part * np.asarray(baseline) + litres,
        at=at,
        delay=delay_of(given, people),
        after=np.array([*(slot.after for slot in how.slots), last, *[np.inf] * spare]),
        count=len(how.slots),
        below=rows([under(slot.below) for slot in how.slots], np.inf),
        waits=np.array([*(slot.waits for slot in how.slots), *[False] * spare]),
        milligrams=rows(milligrams, 0.0),
        scaled=np.array([*(slot.effective > 0 for slot in how.slots), *[False] * spare]),
        ends=np.array([*(slot.turn < 0 for slot in how.slots), *[False] * spare]),
        kept=np.concatenate([np.array(kept).reshape(-1, wiring.rows, many), np.ones((spare, wiring.rows, many))]),
        added=np.concatenate([np.array(added).reshape(-1, 3, wiring.rows, many), np.zeros((spare, 3, wiring.rows, many))]).swapaxes(0, 1),
        helping=_helping(given, how, under, part * np.asarray(baseline) + litres),
    )  # fmt: skip


def _given(given: Inputs, values: Values, slot: Slot, earlier: dict, clock: float):
    """What is kept of each compartment, and what is added by a slot: an amount [nmol], or the rate of a pump [nmol/s]."""
    dose, people = slot.dose, values["person.tolerance"].shape
    entry = entry_of(given.plan, values, dose, people)
    if not slot.turn:
        return share(given, dose, values, earlier.setdefault((dose.drug, dose.route), []), clock / HOUR, entry)
    per_hour = slot.effective or 1.0 / dose.over
    return np.ones_like(entry), slot.turn * entry * per_hour / HOUR


def delay_of(given: Inputs, people: range) -> np.ndarray:
    """From the call to when help has come [s], (people,): for all, or drawn for each; the typical person has the median."""
    rule = given.rescue
    if rule is None or rule.comes is None:
        return np.full(len(people), rule.delay if rule else np.inf)
    early, late = np.log(rule.comes)
    z = normal(given.seed, "rescue.comes", people) if given.crowd else np.zeros(len(people))
    return np.exp((early + late) / 2.0 + (late - early) / (2.0 * Z90) * z)


def _helping(given: Inputs, how, under, call: np.ndarray) -> Helping:
    """What helpers do for breathing from when they have come on."""
    volume, more, short = how.breaths.volume if how.breaths else 0.0, 0.0, under(None)
    if how.oxygen is not None:
        facts = {symbol: fact.value for symbol, fact in given.known.body["breathing"].items()}
        air = [facts[symbol] for symbol in AIR]
        before = facts["P_I_O2"] if given.oxygen is None else breathing.inspired(facts["P_I_O2"], given.oxygen, air)
        more = breathing.inspired(facts["P_I_O2"], how.oxygen.share, air) - before
        short = under(how.oxygen.below)
    return Helping(volume, under(how.breaths.below) if how.breaths and how.breaths.below else call, more, short)
