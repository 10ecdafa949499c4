"""Runs of a scenario for the screen and for files; the newest results are kept, so that a download computes nothing anew."""

import io
from collections import OrderedDict
from collections.abc import Callable
from threading import BoundedSemaphore, Lock

from opioidsim.cases.scenario import Scenario
from opioidsim.web.runtime import load
from opioidsim.web.work import Busy

AT_ONCE, MOST_WAITING, MOST_KEPT = 2, 64, 8
FILES = {
    "figure.png": "image/png",
    "figure.svg": "image/svg+xml",
    "quantities.csv": "text/csv",
    "outcomes.csv": "text/csv",
    "report.html": "text/html",
}


class Runs:
    """The runs of one server: a few at once, the rest in line."""

    def __init__(self):
        self._slots, self._lock = BoundedSemaphore(AT_ONCE), Lock()
        self._waiting = 0
        self._kept: OrderedDict[str, object] = OrderedDict()

    def of(self, scenario: Scenario):
        """The Result of a scenario."""
        key = scenario.toml()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        return self._in_line(lambda: self._run(key, scenario))

    def _run(self, key: str, scenario: Scenario):
        load()
        from opioidsim.questions.run import simulate

        result = simulate(scenario)
        with self._lock:
            self._kept[key] = result
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return result

    def _in_line(self, work: Callable):
        with self._lock:
            if self._waiting >= MOST_WAITING:
                raise Busy(f"{MOST_WAITING} runs wait already; try again in a moment.")
            self._waiting += 1
        try:
            with self._slots:
                return work()
        finally:
            with self._lock:
                self._waiting -= 1


def said(results: list) -> dict:
    """What the page shows of one run, or of two that are compared."""
    from opioidsim.web import figures

    first = results[0]
    return {
        "spec": figures.of_results(results),
        "answer": first.sentences(),
        "summary": first.summary(),
        "cautions": [caution.model_dump() for caution in first.cautions],
        "other": {"answer": results[1].sentences(), "summary": results[1].summary(),
                  "cautions": [caution.model_dump() for caution in results[1].cautions]} if len(results) > 1 else None,
    }  # fmt: skip


def file(results: list, name: str) -> bytes:
    """One of FILES. Of two scenarios everything shows both; tables say in their first column which."""
    import pandas as pd

    from opioidsim.show import page as report
    from opioidsim.show import theme
    from opioidsim.web import figures

    if name.endswith((".png", ".svg", ".html")):
        drawn = theme.svg(figures.chart(results))
        if name == "report.html":
            page = report.of_comparison(results, drawn) if len(results) > 1 else report.report(results[0], drawn)
            return page.encode()
        return theme.png(drawn) if name.endswith("png") else drawn.encode()
    tables = [result.table if name == "quantities.csv" else result.outcomes() for result in results]
    if len(tables) > 1:
        tables = [table.assign(scenario=which)[["scenario", *table.columns]] for which, table in zip(("first", "second"), tables, strict=True)]  # fmt: skip
    text = io.StringIO()
    pd.concat(tables).to_csv(text, index=False)
    return text.getvalue().encode()
