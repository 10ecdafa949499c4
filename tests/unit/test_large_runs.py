"""A crowd whose curves do not fit into memory: they go to parts, and the answer is of everyone all the same."""

import numpy as np
import pandas as pd
import pytest

import opioidsim as ops
from opioidsim.engine import inputs, store
from opioidsim.refusal import Refusal

COURSE = {
    "doses": ["naltrexone 50 mg oral"],
    "duration": "12 h",
    "every": "1 h",
    "outputs": ["concentration.naltrexone"],
}
EPISODE = {"clock": "episode", "doses": ["fentanyl 1.625 mg iv"], "duration": "4 min", "every": "20 s",
           "outputs": ["ventilation", "arterial_o2", "cardiac_arrest"]}  # fmt: skip
CROWD = {"population": {"n": 150, "seed": 3}}


def table_of_doses(folder):
    """An event table in which each of 150 people has a tablet of their own, at a time of their own."""
    rows = [f"{who},{who % 7 / 4},{40 + who % 5 * 10},mg,oral,naltrexone" for who in range(150)]
    (folder / "doses.csv").write_text("\n".join(["ID,TIME,AMT,UNIT,ROUTE,DRUG", *rows]) + "\n")
    return {"dosing": str(folder / "doses.csv"), "duration": "12 h", "every": "1 h",
            "outputs": ["concentration.naltrexone", "withdrawal"]}  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["course", *(pytest.param(kind, marks=pytest.mark.long) for kind in ("episode", "event table"))]
)
def test_a_run_that_does_not_fit_goes_to_parts_and_its_outcomes_are_everyones(kind, tmp_path, monkeypatch):
    scenario = {"course": COURSE | CROWD, "episode": EPISODE | CROWD}.get(kind) or table_of_doses(tmp_path)
    whole = ops.run(scenario)
    monkeypatch.setattr(inputs, "MOST_NUMBERS", 20 * len(whole.times) * len(whole.values))
    monkeypatch.setattr(inputs, "FIRST", 20)
    with pytest.raises(Refusal, match="at most .* fit. Ask for fewer, or keep them with --out"):
        ops.run(scenario)
    found = ops.run(scenario, work=ops.Work(keep=tmp_path / "parts"))
    assert (found.people, found.held, whole.held) == (150, 20, 150)
    kept = [store.read_part(path) for path in sorted((tmp_path / "parts" / "list-00").glob("part-*"))]
    for name, values in whole.values.items():
        assert np.array_equal(found.values[name], values[:20])
        assert np.array_equal(np.concatenate([part[name] for part in kept], -1)[:, :150].T, values)
        for mine, all_of_it in zip(found.exposures[name], whole.exposures[name], strict=True):
            assert mine == pytest.approx(all_of_it, rel=1e-9, nan_ok=True), name
    pd.testing.assert_frame_equal(found.outcomes(), whole.outcomes(), rtol=1e-9, atol=0.0)
    assert found.sentences()[0] == whole.sentences()[0]
    assert any("the first 20 of 150 people" in said for said in found.sentences())
    files = {path.name for path in found.save(tmp_path / "files")}
    assert {"times.csv", "quantities.csv", "outcomes.csv"} <= files
    assert len(pd.read_csv(tmp_path / "files" / "quantities.csv")) == 20 * 13
    assert len(pd.read_csv(tmp_path / "files" / "times.csv")) == len(found.times)
