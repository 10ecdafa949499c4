"""What the episode clock costs and how exact it is, beside a general delay solver in the same run.

    python bench/episode.py [--people 1040] [--most 20000] [--quick] [--json FILE]

The fixed job: fentanyl 2.965 mg into a vein, naloxone 2 mg by auto-injector a minute after the call for help, 90 minutes.
CPU times of this process, the best of three, without compilation: other work on the machine counts less than in wall times.
"""

import argparse
import json
import math
import resource
import sys
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from opioidsim.cases import scenario  # noqa: E402
from opioidsim.engine import chunks, episode_arrays, handover, inputs, simulate_episode  # noqa: E402
from opioidsim.model.breathing import Gas  # noqa: E402

OVERDOSES = ("fentanyl 1.625 mg iv", "fentanyl 2.965 mg iv", "carfentanil 0.012 mg iv", "carfentanil 0.02187 mg iv")
PRODUCTS = (None, "naloxone 2 mg im-autoinjector", "naloxone 2 mg im")
HOURS = 1.5
TIMES = ("trigger_s", "low_oxygen_s", "collapse_s", "flow_stop_s")


def job(people, opioid=OVERDOSES[1], product=PRODUCTS[1], **more):
    """A crowd of chronic users, drawn from the facts, in one overdose."""
    table = {"clock": "episode", "doses": [opioid], "person": {"tolerance": "chronic"}, **more}
    if people > 1:
        table["population"] = {"n": people, "seed": 1}
    if product:
        table["rescue"] = {"drug": product}
    return scenario.from_table(table)


def ended(given, refine=0, threads=1):
    """How it ends for everyone, as columns."""
    given = inputs.read(given)
    groups = chunks.of(given.people, simulate_episode.size(given.people))
    parts = list(chunks.each(partial(simulate_episode.ends_of_chunk, given, refine=refine), groups, threads))
    return {name: np.concatenate([part[name] for part in parts])[: given.people] for name in parts[0]}


def timed(run, repeats=3):
    """CPU and wall seconds, the best of several runs after a first; and the result."""
    found, cpu, wall = run(), [], []
    for _ in range(repeats):
        c, w = time.process_time(), time.perf_counter()
        found = run()
        cpu.append(time.process_time() - c)
        wall.append(time.perf_counter() - w)
    return min(cpu), min(wall), found


def marched(people):
    """How many people are marched, the last chunk being full."""
    return len(chunks.of(people, simulate_episode.size(people))) * simulate_episode.size(people)


# ---- the same equations by a general solver -------------------------------------------------------------------------


def content(co2, o2, b):
    x = co2 * (1 + b.beta2 * o2) / (b.K2 * (1 + b.alpha2 * o2))
    y = o2 * (1 + b.beta1 * co2) / (b.K1 * (1 + b.alpha1 * co2))
    x, y = x ** (1 / b.a2), y ** (1 / b.a1)
    return b.Z * b.C2 * x / (1 + x), b.Z * b.C1 * y / (1 + y)


def blood(g, b):
    """Flows, tensions and contents that follow from the gas state, and arterial pressures; of one person."""
    qb, qt = b.Q_B0 * (1 + g.flow_co2 + g.flow_o2), b.Q_T0 * (1 + b.rho * g.flow_o2)
    brain = (g.brain_co2 - b.bound_CO2) / b.sol_CO2, g.brain_o2 / b.sol_O2
    tissue = (g.tissue_co2 - b.bound_CO2) / b.sol_CO2, g.tissue_o2 / b.sol_O2
    cb, ct, ce = content(*brain, b), content(*tissue, b), content(g.lung_co2, g.lung_o2, b)
    cv = [(qb * one + qt * other) / (qb + qt) for one, other in zip(cb, ct, strict=True)]
    ca = [(1 - b.shunt) * e + b.shunt * v for e, v in zip(ce, cv, strict=True)]
    d2 = b.K2 * (ca[0] / (b.Z * b.C2 - ca[0])) ** b.a2
    d1 = b.K1 * (ca[1] / (b.Z * b.C1 - ca[1])) ** b.a1
    g2, g1 = b.beta1 + b.alpha1 * b.beta2 * d1, b.beta2 + b.alpha2 * b.beta1 * d2
    both = 1 - b.alpha1 * b.alpha2 * d1 * d2
    r2, r1 = -(both + b.beta2 * d1 - b.beta1 * d2) / 2 / g2, -(both + b.beta1 * d2 - b.beta2 * d1) / 2 / g1
    co2 = r2 + math.sqrt(r2 * r2 + d2 * (1 + b.alpha2 * d1) / g2)
    o2 = r1 + math.sqrt(r1 * r1 + d1 * (1 + b.alpha1 * d2) / g1)
    e = math.exp((o2 - b.P_c) / b.K_P)
    fires = b.K_f * math.log(co2 / b.B_p) * (b.f_max + b.f_min * e) / (1 + e)
    return qb, qt, brain, tissue, cb, ct, ce, cv, ca, co2, o2, fires


