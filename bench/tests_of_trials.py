"""How often each test of a trial finds what is not there, and how often intervals of rare events hold the truth.

    python bench/tests_of_trials.py [TRIALS]

20,000 null trials of 5, 10 and 50 people per arm. A test may find a difference in 5 % of them. The rows of shares are exact sums
over all tables: a test of counts has few possible results, and keeps under 5 % by as much as they lie apart.
"""

import sys

import numpy as np

from opioidsim.engine.result import share_of
from opioidsim.trials import power, survival

SIZES = (5, 10, 50)


def null(trials: int) -> list[tuple[str, int, float]]:
    """(what is tested, people per arm, how often it is found to differ)."""
    random, rows = np.random.default_rng(21), []
    for n in SIZES:
        days = random.exponential(60.0, 200_000)
        often = np.stack([np.ceil(np.minimum(days, 168.0)), days < 168.0], 1)
        weekly = np.stack([np.ceil(np.minimum(days, 168.0) / 7.0) * 7.0, days < 168.0], 1)
        rare = np.stack([np.ceil(np.minimum(9.0 * days, 168.0)), 9.0 * days < 168.0], 1)
        means = {
            "normal": random.normal(50, 15, 200_000),
            "heavy days": random.binomial(84, random.beta(1.2, 2.0, 200_000)).astype(float),
        }
        for name, people in {
            "time, most have the event": often,
            "time, weekly": weekly,
            "time, a quarter have it": rare,
        }.items():
            rows.append((name, n, power.of_times([(n, n)], people, people, trials)[0]))
        for name, people in means.items():
            rows.append((f"mean, {name}", n, power.of_means([(n, n)], people, people, trials)[0]))
        for share in (0.5, 0.3, 0.1):
            ones = np.arange(1000) < 1000 * share
            rows.append((f"share, {share:g}", n, power.of_shares([(n, n)], ones, ones)[0]))
    return rows


def coverage() -> list[tuple[str, float, float, float]]:
    """(what, the expected number of events, how often the 95 % interval holds it; the same with a quarter more or less
    expected). Exact sums over all counts, and over 400 steps of a gamma distribution with a coefficient of variation of 25 %."""
    from scipy.stats import binom, gamma, poisson

    rows = []
    for n in (0, 50, 300, 1000):
        counts = np.arange(n + 1 if n else 120)
        ends = np.array([share_of(np.arange(n) < k)[1:] if n else survival.rare(float(k)) for k in counts])
        for expected in (0.5, 1, 2, 3, 4, 5, 7, 10, 15, 20):
            about = gamma(16, scale=expected / 16).ppf((np.arange(400) + 0.5) / 400)
            held = []
            for means in (np.array([expected]), np.minimum(about, n or np.inf)):
                truth = (means / n if n else means)[:, None]
                chance = binom.pmf(counts, n, truth) if n else poisson.pmf(counts, truth)
                held.append(float((((ends[:, 0] <= truth) & (truth <= ends[:, 1])) * chance).sum(1).mean()))
            rows.append((f"share of {n}" if n else "count of events", expected, *held))
    return rows


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    for name, n, found in null(many):
        print(f"{name:28s} {n:3d} per arm: {found:.2%} of trials")
    for name, events, held, about in coverage():
        print(
            f"{name:28s} {events:5g} expected: interval holds it in {held:.2%}, a quarter more or less in {about:.2%}"
        )
