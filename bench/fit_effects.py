"""Does a fit with an effect find what was simulated? Repeats of 24 people on oxycodone tablets, their levels and pupils seen eight
times each, spreads of 30 % in clearance and binding: how often do the 90 % intervals hold the truth?
`python bench/fit_effects.py 20`; with a second number the repeats begin there.
"""

import sys
import tempfile
import time
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from opioidsim.questions.fit import data, linearised, sampled
from opioidsim.questions.fit.model import Population
from opioidsim.questions.question import Who

SPREAD, ERRORS, PEOPLE = 0.3, (2.0, 0.3), 24  # errors: of the level [ng/mL], of the pupil [mm]
FACTS = ("oxycodone.disposition.CL", "receptor.mu.K")
TIMES = (0.5, 1, 2, 4, 6, 8, 12, 24)
SEEN = ("oxycodone", "pupil")


def population(path: Path, values: np.ndarray) -> Population:
    """What is asked about these people. values: (observations, people), a level and a pupil at each time."""
    lines = ["ID,TIME,AMT,DRUG,ROUTE,DV,DVID"]
    for person in range(PEOPLE):
        lines.append(f"{person},0,30,oxycodone,oral,.,.")
        lines += [
            f"{person},{at},.,.,.,{values[2 * k + j, person]:.8g},{name}"
            for k, at in enumerate(TIMES) for j, name in enumerate(SEEN)
        ]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    chosen = {"estimate": FACTS, "spread": FACTS, "correlated": (), "covariate": ()}
    return data.asked(str(path), "", "", {}, chosen, "additive", "wide", Who()).population


def main(repeats: int, first: int) -> None:
    """Simulates, fits, counts."""
    path = Path(tempfile.mkdtemp()) / "data.csv"
    asked = population(path, np.tile([[20.0], [4.0]], (len(TIMES), PEOPLE)))
    truth = np.concatenate([np.zeros(len(FACTS)), np.log(np.full(len(FACTS), SPREAD)), np.log(ERRORS)])
    held, took = [], []
    for number in range(first, first + repeats):
        rng = np.random.default_rng(number)
        eta = SPREAD * rng.standard_normal((PEOPLE, len(FACTS)))
        f = np.asarray(asked.curve(asked.of_people(jnp.zeros(len(FACTS)), jnp.zeros(0), eta)))
        seen = f + np.tile(ERRORS, len(TIMES))[:, None] * rng.standard_normal(f.shape)
        begin = time.perf_counter()
        again = population(path, seen)
        found = linearised.estimated(again)
        took.append(time.perf_counter() - begin)
        drawn = sampled.around(again, found, 4000, number).theta
        low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
        held.append((low <= truth) & (truth <= high))
        print(f"repeat {number}: {took[-1]:.0f} s, {held[-1].mean():.0%} held; so far {np.mean(held):.1%}", flush=True)
    print(
        f"{repeats} repeats, {np.median(took):.0f} s each: the 90 % intervals hold {np.mean(held):.1%} of the true numbers."
    )
    names = [*FACTS, *(f"spread of {name}" for name in FACTS), *(f"error of {name}" for name in SEEN)]
    for name, share in zip(names, np.mean(held, 0), strict=True):
        print(f"  {share:.0%}  {name}")


if __name__ == "__main__":
    main(*(int(text) for text in [*sys.argv[1:], *["20", "1"][len(sys.argv) - 1 :]][:2]))
