"""The fixed job of shared/reference/course: 28 daily tablets, parent and metabolite competing, 20 people."""

import numpy as np
import pytest

from opioidsim.engine import clock, course

DOSE, MOLAR_MASS = 50.0, (341.4, 343.4)  # mg and g/mol of the job's own description


@pytest.fixture(scope="module")
def job(shared):
    path = shared / "reference" / "course" / "job_a_reference.npz"
    if not path.exists():
        pytest.skip(f"the reference of the fixed job is not here: {path}")
    return np.load(path, allow_pickle=False)


def body_of(p):
    """The job's equations with the two concentrations in nM as rows, so that the receptor reads them as they are.

    Rows: g [mg], C [nM], p [nM of V], M [nM].
    """
    people = len(p["ka"])
    to_parent, to_metabolite = (1e6 / mass / p[volume] for mass, volume in zip(MOLAR_MASS, ("V", "Vm"), strict=True))
    parent_out = p["CL"] / p["V"]
    a = np.zeros((1, 4, 4, people))
    a[0, 0, 0] = -p["ka"]
    a[0, 1, 0] = p["F"] * p["ka"] * to_parent
    a[0, 1, 1], a[0, 1, 2] = -parent_out - p["k12"], p["k21"]
    a[0, 2, 1], a[0, 2, 2] = p["k12"], -p["k21"]
    a[0, 3, 0] = (1 - p["F"]) * 0.5 * p["ka"] * to_metabolite
    a[0, 3, 1] = 0.4 * parent_out / to_parent * to_metabolite
    a[0, 3, 3] = -p["CLm"] / p["Vm"]
    entry = np.zeros((1, 1, 4, people))
    entry[0, 0, 0] = DOSE
    ones = np.ones((2, people))
    kon, koff = np.stack([p["kon"], p["kon2"]]), np.stack([p["koff"], p["koff2"]])
    return course.Body(a, entry, np.array([0, 0]), np.array([1, 3]), kon, koff, ones)


def test_the_course_lands_on_the_reference(job):
    p = dict(zip(job["param_names"].tolist(), job["params"].T, strict=True))
    body, doses, times = body_of(p), np.arange(0, 672, 24.0), job["t_h"]
    lowest, grid = clock.levelled(clock.grid(doses, times))
    events = course.Events(
        np.r_[0, np.ones(len(doses))][:, None] * np.ones(len(p["ka"])), np.zeros(len(doses) + 1, int)
    )
    states, _ = course.march(
        body, course.prepare(body, lowest, clock.LONGEST), course.start(body), events, grid, len(times)
    )
    occupancy = np.asarray(states.bound).sum(1).T
    concentration = np.asarray(states.x)[:, 0, 1].T * MOLAR_MASS[0] / 1e6
    assert job["occ"].shape == occupancy.shape
    assert np.abs(occupancy - job["occ"]).max() < 1e-5
    seen = job["conc_mg_per_L"] > 1e-9 * job["conc_mg_per_L"].max()
    assert np.abs(concentration[seen] / job["conc_mg_per_L"][seen] - 1).max() < 1e-9