def slope(t, y, past, one):
    """d/dt of gas, amounts and the bound share of one opioid, for one chronic user; past(t): the state then."""
    b, wiring, rates = one.physiology, one.wiring, one.rates
    g, x, bound = Gas(*y[:11], 1.0), y[11:-1], max(y[-1], 0.0)
    qb, qt, brain, tissue, cb, ct, ce, cv, ca, co2, o2, fires = blood(g, b)
    q, brain_co2 = qb + qt, brain[0]
    if b.K_p / q < t:
        fires = blood(Gas(*past(t - b.K_p / q)[:11], 1.0), b)[-1]
    if b.K_c / q < t:
        brain_co2 = (past(t - b.K_c / q)[2] - b.bound_CO2) / b.sol_CO2
    awake, reflex = 1 - bound ** (b.P3 * b.tolerant), 1 - bound ** (b.P1 * b.tolerant)
    peripheral = g.hypoxia * g.peripheral if g.peripheral >= 0 else g.peripheral
    air = (b.W * awake + max(peripheral + g.central, 0)) * b.alveolar / 60
    up, left = b.stpd * q * (1 - b.shunt), awake**b.P2
    made, used = max(left, b.floor_CO2), max(left, b.floor_O2)
    fb, ft = min(brain[1] / b.P_X_O2, 1), min(tissue[1] / b.P_X_O2, 1)
    to_co2 = b.flow_low + b.flow_span / (1 + math.exp((b.P_flow_CO2 - co2) / b.D_flow_CO2))
    to_o2 = min(b.c1 * (math.exp(-o2 / b.c2) - math.exp(-b.P_flow_O2 / b.c2)), b.most_flow_O2)
    low = min(max(brain[1], b.theta_min), b.theta_max) / b.P_BO2_0 - 1
    gas = [
        (air * (b.P_I_CO2 - g.lung_co2) + up * (cv[0] - ce[0])) / b.V_A,
        (air * (b.P_I_O2 - g.lung_o2) + up * (cv[1] - ce[1])) / b.V_A,
        (qb * (ca[0] - cb[0]) + b.M_B_CO2 * made * fb) / b.V_B,
        (qb * (ca[1] - cb[1]) - b.M_B_O2 * used * fb) / b.V_B,
        (qt * (ca[0] - ct[0]) + b.M_T_CO2 * made * ft) / b.V_T,
        (qt * (ca[1] - ct[1]) - b.M_T_O2 * used * ft) / b.V_T,
        (to_co2 - g.flow_co2) / b.tau_flow_CO2,
        (to_o2 - g.flow_o2) / b.tau_flow_O2,
        (reflex * b.G_p * (fires - b.f_0) - g.peripheral) / b.tau_p,
        (reflex * b.G_c * (brain_co2 - b.P_BCO2_0) - g.central) / b.tau_c,
        (1 + b.G_h * low - g.hypoxia) / b.tau_h,
    ]
    shrunk, dx = 1 + 1 / (1 + math.exp((b.Q_mid - q / b.Q_ref) / b.Q_width)), [0.0] * wiring.rows
    for (source, target), rate in zip(wiring.flows, rates.flows[:, 0], strict=True):
        dx[source] -= rate * x[source]
        if target >= 0:
            dx[target] += rate * x[source]
    for (source, target, shrinks), rate in zip(wiring.links, rates.links[:, 0], strict=True):
        dx[target] += rate * x[source] * (shrunk if shrinks else 1.0)
    at_site = max(x[wiring.sites[0]], 0.0) ** rates.n[0, 0]
    return [*gas, *dx, rates.kon[0, 0] * at_site * (1 - bound) - rates.koff[0, 0] * bound]


def with_scipy(given, rtol=1e-6, span=3.0):
    """Brain O2 [mmHg] at the output times: the method of steps, LSODA with dense output over pieces shorter than a delay."""
    from scipy.integrate import solve_ivp

    one = handover.begin(inputs.read(given), range(8))
    doses = episode_arrays.doses_of(one.given, one.wiring, one.rates, one.values, 1.0)
    x = np.array(one.state.x)[:, 0] + doses.added[0, :, 0]
    y = np.array([*(float(v[0]) for v in one.state.gas[:-1]), *x, 0.0])
    pieces, times = [], np.arange(0.0, given.duration * 3600 + 1e-6, given.every * 3600)
    scale = np.maximum(np.abs(y), np.array([1.0] * 2 + [1e-3] * 4 + [1e-1] * 5 + [1.0] * (len(y) - 11)))

    def past(t):
        return pieces[min(int(t / span), len(pieces) - 1)](t)

    for start in np.arange(0.0, times[-1], span):
        found = solve_ivp(
            slope, (start, start + span), y, "LSODA", rtol=rtol, atol=rtol * scale, dense_output=True, args=(past, one)
        )
        pieces.append(found.sol)
        y = found.y[:, -1]
    return np.array([past(t)[3] for t in times]) / one.physiology.sol_O2


