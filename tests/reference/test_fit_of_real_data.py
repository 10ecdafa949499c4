"""Fits of real data beside a maximum-likelihood program: R's nlme 3.1, additive error, log-normal spreads, the same parameters."""

import csv

import numpy as np
import pytest
import tomli_w

import opioidsim as ops

# estimates with their standard errors; spreads; log-likelihood in mg/L
THEOPHYLLINE = {"ke": (-2.455, 0.052), "ka": (0.466, 0.199), "CL": (-3.227, 0.060)}
THEOPHYLLINE_SPREADS, THEOPHYLLINE_ERROR, THEOPHYLLINE_LOG_LIKELIHOOD = {"CL": 0.167, "ka": 0.644}, 0.709, -177.02
INDOMETHACIN = {"A1": (2.828, 0.264), "rate 1": (0.773, 0.110), "A2": (0.461, 0.113), "rate 2": (-1.345, 0.231)}
INDOMETHACIN_SPREADS, INDOMETHACIN_ERROR = {"A1": 0.571 / 2.828, "rate 1": 0.158, "A2": 0.112 / 0.461}, 0.0815
MG_PER_L = 1000.0  # ng/mL


def guess(value, unit="", **more):
    return {"value": value, "unit": unit, "basis": "assumed", "note": "Where the search begins."} | more


def drug(name, mass, disposition, route, **more):
    there = {"about": "as given", "dose_is": {"name": name, "why": "As given."}}
    head = {"name": name, "role": "non-opioid", "about": f"{name}: kinetics alone.", "molar_mass": guess(mass, "g/mol")}
    return head | {"disposition": disposition, "routes": {route: there | more.pop("facts", {})}} | more


def same_at_every_weight(*facts):
    return [{"on": f"disposition.{fact}", "of": "weight", "reference": 70, "exponent": guess(0.0)} for fact in facts]


@pytest.fixture(scope="module")
def folder(shared, tmp_path_factory):
    """A library with both drugs, in use, and their data as event tables."""
    data = shared / "data" / "pk"
    if not data.exists():
        pytest.skip(f"the concentration data are not in {data}")
    made = tmp_path_factory.mktemp("fits")
    (made / "drugs").mkdir()
    theophylline = drug(
        "theophylline", 180.16, {"CL_per_kg": guess(0.05, "L/h/kg", spread=0.3), "half_life": guess(6.0, "h")}, "oral",
        facts={"ka": guess(1.0, "1/h", spread=0.5)}, covariates=same_at_every_weight("CL_per_kg", "half_life"),
    )  # fmt: skip
    exponentials = {
        "A": guess(0.1, "1/L", spread=0.3),
        "alpha": guess(3.0, "1/h", spread=0.3),
        "B": guess(0.02, "1/L", spread=0.3),
        "beta": guess(0.3, "1/h"),
    }
    for each in (theophylline, drug("indomethacin", 357.8, exponentials, "iv")):
        (made / "drugs" / f"{each['name']}.toml").write_text(tomli_w.dumps(each))
    with (data / "theophylline.csv").open() as file:
        rows = [(r["Subject"], r["Time"], r["conc"], r["Dose"], r["Wt"]) for r in csv.DictReader(file)]
    (made / "theophylline.csv").write_text(_events(rows, "theophylline", "oral", "mg/kg"))
    with (data / "indomethacin.csv").open() as file:
        rows = [(r["Subject"], r["time"], r["conc"], "25", "70") for r in csv.DictReader(file)]
    (made / "indomethacin.csv").write_text(_events(rows, "indomethacin", "iv", "mg"))
    with ops.Library(made):
        yield made


