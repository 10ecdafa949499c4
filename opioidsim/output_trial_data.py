"""What the verb about real trials writes."""

from pathlib import Path

import pandas as pd

from opioidsim import plot, plot_trial_data
from opioidsim.output import write_table


def trial_data_files(outcomes: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    """A table and a figure per outcome; returns their paths. The tables hold aggregates, no one's own row."""
    made = []
    for name, frame in outcomes.items():
        made += write_table(frame.assign(at=frame["at"].astype(str)), folder / f"{name}.csv")
        chart = plot_trial_data.outcome(name, frame)
        made += plot.save(chart, plot.svg(chart), folder / f"figure-{name}")
    return made
