"""A crowd whose curves do not fit into memory: they go to parts, and the answer is of everyone all the same."""

import numpy as np
import pandas as pd
import pytest

import opioidsim as ops
from opioidsim.engine import inputs, store
from opioidsim.refusal import Refusal

CROWD = {"doses": ["naltrexone 50 mg oral"], "duration": "12 h", "every": "1 h", "outputs": ["concentration.naltrexone"],
         "population": {"n": 150, "seed": 3}}  # fmt: skip


def test_a_run_that_does_not_fit_goes_to_parts_and_its_outcomes_are_everyones(tmp_path, monkeypatch):
    whole = ops.run(CROWD)
    monkeypatch.setattr(inputs, "MOST_NUMBERS", 1000)
    monkeypatch.setattr(inputs, "FIRST", 20)
    with pytest.raises(Refusal, match="at most 1e.03 fit. Ask for fewer, or keep a course with --out"):
        ops.run(CROWD)
    found = ops.run(CROWD, work=ops.Work(keep=tmp_path / "parts"))
    assert (found.people, found.held, whole.held) == (150, 20, 150)
    assert np.array_equal(found.values["concentration.naltrexone"], whole.values["concentration.naltrexone"][:20])
    other = whole.outcomes()
    assert len(found.outcomes()) == 150
    for name in other:
        assert found.outcomes()[name].to_numpy() == pytest.approx(other[name].to_numpy(), rel=1e-9, nan_ok=True), name
    assert any("the first 20 of 150 people" in said for said in found.sentences())
    kept = [store.read_part(path) for path in sorted((tmp_path / "parts" / "list-00").glob("part-*"))]
    values = np.concatenate([part["concentration.naltrexone"] for part in kept], -1)[:, :150].T
    assert np.array_equal(values, whole.values["concentration.naltrexone"])
    files = {path.name for path in found.save(tmp_path / "files")}
    assert {"times.csv", "quantities.csv", "outcomes.csv"} <= files
    assert len(pd.read_csv(tmp_path / "files" / "quantities.csv")) == 20 * 13
    assert len(pd.read_csv(tmp_path / "files" / "times.csv")) == values.shape[1]
