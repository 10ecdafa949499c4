"""What the course clock costs and how exact it is, beside general solvers of differential equations in the same run.

    python bench/course.py [--people 1000] [--quick] [--json FILE] [--reference FILE]

The fixed job: 28 days of 50 mg by mouth a day, four compartments, two ligands at one receptor, hourly output.
Times are wall times of a shared machine, medians of several runs without compilation; ratios within a run say more.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from opioidsim.cases import scenario  # noqa: E402
from opioidsim.engine import clock, course, simulate  # noqa: E402
from opioidsim.model import pharmacokinetics  # noqa: E402  (sets JAX to 64 bits)

import jax  # noqa: E402  isort: skip
import jax.numpy as jnp  # noqa: E402

DOSE, BY_VOLUME_PARENT, BY_VOLUME_METABOLITE = 50.0, 1e6 / 341.4, 1e6 / 343.4  # mg; mg/L -> nM
PUBLISHED = {"mrgsolve": (2.0, 2.1e-6), "rxode2": (2.5, 1.7e-6)}  # ms per person, largest occupancy error; one core
CURVE = ((20, 0.125), (20, 0.25), (22, 0.25), (24, 0.25), (25, 0.5), (26, 1.0))  # (FIRST, GROWTH) of the time grid
SCENARIOS = {"oral": "naltrexone 50 mg oral every 24 h x 28", "depot": "naltrexone 380 mg im-depot"}


# ---- the fixed job, ours ------------------------------------------------------------------------------------------


def rates(p):
    """(source, target, rate) of gut 0 [mg], parent 1, peripheral 2, metabolite 3 [nM], as flows and links."""
    ka, share, cl, v, k12, k21, clm, vm = p[:8]
    lost = ((0, None, ka), (1, None, cl / v), (1, 2, k12), (2, 1, k21), (3, None, clm / vm))
    formed = 0.4 * cl / vm * BY_VOLUME_METABOLITE / BY_VOLUME_PARENT
    absorbed = share * ka / v * BY_VOLUME_PARENT
    first_pass = (1 - share) * 0.5 * ka / vm * BY_VOLUME_METABOLITE
    return lost, ((0, 1, absorbed), (0, 3, first_pass), (1, 3, formed))


def body_of(p):
    """The people of the job, parameters in rows, as the march takes them."""
    a = pharmacokinetics.rate_matrix(4, *rates(p))[None]
    entry = np.zeros((1, 1, 4, p.shape[1]))
    entry[0, 0, 0] = 1.0
    where = (np.array([0, 0]), np.array([1, 3]))
    return course.Body(a, entry, *where, np.stack([p[8], p[10]]), np.stack([p[9], p[11]]), np.ones((2, p.shape[1])))


def job(table, days=28, every=1.0, threads=1, first=clock.FIRST, growth=clock.GROWTH):
    """A function that runs everyone once, and the number of steps. Its result: (x, bound) of each chunk of people."""
    at, out = np.arange(0.0, 24.0 * days, 24.0), np.arange(0.0, 24.0 * days + 1e-9, every)
    grid = clock.grid(at, out, first=first, growth=growth)
    lowest, padded = clock.levelled(grid, int(grid.level.min()))
    amount = np.full((days + 1, simulate.CHUNK), DOSE)
    amount[0] = 0.0
    events = course.Events(amount, np.zeros(days + 1, np.int32))

    def chunk(people):
        body = body_of(np.take(table, people, axis=0, mode="clip").T)
        steps = course.prepare(body, lowest, int(grid.level.max()))
        return jax.block_until_ready(course.march(body, steps, course.start(body), events, padded, len(out))[0])

    return lambda: simulate.in_chunks(chunk, len(table), threads), len(grid.level)


def cost(run, people, repeats):
    """Milliseconds per person, the median of several runs after a first; and the result."""
    result, times = run(), []
    for _ in range(repeats):
        begin = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - begin)
    return 1e3 * statistics.median(times) / people, result


def errors(parts, reference):
    """Largest error of occupancy, and relative error of the parent's concentration, for the people of the reference."""
    count = len(reference["occ"])
    bound = np.concatenate([part.bound.sum(1) for part in parts], -1)[:, :count].T
    parent = np.concatenate([part.x[:, 0, 1] for part in parts], -1)[:, :count].T / BY_VOLUME_PARENT
    wanted = reference["conc_mg_per_L"][:, 1:]
    return float(np.abs(bound - reference["occ"]).max()), float(np.abs(parent[:, 1:] / wanted - 1.0).max())


