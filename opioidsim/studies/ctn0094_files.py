"""What the verb about real trials writes."""

from pathlib import Path

import pandas as pd

from opioidsim.show import theme
from opioidsim.show.files import write_table
from opioidsim.studies import ctn0094_figure


def trial_data_files(outcomes: dict[str, pd.DataFrame], simulated: dict[str, pd.DataFrame], folder: Path) -> list[Path]:
    """A table and a figure per outcome, with the simulated trial beside the data where there is one; returns their paths.

    The tables hold aggregates, no one's own row.
    """
    made = []
    for name, frame in outcomes.items():
        both = [frame.assign(source="data")]
        if name in simulated:
            both.append(simulated[name].assign(source="simulated"))
        table = pd.concat(both)
        made += write_table(table.assign(at=table["at"].astype(str)), folder / f"{name}.csv")
        chart = ctn0094_figure.outcome(name, table)
        made += theme.save(chart, folder / f"figure-{name}")[0]
    return made