# ---- the parts of the report ----------------------------------------------------------------------------------------


def fixed_job(people):
    given = job(people)
    hours = marched(people) * HOURS
    print(f"{people} people, 90 minutes, fentanyl 2.965 mg and one auto-injector; ms of CPU per patient-hour")
    finest, found = ended(given, 3, None), {}
    for refine in (0, 1):
        cpu, wall, ends = timed(lambda refine=refine: ended(given, refine))
        differ = int((ends["cardiac_arrest"] != finest["cardiac_arrest"]).sum())
        apart = max(np.nanmax(np.abs(ends[name] - finest[name]), initial=0.0) for name in TIMES)
        step = f"step {scenario.STEP / 2**refine:g} s"
        print(
            f"  {step:12s}{1e3 * cpu / hours:7.2f} ms   {differ} verdicts differ from an eighth of the step, times by {apart:.2f} s"
        )
        found[step] = {
            "ms": 1e3 * cpu / hours,
            "wall_ms": 1e3 * wall / hours,
            "differ": differ,
            "seconds": float(apart),
        }
    finer = [found[f"step {scenario.STEP / 2**refine:g} s"]["ms"] for refine in (0, 1)]
    assert finer[1] > 1.3 * finer[0], "half the step is more work"
    one, two = (timed(lambda n=n: ended(given, 0, n))[1] for n in (1, 2))
    print(f"  two threads {one / two:7.2f} times as fast as one (wall)")
    return found | {"two_threads": one / two}


def others(ours):
    given = job(1, "fentanyl 1 mg iv", None, readings="mann-2022", duration="20 min", every="10 s")
    cpu, _, theirs = timed(lambda: with_scipy(given), 1)
    mine = simulate_episode.simulate(given).values["brain_o2"][0]
    ms, apart = 1e3 * cpu * 3600 / (given.duration * 3600), float(np.abs(mine - theirs).max())
    print(
        "The equations of the published program by the method of steps (scipy LSODA, dense history, Python), rtol 1e-6"
    )
    print(f"  {ms:19.0f} ms   {ms / ours:.0f} times our cost; brain O2 differs from ours by {apart:.1e} mmHg")
    return {"ms": ms, "ratio": ms / ours, "brain_o2": apart}


def crowd(most):
    print("More people, two threads; wall time and the largest memory so far")
    found, people = [], 1040
    while people <= most:
        begin = time.perf_counter()
        ended(job(people), threads=2)
        wall, memory = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"  {people:7d} people{wall:8.1f} s{1e3 * wall / people / HOURS:8.2f} ms per patient-hour{memory:8.0f} MiB"
        )
        found.append({"people": people, "wall_s": wall, "MiB": memory})
        assert len(found) < 2 or wall > found[-2]["wall_s"], "more people take longer"
        people = most if people < most < people * 10 else people * 10
    return found


def figure(people):
    print(f"The published figure: four overdoses, nobody or one of two products, {people} people drawn from the facts")
    begin, found = time.perf_counter(), []
    for opioid in OVERDOSES:
        shares = [
            100.0 * ended(job(people, opioid, product), threads=2)["cardiac_arrest"].mean() for product in PRODUCTS
        ]
        print(f"  {opioid:28s}" + "".join(f"{share:8.1f} %" for share in shares) + "  arrests")
        found.append({"opioid": opioid, "arrests": shares})
    wall = time.perf_counter() - begin
    assert all(row["arrests"][0] > min(row["arrests"][1:]) for row in found), "help helps"
    print(f"  all of it in {wall:.0f} s")
    return {"rows": found, "wall_s": wall}


def main():
    read = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    read.add_argument("--people", type=int, default=1040, help="people of the fixed job")
    read.add_argument("--most", type=int, default=20_000, help="the largest crowd")
    read.add_argument("--quick", action="store_true", help="fewer people")
    read.add_argument("--json", type=Path, help="write the figures to this file")
    given = read.parse_args()
    people, most = (1040, 1040) if given.quick else (given.people, given.most)
    found = {"fixed": fixed_job(people)}
    found["others"] = others(found["fixed"][f"step {scenario.STEP:g} s"]["ms"])
    found["crowd"], found["figure"] = crowd(most), figure(520 if given.quick else 2000)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
