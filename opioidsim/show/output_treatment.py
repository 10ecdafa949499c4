"""What the verbs about starting treatment write."""

import json
from pathlib import Path

from opioidsim.cases.cautions import Caution, cautions
from opioidsim.cases.scenario import Scenario
from opioidsim.questions.abuse.run import Abuse
from opioidsim.questions.induction.run import Induction
from opioidsim.show import page as report
from opioidsim.show import plot_abuse, plot_treatment, theme
from opioidsim.show.answer_treatment import (
    abuse_cautions,
    abuse_scenario,
    induction_scenario,
    of_abuse,
    of_induction,
)
from opioidsim.show.files import write_table, write_text
from opioidsim.show.output import record


def induction_files(asked: Induction, folder: Path) -> list[Path]:
    """induction.csv (by regimen and day), figure, report and run.json; returns their paths."""
    head = f"When can an antagonist be started after {' and '.join(map(str, asked.history))}?"
    return _files(
        "induction",
        head,
        asked,
        of_induction(asked),
        plot_treatment.induction(asked),
        induction_scenario(asked),
        folder,
    )


def abuse_files(asked: Abuse, folder: Path) -> list[Path]:
    """abuse.csv (by taker and medicine), figure, report and run.json; returns their paths."""
    scenario, warned = abuse_scenario(asked), abuse_cautions(asked)
    head = "What does a medicine give to someone it was not meant for?"
    return _files("abuse", head, asked, of_abuse(asked), plot_abuse.abuse(asked), scenario, folder, warned)


def _files(
    name: str,
    head: str,
    asked: Induction | Abuse,
    lines: list[str],
    chart,
    scenario: Scenario,
    folder: Path,
    warned: list[Caution] | None = None,
) -> list[Path]:
    import pandas as pd

    frame = pd.DataFrame(asked.rows())
    made = write_table(frame, folder / f"{name}.csv")
    drawn = theme.svg(chart)
    made += theme.save(chart, drawn, folder / f"figure-{name}")
    cells = [
        tuple(v if isinstance(v, str) else "–" if v is None or v != v else f"{v:.3g}" for v in row)
        for row in frame.itertuples(index=False)
    ]
    who = "the typical person" if asked.people == 1 else f"{asked.people} people"
    page = report.page(
        head,
        who,
        lines,
        drawn,
        report.html_table(list(frame.columns), cells, 1),
        scenario,
        cautions(scenario) if warned is None else warned,
    )
    made += write_text(page, folder / "report.html")
    return made + write_text(json.dumps(record(scenario), indent=1), folder / "run.json")