def _events(rows, drug, route, unit):
    """An event table: a dose at 0 for each subject, then what was seen."""
    lines, seen = ["ID,TIME,AMT,UNIT,DRUG,ROUTE,WT,DV [mg/L],MDV"], set()
    for who, time, level, dose, weight in rows:
        if who not in seen:
            lines.append(f"{who},0,{dose},{unit},{drug},{route},{weight},.,1")
            seen.add(who)
        lines.append(f"{who},{time},.,.,.,.,{weight},{level},0")
    return "\n".join(lines) + "\n"


def _theophylline(answer):
    """ke, ka and CL as logarithms with their standard errors; the spreads, the error [mg/L]: what is told first."""
    assert [column.name for column in answer.columns[:3]] == ["parameter", "likeliest", "standard_error"]
    cl, half, ka, error = answer.rows()
    rows = {"ke": half, "ka": ka, "CL": cl}
    typical = {name: np.log(row["likeliest"]) for name, row in rows.items()}
    typical["ke"] = np.log(np.log(2.0)) - typical["ke"]
    errors = {name: row["standard_error"] / row["likeliest"] for name, row in rows.items()}
    return typical, errors, {"CL": cl["omega_likeliest"], "ka": ka["omega_likeliest"]}, error["likeliest"] / MG_PER_L


def test_theophylline(folder):
    answer = ops.fit(str(folder / "theophylline.csv"), error="additive", prior="wide", method="laplace")
    typical, errors, spreads, error = _theophylline(answer)
    for name, (estimate, standard_error) in THEOPHYLLINE.items():
        assert abs(typical[name] - estimate) < standard_error / 10, name
        assert errors[name] == pytest.approx(standard_error, rel=0.1), name
    assert spreads == pytest.approx(THEOPHYLLINE_SPREADS, rel=0.1)
    assert error == pytest.approx(THEOPHYLLINE_ERROR, rel=0.02)
    log_likelihood = answer.found.log_likelihood + 132 * np.log(MG_PER_L)
    assert log_likelihood == pytest.approx(THEOPHYLLINE_LOG_LIKELIHOOD, abs=0.2)
    assert np.nanstd(answer.checks.npde) == pytest.approx(1.0, abs=0.15)


@pytest.mark.long
def test_indomethacin(folder):
    answer = ops.fit(str(folder / "indomethacin.csv"), error="additive", prior="wide", method="laplace")
    a1, rate1, a2, rate2, error = answer.rows()
    best = {
        "A1": 25 * a1["likeliest"],
        "rate 1": np.log(rate1["likeliest"]),
        "A2": 25 * a2["likeliest"],
        "rate 2": np.log(rate2["likeliest"]),
    }
    for name, (estimate, standard_error) in INDOMETHACIN.items():
        assert abs(best[name] - estimate) < standard_error, name
    spreads = {name: row["omega_likeliest"] for name, row in (("A1", a1), ("rate 1", rate1), ("A2", a2))}
    for name, spread in INDOMETHACIN_SPREADS.items():
        assert abs(spreads[name] - spread) < spread / np.sqrt(2 * 5), name  # a standard error, of six people
    assert error["likeliest"] / MG_PER_L == pytest.approx(INDOMETHACIN_ERROR, rel=0.05)


@pytest.mark.long
def test_theophylline_drawn(folder):
    answer = ops.fit(str(folder / "theophylline.csv"), error="additive", prior="wide")
    cl, half, ka, error = answer.rows()
    typical = {"ke": np.log(np.log(2.0) / half["value"]), "ka": np.log(ka["value"]), "CL": np.log(cl["value"])}
    for name, (estimate, standard_error) in THEOPHYLLINE.items():
        assert abs(typical[name] - estimate) < standard_error, name
    for name, spread in THEOPHYLLINE_SPREADS.items():
        assert abs({"CL": cl, "ka": ka}[name]["omega"] - spread) < spread / np.sqrt(2 * 11), name
    assert error["value"] / MG_PER_L == pytest.approx(THEOPHYLLINE_ERROR, rel=0.05)
    assert answer.draws.r_hat < 1.02 and not answer.draws.diverging
