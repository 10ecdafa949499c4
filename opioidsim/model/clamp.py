"""Breathing while the end-tidal CO2 is held, as in studies that measure ventilation at a fixed 45 or 55 mmHg."""

from opioidsim.model import breathing


def ventilation(co2, left: breathing.Left, rest: breathing.Gas, body):
    """Minute ventilation [L/min] once settled at this arterial CO2 pressure [mmHg]. After Mann 2022.

    The drives of `breathing.change` without their delays. Arterial CO2 is the end-tidal; brain CO2 lies above it by as
    much as at rest; O2 and what it does to the peripheral drive are as at rest. left: of these drugs; rest: the gas of
    these people without drugs.
    """
    blood = breathing.circulate(rest, body)
    fires = breathing.firing(co2, blood.pressure[1], body)
    brain_co2 = co2 + blood.brain[0] - blood.pressure[0]
    held = rest._replace(
        peripheral=left.peripheral * body.G_p * (fires - body.f_0),
        central=left.central * body.G_c * (brain_co2 - body.P_BCO2_0 - left.threshold),
    )
    return breathing.ventilation(held, body.Q_B0 + body.Q_T0, left.awake, body)
