"""One step of breathing, and what it needs of the steps before it.

Slopes look back two steps (Adams and Bashforth). Oxygen in brain and tissue, and the gases of the lung, may fall back to where
blood and air pull them faster than a step: they take it with their own decay done exactly. Without that a step of 1 s runs
away in who is short of oxygen, since little of it in the blood means that blood takes much of it from the lung.
"""

from __future__ import annotations  # shapes are words to readers and to the tests, and cost nothing here

from typing import NamedTuple

import jax.numpy as jnp

from opioidsim.model import breathing, stepping
from opioidsim.model.breathing import Blood, Gas
from opioidsim.model.stepping import Past

FAST = ("lung_co2", "lung_o2", "brain_o2", "tissue_o2")
# Decays are taken as that much faster: what a store loses comes back by way of the others. At 1 and a step of 1 s a ripple of
# two steps grows in the worst moments of people short of oxygen (by 4 % a step); at 1.3 it shrinks by a quarter a step.
FASTER = 1.3
USE = {"brain_o2": ("M_B_CO2", "M_B_O2", "V_B"), "tissue_o2": ("M_T_CO2", "M_T_O2", "V_T")}  # where O2 is used


class Memory(NamedTuple):
    """What a step needs of earlier ones.

    past: the ring of what left lung and brain, for the delays. waiting: of each variable of the gas what `stepping.adams` or
    `adams_with_decay` needs; of `beat` the rate of its fall one step ago.
    """

    past: Past
    waiting: Gas


def nothing(people: int, h: float) -> Memory:
    """The memory of a state at rest: no past, so that slopes and arriving blood count as having always been as they are now."""
    none = jnp.zeros(people)
    waiting = Gas(*((none,) * (4 if name in FAST else 2) for name in Gas._fields))._replace(beat=none)
    return Memory(stepping.empty(people, h), waiting)


def breathe(gas: Gas, memory: Memory, blood: Blood, breath, left, n, h: float, collapsing, body):
    """Breathing and memory one step later.

    n: the number of the step, 0 where no step went before. breath: ventilation [L/min]; left: see `episode.taken`;
    collapsing: whose circulation fails, (people,). What collapse leaves of the flow fades by its own exponential, at the rate
    in the middle of the step.
    """
    flow = blood.brain_flow + blood.tissue_flow
    past, arrived = stepping.remember(memory.past, n, blood.firing, blood.brain[0], flow, h, body)
    slopes = breathing.change(gas, blood, breath, left, arrived, collapsing, body)
    rates = (*lung_rates(gas, blood, breath, body), *breathing.o2_rates(blood, left.awake, body))
    rates, moved, waiting = {name: FASTER * rate for name, rate in zip(FAST, rates, strict=True)}, {}, {}
    for name in Gas._fields[:-1]:
        value, slope, waits = getattr(gas, name), getattr(slopes, name), getattr(memory.waiting, name)
        if name in FAST:
            smooth = continued(name, value, waits, left.awake, body)
            moved[name], _ = stepping.adams_with_decay(value, slope, smooth, rates[name], n == 0, h)
            waiting[name] = tuple(jnp.where(n == 0, a, b) for a, b in zip((value, slope) * 2, (value, slope, *waits[:2]), strict=True))  # fmt: skip
        else:
            moved[name], waiting[name] = stepping.adams(value, slope, waits, n == 0, h)
    fall = breathing.collapse_rate(blood.pressure[0], body)
    middle = 1.5 * fall - 0.5 * jnp.where(n == 0, fall, memory.waiting.beat)
    beat = jnp.where(collapsing, gas.beat * jnp.exp(-h * middle), gas.beat)
    return Gas(**moved, beat=beat), Memory(past, Gas(**waiting, beat=fall))


def continued(name: str, value, waits: tuple, awake, body) -> tuple:
    """What waits of a variable, its O2 in a region used as it is now: all of the use U above the mark under which use fails, a
    share p / P_X_O2 of it below. No parabola goes round that bend, so that slopes from beyond it are those of this side."""
    if name not in USE:
        return waits
    made, used, volume = (getattr(body, symbol) for symbol in USE[name])
    mark, floors = body.P_X_O2 * body.sol_O2, (body.floor_CO2, body.floor_O2)
    per_content = breathing.metabolism(awake, made, used, body.P_X_O2, floors, body)[1] / volume

    def here(before, slope):
        """A slope as if its value lay on the same side as this one."""
        share = before / mark
        return slope + per_content * (jnp.minimum(share, 1.0) - jnp.where(value < mark, share, 1.0))

    return waits[0], here(*waits[:2]), waits[2], here(*waits[2:])


def lung_rates(gas: Gas, blood: Blood, breath, body):
    """Rates [1/s] at which CO2 and O2 of the lung fall back: (air + uptake dC/dP) / V_A, with C the content of the blood that
    leaves it at its pressure P, dC/dP = C (1 - C / (Z C_most)) / (a P)."""
    uptake = body.stpd * (blood.brain_flow + blood.tissue_flow) * (1.0 - body.shunt)
    co2, o2 = (
        held * (1.0 - held / (body.Z * most)) / (a * jnp.maximum(pressure, 1.0))
        for held, pressure, most, a in zip(
            blood.from_lung, (gas.lung_co2, gas.lung_o2), (body.C2, body.C1), (body.a2, body.a1), strict=True
        )
    )
    air = breath * body.alveolar / 60.0
    return (air + uptake * co2) / body.V_A, (air + uptake * o2) / body.V_A