# ---- the fixed job, by others -------------------------------------------------------------------------------------


def change(y, p):
    """The right-hand side, for one person: compartments and two occupancies."""
    dy = [0.0] * 6
    lost, gained = rates(p)
    for source, target, rate in lost:
        dy[source] -= rate * y[source]
        if target is not None:
            dy[target] += rate * y[source]
    for source, target, rate in gained:
        dy[target] += rate * y[source]
    free = 1.0 - y[4] - y[5]
    dy[4] = p[8] * y[1] * free - p[9] * y[4]
    dy[5] = p[10] * y[3] * free - p[11] * y[5]
    return dy


def with_scipy(table, days):
    """Occupancy by odeint (LSODA), restarted at each dose. The right-hand side is Python."""
    from scipy.integrate import odeint

    found = []
    for p in table.tolist():
        y, occupancy = np.zeros(6), [0.0]
        for _ in range(days):
            y[0] += DOSE
            path = odeint(lambda y, _, p=p: change(y.tolist(), p), y, np.arange(25.0), rtol=1e-6, atol=1e-9)
            y = path[-1].copy()
            occupancy += path[1:, 4:].sum(1).tolist()
        found.append(occupancy)
    return np.array(found)


def with_diffrax(name, days):
    """Occupancy by a solver of diffrax, everyone at once, restarted at each dose."""
    import diffrax

    term = diffrax.ODETerm(lambda t, y, p: jnp.stack(change(y, p)))
    hours = diffrax.SaveAt(ts=jnp.arange(1.0, 25.0))
    how = {"saveat": hours, "stepsize_controller": diffrax.PIDController(rtol=1e-6, atol=1e-9)}
    solver = getattr(diffrax, name)()

    def one_day(y, _, p):
        y = y.at[0].add(DOSE)
        path = diffrax.diffeqsolve(term, solver, 0.0, 24.0, None, y, p, **how)
        return path.ys[-1], path.ys[:, 4:].sum(1)

    def person(p):
        days_of = jax.lax.scan(lambda y, day: one_day(y, day, p), jnp.zeros(6), length=days)[1]
        return jnp.concatenate([jnp.zeros(1), days_of.reshape(-1)])

    return jax.jit(jax.vmap(person))


# ---- the parts of the report --------------------------------------------------------------------------------------


def fixed_job(reference, people, repeats):
    table = reference["params_all"][:people]
    print(f"28 days, hourly output, {len(table)} people")
    run, steps = job(table)
    one, parts = cost(run, len(table), repeats)
    two, _ = cost(job(table, threads=2)[0], len(table), repeats)
    occupancy, concentration = errors(parts, reference)
    print(f"  opioidsim, 1 thread     {one:9.3f} ms per person   {steps / 28:.0f} steps a day")
    print(f"  opioidsim, 2 threads    {two:9.3f} ms per person   {one / two:.2f} times as fast")
    print(f"  largest error           {occupancy:9.1e} in occupancy, {concentration:.1e} relative in concentration")
    return {"ms_1": one, "ms_2": two, "speedup": one / two, "occupancy": occupancy, "concentration": concentration}


def others(reference, ours, quick):
    few, days = (4, 7) if quick else (20, 28)
    table, occupancy = reference["params"][:few], reference["occ"][:few, : 24 * days + 1]
    some = table[: 1 if quick else 3]
    runs = {
        "diffrax Tsit5": (jax.tree_util.Partial(with_diffrax("Tsit5", days), table), few),
        "diffrax Kvaerno3": (jax.tree_util.Partial(with_diffrax("Kvaerno3", days), table), few),
        "scipy odeint (Python)": (lambda: with_scipy(some, days), len(some)),
    }
    print(f"The same equations by others, rtol 1e-6, {days} days (cost scaled to 28), and how many times our cost")
    found = {}
    for name, (run, count) in runs.items():
        ms, result = cost(lambda run=run: jax.block_until_ready(run()), count, 1 if quick else 3)
        ms, error = ms * 28 / days, float(np.abs(result - occupancy[:count]).max())
        print(f"  {name:24s}{ms:8.1f} ms per person   {ms / ours:6.0f} times   error {error:.1e}")
        found[name] = {"ms": ms, "ratio": ms / ours, "occupancy": error}
    for name, (ms, error) in PUBLISHED.items():
        print(f"  {name:24s}{ms:8.1f} ms per person   {ms / ours:6.0f} times  error {error:.1e} (published, other run)")
    return found


