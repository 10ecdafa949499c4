"""Runs of scenarios; the newest results are kept, so that a dose that moves, or a download, computes nothing anew."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING

from opioidsim.cases.scenario import Scenario
from opioidsim.web.bodies import RunBody
from opioidsim.web.memory import give_back, is_full
from opioidsim.web.runtime import load
from opioidsim.web.work import Busy

if TYPE_CHECKING:
    from opioidsim.questions.run.simulated import Run

AT_ONCE, MOST_WAITING, MOST_KEPT = 2, 64, 8
MOST_BYTES = 48_000_000  # of the curves of all that are kept but the newest: a crowd of 200 has 13 MB
CROWD = 100  # people whose arrays are worth giving back at once


class Runs:
    """The runs of one server: a few at once, the rest in line."""

    def __init__(self):
        self._slots, self._lock = BoundedSemaphore(AT_ONCE), Lock()
        self._waiting = 0
        self._kept: OrderedDict[str, Run] = OrderedDict()

    def of(self, body: RunBody) -> "Run":
        """The answer to a request: a run, with those beside it and the points on its figure."""
        load()
        from opioidsim.questions import questions
        from opioidsim.questions.run.simulated import fitting, laid

        scenarios, beside = body.scenarios(), body.beside
        fitting(scenarios, body.view, body.points())
        with TemporaryDirectory() as folder:
            if body.own:
                beside = [*beside, str(Path(folder) / body.own.name)]
                Path(beside[-1]).write_text(body.own.text, encoding="utf-8")
            points = laid(scenarios[0], beside)
        first, *others = map(self._one, scenarios)
        question = questions()["run"]
        given = {"scenario": scenarios[0], "against": scenarios[1:], "view": body.view, "beside": body.points()}
        asked = {"question": "run"} | question.data(question.read(given))
        return replace(first, against=tuple(others), view=body.view, beside=points, asked=asked)

    def _one(self, scenario: Scenario) -> "Run":
        key = scenario.toml()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        return self._in_line(lambda: self._run(key, scenario))

    def _run(self, key: str, scenario: Scenario) -> "Run":
        load()
        from opioidsim.questions.run import simulate

        result = simulate(scenario)
        with self._lock:
            self._kept[key] = result
            while len(self._kept) > MOST_KEPT or sum(map(_bytes, self._kept.values())) > MOST_BYTES + _bytes(result):
                self._kept.popitem(last=False)
        if scenario.people() > CROWD or is_full():
            give_back()
        return result

    def _in_line(self, work: Callable) -> "Run":
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


def _bytes(run: "Run") -> int:
    return sum(each.nbytes for each in run.values.values())


def said(run: "Run") -> dict:
    """What the page shows of a run, with those beside it."""
    from opioidsim.web import figures
    from opioidsim.web.questions import changed

    header, cells = run.cells()
    return {
        "spec": figures.of_run(run),
        "answer": [*run.sentences(), *changed(run.facts)],
        "summary": run.rows(),
        "table": {"header": header, "cells": cells},
        "cautions": [caution.model_dump() for caution in run.cautions],
    }
