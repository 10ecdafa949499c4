"""Breathing: gas stores, blood flow, chemoreflexes, and what opioids and sedatives take of the drives to breathe.

The physiology of Mann 2022 (doi 10.1002/cpt.2696) as its public program computes it, after Magosso and Ursino 2001 and
Spencer 1979. Times in seconds, pressures in mmHg, gas contents in L per L, blood flows in L/s, drives and minute
ventilation in L/min. Parameters (`body`) are named as in the library, body/breathing.toml.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from opioidsim.model.effects import operational
from opioidsim.model.powers import log, power


class Gas(NamedTuple):
    """The state of breathing and circulation; each of shape (people,).

    lung_co2, lung_o2: alveolar pressures [mmHg]. brain_co2, brain_o2, tissue_co2, tissue_o2:
    contents [L/L].
    flow_co2, flow_o2: relative change of blood flow by CO2 and by O2; flow_co2 acts on the brain
    alone.
    peripheral, central: chemoreflex drives [L/min]. hypoxia: factor that brain hypoxia leaves of
    the peripheral drive.
    beat: what collapse leaves of the flow, 1 before.
    """

    lung_co2: Any  # alveolar pressure [mmHg]
    lung_o2: Any
    brain_co2: Any  # content [L/L]
    brain_o2: Any
    tissue_co2: Any
    tissue_o2: Any
    flow_co2: Any  # relative change of flow by CO2, by O2
    flow_o2: Any
    peripheral: Any  # chemoreflex drives [L/min]
    central: Any
    hypoxia: Any  # what brain hypoxia leaves of the peripheral drive
    beat: Any  # what collapse leaves of the flow: 1 before


class Blood(NamedTuple):
    """What follows at once from a state; each (people,), pairs are (CO2, O2).

    brain_flow, tissue_flow: [L/s]. brain, tissue: pressures there [mmHg]. pressure: arterial
    pressures [mmHg].
    from_brain, from_tissue, from_lung, mixed, arterial: contents of the blood that leaves each, of
    mixed venous and of arterial blood [L/L]. Arterial blood is that from the lung with the shunted
    share of mixed blood in it.
    firing: of the peripheral chemoreceptor [1/s].
    """

    brain_flow: Any
    tissue_flow: Any
    brain: tuple  # (CO2, O2) pressures
    tissue: tuple
    from_brain: tuple  # (CO2, O2) contents of the blood that leaves
    from_tissue: tuple
    from_lung: tuple
    mixed: tuple
    arterial: tuple
    pressure: tuple  # arterial (CO2, O2) pressures
    firing: Any  # spikes/s


def contents(co2, o2, body):
    """CO2 and O2 content of blood [L/L] at these pressures [mmHg]: Z C x^(1/a) / (1 + x^(1/a)). Spencer 1979."""
    x_co2 = co2 * (1.0 + body.beta2 * o2) / (body.K2 * (1.0 + body.alpha2 * o2))
    x_o2 = o2 * (1.0 + body.beta1 * co2) / (body.K1 * (1.0 + body.alpha1 * co2))
    y_co2, y_o2 = power(x_co2, 1.0 / body.a2), power(x_o2, 1.0 / body.a1)
    return body.Z * body.C2 * y_co2 / (1.0 + y_co2), body.Z * body.C1 * y_o2 / (1.0 + y_o2)


def pressures(co2, o2, body):
    """CO2 and O2 pressure [mmHg] of blood with these contents [L/L]: the inverse of `contents`, in closed form."""
    d2 = body.K2 * power(co2 / (body.Z * body.C2 - co2), body.a2)
    d1 = body.K1 * power(o2 / (body.Z * body.C1 - o2), body.a1)
    g2 = body.beta1 + body.alpha1 * body.beta2 * d1
    g1 = body.beta2 + body.alpha2 * body.beta1 * d2
    s2, s1 = -d2 * (1.0 + body.alpha2 * d1) / g2, -d1 * (1.0 + body.alpha1 * d2) / g1
    both = body.alpha1 * body.alpha2 * d1 * d2
    r2 = -(1.0 + body.beta2 * d1 - body.beta1 * d2 - both) / (2.0 * g2)
    r1 = -(1.0 + body.beta1 * d2 - body.beta2 * d1 - both) / (2.0 * g1)
    return r2 + jnp.sqrt(r2 * r2 - s2), r1 + jnp.sqrt(r1 * r1 - s1)


def firing(co2, o2, body):
    """Firing of the peripheral chemoreceptor [1/s] at these arterial pressures."""
    e = jnp.exp((o2 - body.P_c) / body.K_P)
    return body.K_f * log(co2 / body.B_p) * (body.f_max + body.f_min * e) / (1.0 + e)


def flows(gas: Gas, body):
    """Blood flow of brain and tissue [L/s]."""
    brain = body.Q_B0 * (1.0 + gas.flow_co2 + gas.flow_o2) * gas.beat
    return brain, body.Q_T0 * (1.0 + body.rho * gas.flow_o2) * gas.beat


def circulate(gas: Gas, body) -> Blood:
    """Flows, contents and arterial pressures. Negative contents and CO2 pressures count as none."""
    brain_flow, tissue_flow = flows(gas, body)
    brain, tissue = (
        ((jnp.maximum(co2, 0.0) - body.bound_CO2) / body.sol_CO2, jnp.maximum(o2, 0.0) / body.sol_O2)
        for co2, o2 in ((gas.brain_co2, gas.brain_o2), (gas.tissue_co2, gas.tissue_o2))
    )
    from_brain, from_tissue = contents(*brain, body), contents(*tissue, body)
    from_lung = contents(jnp.maximum(gas.lung_co2, 0.0), gas.lung_o2, body)
    share = brain_flow / (brain_flow + tissue_flow)
    mixed = tuple(share * b + (1.0 - share) * t for b, t in zip(from_brain, from_tissue, strict=True))
    arterial = tuple((1.0 - body.shunt) * e + body.shunt * v for e, v in zip(from_lung, mixed, strict=True))
    pressure = pressures(arterial[0], arterial[1], body)
    fires = firing(pressure[0], pressure[1], body)
    return Blood(
        brain_flow, tissue_flow, brain, tissue, from_brain, from_tissue, from_lung, mixed, arterial, pressure, fires
    )


class Left(NamedTuple):
    """What drugs leave of each drive to breathe, 0..1, and by how much they raise the apnoeic threshold; each (people,)."""

    awake: Any
    peripheral: Any
    central: Any
    threshold: Any  # [mmHg]


def drives(stimulus, steepness, boost, rest, body) -> Left:
    """What is left of the drives to breathe, and by how much the threshold of the response to CO2 has risen.

    One effect takes all: E = S^n / (1 + S^n), n = steepness, S = stimulus x boost. Of wakefulness and of the slope of the
    response to CO2 L = (1 - E) rest is left, of the carotid bodies' drive L^peripheral_power (Weil 1975, Santiago 1979, Dahan
    1998); the threshold rises by opioid_threshold x E / rest^2 [mmHg] (Dahan 1998, Gal 1986). stimulus: of opioids, in units
    of the half effect. boost: 1 + sum of potentiation x c over the sedatives, c = C / C50; rest: the product over them of 1 -
    sedated x c / (1 + c). Each (people,). The square is what it takes that sedatives never protect: who has more CO2 by one
    would be stopped less easily by an opioid. The form of Yassen 2007 and Bouillon 2003; potentiation after Greco 1990.
    """
    taken = operational(stimulus, boost, steepness)
    left = (1.0 - taken) * rest
    return Left(left, power(left, body.peripheral_power), left, body.opioid_threshold * taken / rest**2)


def published_exponents(tolerance, body):
    """(P1, P3) of the published program: the exponents of activation in the chemoreflex and the wakefulness drive.

    Naive at tolerance 0; both times `tolerant` at 1, the chronic user of Mann 2022; between them P x tolerant^T (an
    interpolation: nothing between the two was measured).
    """
    more = jnp.exp(tolerance * jnp.log(body.tolerant))
    return body.P1 * more, body.P3 * more


def published_drives(activation, sedation, tolerance, body) -> Left:
    """`drives` in the reading of the published program, Mann 2022, and as sedatives were put beside it.

    Wakefulness: (1 - A^P3) / (1 + s); chemoreflexes: 1 - A^P1; threshold: sedation_threshold s / (1 + s). A is mu
    activation, s the sum over sedatives of C / C50; without a sedative nothing of it is left in the equations.
    """
    p1, p3 = published_exponents(tolerance, body)
    logarithm = log(jnp.maximum(activation, 1e-300))
    awake = jnp.clip(1.0 - jnp.exp(p3 * logarithm), 0.0, 1.0) / (1.0 + sedation)
    reflex = jnp.clip(1.0 - jnp.exp(p1 * logarithm), 0.0, 1.0)
    return Left(awake, reflex, reflex, body.sedation_threshold * sedation / (1.0 + sedation))


def ventilation(gas: Gas, flow, awake, body):
    """Minute ventilation [L/min]: wakefulness drive + chemoreflex drive, none below Q_cut / 2 of blood flow [L/s].

    Where somebody is there (a body with `commanded`) no less than that share of the wakefulness drive is breathed, on
    command, as long as the circulation holds; metabolism knows nothing of it.
    """
    if hasattr(body, "commanded"):
        awake = jnp.where(gas.beat < 1.0, awake, jnp.maximum(awake, body.commanded))
    peripheral = jnp.where(gas.peripheral >= 0.0, gas.hypoxia * gas.peripheral, gas.peripheral)
    drive = body.W * awake + jnp.maximum(peripheral + gas.central, 0.0)
    relative = flow / body.Q_cut
    return drive * jnp.where(relative > 1.0, 1.0, jnp.where(relative > 0.5, relative, 0.0))


def metabolism(awake, co2, o2, pressure, lowest, body):
    """CO2 made and O2 used [L/s] in a region: awake^P2, no less than a floor; failing under P_X_O2 [mmHg]."""
    left = power(awake, body.P2)
    failing = jnp.minimum(pressure / body.P_X_O2, 1.0)
    return co2 * jnp.maximum(left, lowest[0]) * failing, o2 * jnp.maximum(left, lowest[1]) * failing


def change(gas: Gas, blood: Blood, breath, left: Left, arrived, collapsing, body) -> Gas:
    """d(state)/dt [1/s]. Mann 2022; gas balances, flow control, chemoreflexes, collapse.

    breath: minute ventilation [L/min]; left: from `drives`; arrived: peripheral firing and brain
    CO2 pressure [mmHg] as of the blood that now arrives; collapsing: whether the circulation fails.
    """
    fires, brain_co2 = arrived
    flow = blood.brain_flow + blood.tissue_flow
    air = breath * body.alveolar / 60.0
    uptake = body.stpd * flow * (1.0 - body.shunt)
    floors = (body.floor_CO2, body.floor_O2)
    made_b, used_b = metabolism(left.awake, body.M_B_CO2, body.M_B_O2, blood.brain[1], floors, body)
    made_t, used_t = metabolism(left.awake, body.M_T_CO2, body.M_T_O2, blood.tissue[1], floors, body)
    co2, o2 = blood.pressure
    to_co2 = body.flow_low + body.flow_span / (1.0 + jnp.exp((body.P_flow_CO2 - co2) / body.D_flow_CO2))
    to_o2 = jnp.minimum(body.c1 * (jnp.exp(-o2 / body.c2) - jnp.exp(-body.P_flow_O2 / body.c2)), body.most_flow_O2)
    low = (jnp.clip(blood.brain[1], body.theta_min, body.theta_max) - body.P_BO2_0) / body.P_BO2_0
    central = left.central * body.G_c * (brain_co2 - body.P_BCO2_0 - left.threshold)
    peripheral = body.G_p * (fires - body.f_0)
    if hasattr(body, "silent"):  # carotid bodies that fire no more take no more
        peripheral = jnp.maximum(peripheral, -body.silent)
    return Gas(
        (air * (body.P_I_CO2 - gas.lung_co2) + uptake * (blood.mixed[0] - blood.from_lung[0])) / body.V_A,
        (air * (body.P_I_O2 - gas.lung_o2) + uptake * (blood.mixed[1] - blood.from_lung[1])) / body.V_A,
        (blood.brain_flow * (blood.arterial[0] - blood.from_brain[0]) + made_b) / body.V_B,
        (blood.brain_flow * (blood.arterial[1] - blood.from_brain[1]) - used_b) / body.V_B,
        (blood.tissue_flow * (blood.arterial[0] - blood.from_tissue[0]) + made_t) / body.V_T,
        (blood.tissue_flow * (blood.arterial[1] - blood.from_tissue[1]) - used_t) / body.V_T,
        (to_co2 - gas.flow_co2) / body.tau_flow_CO2,
        (to_o2 - gas.flow_o2) / body.tau_flow_O2,
        (left.peripheral * peripheral - gas.peripheral) / body.tau_p,
        (central - gas.central) / body.tau_c,
        (1.0 + body.G_h * low - gas.hypoxia) / body.tau_h,
        jnp.where(collapsing, -collapse_rate(co2, body) * gas.beat, 0.0),
    )


def collapse_rate(co2, body):
    """Rate [1/s] at which flow falls in a collapse; faster with more CO2."""
    return body.k_col * (0.15 + 0.85 * co2 / body.P_col_CO2)


def o2_rates(blood: Blood, awake, body):
    """Rates [1/s] at which the O2 of brain and of tissue falls back: what limits plain steps, in the brain by far the most.

    d/dc (flow c_v + O2 used) / V, with c the content of the region and c_v that of the blood that leaves it.
    """
    floors = (body.floor_CO2, body.floor_O2)
    brain = blood.brain_flow, blood.from_brain[1], blood.brain[1], body.M_B_CO2, body.M_B_O2, body.V_B
    tissue = blood.tissue_flow, blood.from_tissue[1], blood.tissue[1], body.M_T_CO2, body.M_T_O2, body.V_T
    rates = []
    for flow, held, o2, co2_made, o2_used, volume in (brain, tissue):
        pressure = jnp.maximum(o2, 1e-3)
        used = metabolism(awake, co2_made, o2_used, pressure, floors, body)[1]
        slope = held * (1.0 - held / (body.Z * body.C1)) / body.a1
        fails = jnp.where(pressure < body.P_X_O2, used, 0.0)
        rates.append((flow * slope + fails) / pressure / (volume * body.sol_O2))
    return tuple(rates)


@jax.jit
def shrinking(flow, body):
    """S, 1 to 2: what central volumes are divided by at a high flow [L/s]. Mann 2022 (section on shock; see docs)."""
    return 1.0 + 1.0 / (1.0 + jnp.exp((body.Q_mid - flow / body.Q_ref) / body.Q_width))


def inspired(air, share, body_air):
    """Inspired O2 pressure [mmHg] at this share of oxygen, from that of air: air + (share - air_O2) (P_B - P_H2O).

    The alveolar gas equation's first term; body_air: (air_O2, P_B, P_H2O). Exactly that of air at the share of air.
    """
    share_of_air, barometric, water = body_air
    return air + (share - share_of_air) * (barometric - water)


def saturation(arterial_o2_content, body):
    """Arterial O2 saturation [%] from the O2 content [L/L]. Strauss 2024."""
    return 100.0 * arterial_o2_content / (body.Z * body.C1)
