"""Does a fit find what was simulated? Repeats of 100 people on daily tablets and monthly injections of naltrexone, both it and
6-beta-naltrexol seen, with spreads of 30 % and a proportional error of 15 %: how often do the 90 % intervals hold the truth, and how
long does a fit take? `python bench/fit.py 20`; with a second number the repeats begin there.
"""

import sys
import tempfile
import time
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from opioidsim.questions.fit import data, linearised, sampled
from opioidsim.questions.question import Who

SPREAD, ERROR, PEOPLE = 0.3, 0.15, 100
FACTS = ("naltrexone.disposition.CL", "naltrexone.disposition.V1", "oral.F", "oral.ka", "im-depot.phases.2.rate", "im-depot.phases.3.half_life", "6-beta-naltrexol.disposition.CL")  # fmt: skip
TABLET = (0.5, 1, 2, 4, 8, 12, 24, 96.5, 97, 98, 100, 104, 108, 120)  # hours at which people on tablets are seen
MONTHLY = (1, 2, 6, 24, 48, 72, 120, 168, 240, 336, 504, 672)  # and on injections


def table(path: Path, values: np.ndarray | None = None) -> None:
    """An event table of these people; values: what was seen, in the order of the rows."""
    lines, seen = ["ID,TIME,AMT,DRUG,ROUTE,II,ADDL,DV,DVID,MDV"], 0
    for person in range(PEOPLE):
        tablets = person % 2 == 0
        dose = "50,naltrexone,oral,24,4" if tablets else "380,naltrexone,im-depot,.,."
        lines.append(f"{person},0,{dose},.,.,1")
        for at in TABLET if tablets else MONTHLY:
            for drug in ("naltrexone", "6-beta-naltrexol"):
                dv = 1.0 if values is None else values[seen]
                lines.append(f"{person},{at},.,.,.,.,.,{dv:.8g},{drug},0")
                seen += 1
    path.write_text("\n".join(lines) + "\n")


def read(path: Path) -> data.Asked:
    """The population asked about."""
    chosen = {"estimate": FACTS, "spread": FACTS, "correlated": (), "covariate": ()}
    return data.asked(str(path), "", "", {}, chosen, "proportional", "wide", Who())


def main(repeats: int, first: int) -> None:
    """Simulates, fits, counts."""
    path = Path(tempfile.mkdtemp()) / "data.csv"
    table(path)
    population = read(path).population
    truth = np.concatenate([np.zeros(len(FACTS)), np.log(np.full(len(FACTS), SPREAD)), np.log([ERROR, ERROR])])
    held, took = [], []
    for number in range(first, first + repeats):
        rng = np.random.default_rng(number)
        eta = SPREAD * rng.standard_normal((PEOPLE, len(FACTS)))
        f = np.asarray(population.curve(population.of_people(jnp.zeros(len(FACTS)), jnp.zeros(0), eta)))
        y = f * (1.0 + ERROR * rng.standard_normal(f.shape))
        table(path, y.T[population.data.there.T])
        begin = time.perf_counter()
        again = read(path).population
        found = linearised.estimated(again)
        took.append(time.perf_counter() - begin)
        drawn = sampled.around(again, found, 4000, number).theta
        low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
        held.append((low <= truth) & (truth <= high))
        off = (found.theta - truth) / np.sqrt(np.diag(found.covariance))
        print(
            f"repeat {number}: {took[-1]:.0f} s, {found.rounds} rounds, {held[-1].mean():.0%} held, furthest off {np.abs(off).max():.1f} standard errors",
            flush=True,
        )
    share = np.mean(held, 0)
    print(
        f"{repeats} repeats, {np.median(took):.0f} s each: the 90 % intervals hold {np.mean(held):.1%} of the true numbers."
    )
    for name, each in zip(
        [*FACTS, *(f"spread of {name}" for name in FACTS), "error", "error of the metabolite"], share, strict=True
    ):
        print(f"  {each:.0%}  {name}")


if __name__ == "__main__":
    main(*(int(text) for text in [*sys.argv[1:], "4", "1"][:2]) if len(sys.argv) != 2 else (int(sys.argv[1]), 1))