def year(reference, people, repeats):
    table = reference["params_all"][:people]
    (short_run, short_steps), (long_run, long_steps) = job(table, 28, 6.0), job(table, 365, 6.0)
    short, long = cost(short_run, len(table), repeats)[0], cost(long_run, len(table), max(1, repeats // 2))[0]
    print(f"A year, output every 6 h, {len(table)} people, 1 thread")
    ratio, steps = long / short, long_steps / short_steps
    assert steps > 10, "a year has more steps than a month"
    print(f"  365 days {long:.3f} ms per person, 28 days {short:.3f}: ratio {ratio:.2f} (of steps {steps:.2f})")
    return {"ms_365": long, "ms_28": short, "ratio": ratio, "steps": steps}


def real(people, repeats):
    print(f"Scenarios of 28 days, hourly output, {people} people, 1 thread; from the sentence to the result")
    found = {}
    for name, dose in SCENARIOS.items():
        crowd = {"n": people, "seed": 7}
        given = scenario.from_table({"duration": "28 d", "every": "1 h", "doses": [dose], "population": crowd})
        begin = time.perf_counter()
        simulate.simulate(given, threads=1)
        first = time.perf_counter() - begin
        ms, _ = cost(lambda given=given: simulate.simulate(given, threads=1), people, repeats)
        print(f"  {dose:40s}{ms:8.3f} ms per person   first time {first:.1f} s")
        found[name] = {"ms": ms, "first_s": first}
    return found


def curve(reference, people, repeats):
    table = reference["params_all"][:people]
    print("Error and cost by the time grid (first step after a dose, growth), 1 thread")
    found = []
    for level, growth in CURVE:
        run, steps = job(table, first=level, growth=growth)
        ms, parts = cost(run, len(table), repeats)
        error, first = errors(parts, reference)[0], clock.TICK * 2**level
        here = " (as shipped)" if (level, growth) == (clock.FIRST, clock.GROWTH) else ""
        grid = f"1/{1 / first:<3.0f} h  {growth:5.3f} {steps / 28:5.0f} steps a day"
        print(f"  {grid}{ms:9.3f} ms per person   error {error:.1e}{here}")
        found.append({"first_h": first, "growth": growth, "steps": steps / 28, "ms": ms, "occupancy": error})
    counted, wrong = [row["steps"] for row in found], [row["occupancy"] for row in found]
    assert counted == sorted(counted, reverse=True) and len(set(counted)) > 3, "the grid varied"
    assert wrong[-1] > wrong[0], "and the error with it"
    return found


def main():
    read = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    read.add_argument("--people", type=int, default=1000, help="people of the fixed job, 20 to 1000")
    read.add_argument("--quick", action="store_true", help="fewer people and repetitions")
    read.add_argument("--json", type=Path, help="write the figures to this file")
    read.add_argument("--reference", type=Path, default=ROOT / "../shared/reference/course/job_a_reference.npz")
    given = read.parse_args()
    people, repeats = (max(20, min(given.people, 200)), 3) if given.quick else (max(20, given.people), 7)
    found = {}
    if given.reference.exists():
        with np.load(given.reference) as file:
            reference = dict(file)
        found["fixed"] = fixed_job(reference, people, repeats)
        found["others"] = others(reference, found["fixed"]["ms_1"], given.quick)
        found["year"] = year(reference, people, repeats)
        found["curve"] = curve(reference, people, repeats)
    else:
        print(f"There is no reference at {given.reference}, so the fixed job is left out.")
    found["scenarios"] = real(50 if given.quick else 200, repeats)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
