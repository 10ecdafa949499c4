"""What `calibrate` says of a block: its numbers before and after, its ridges, its rows, the study effects."""

from typing import Any

import numpy as np

from opioidsim.calibration.open import numbers
from opioidsim.show.terminal import show_table
from opioidsim.show.words import percent

MOVED = 0.9  # of a prior's standard deviation left: less, and the rows have told something


def say(block: str, draws: dict[str, np.ndarray], story: dict[str, Any]) -> None:
    """Prints it."""
    told = [name for name, each in story["numbers"].items() if block == "middle" or each["left"] < MOVED]
    print(f"{block}: {len(draws)} numbers, {len(story['rows'])} rows; {len(told)} numbers are told by them.")
    if "cost" in story:
        print(
            f"Sum of squares {story['cost']:.2f} (median of the draws), at the library's numbers {story['cost_at_library']:.2f}, "
            f"at the priors {story['cost_at_prior']:.2f}."
        )
    if "worth" in story:
        print(f"{drawn_by(story)[0].upper()}{drawn_by(story)[1:]}.")
    rows = []
    for name in told:
        low, median, high = np.quantile(draws[name], [0.1, 0.5, 0.9])
        fact, each = numbers()[name].fact, story["numbers"][name]
        rows.append(
            [
                name,
                f"{fact.value:.4g}",
                fact.unit,
                f"{median:.4g}",
                f"{low:.3g} to {high:.3g}",
                f"{each['prior_sd']:g}",
                f"{each['left']:.2f}",
            ]
        )
    if rows:
        show_table(["", "library", "", "median", "80 % of draws", "prior sd", "share left"], rows)
    if story["ridges"]:
        print(
            "Told only together (correlation): "
            + "; ".join(f"{a} and {b} ({r:g})" for a, b, r in story["ridges"])
            + "."
        )
    show_table(["build row", "class", "predicted", "observed"], [
        [row["id"], row["class"], f"{row['predicted']:.3g}", f"{row['observed']:g}"] for row in story["rows"]
    ])  # fmt: skip
    if story["effects"]:
        print(f"From study to study, each left out in its turn (80 % of what is known of it): {apart(story)}.")


def apart(story: dict[str, Any]) -> str:
    """How far studies of each class lie apart."""
    ends = {kind: np.quantile(drawn, [0.1, 0.9]) for kind, drawn in story["between"].items()}
    return ", ".join(
        f"{kind} {percent(effect)} ({percent(ends[kind][0])} to {percent(ends[kind][1])})"
        for kind, effect in story["effects"].items()
    )


def drawn_by(story: dict[str, Any]) -> str:
    """How the draws of a block came about, and how far they may be trusted."""
    if "chains" in story:
        return (
            f"{story['chains']} chains of NUTS over {story['weeks']:,} weeks, R-hat at most {story['r_hat']:.3f}, worth {story['worth']} "
            f"draws, {story['divergent'] or 'none'} divergent; cells lie {story['apart'][1]} points apart from what was seen ({story['apart'][0]} at the library's numbers)"
        )
    told = f"tail k {story['pareto_k']:.2f}, {story['distinct']} draws differ"
    if "runs" not in story:
        return f"proposals worth {story['worth']} draws, {told}"
    return (
        f"{story['runs']} runs from the priors, {story['asked']:,} sets of numbers asked in {story['steps']} steps, R-hat at most "
        f"{story['r_hat']:.3f}, worth {story['worth']} draws, {percent(story['moved'])} of moves taken, {told}"
    )
