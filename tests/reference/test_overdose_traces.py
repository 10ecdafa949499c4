"""The typical patient, second by second, against the curves and outcomes of the published program (Mann 2022, Strauss 2024)."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from physiology import READING

from opioidsim.cases.scenario import from_table
from opioidsim.engine.simulate import simulate

SHORT = "20 min"  # every collapse has come, and every heart has stopped, by then
NALOXONE = {"EVZIO": "naloxone {} mg im-autoinjector", "Generic": "naloxone {} mg im", "IN4": "naloxone {} mg nasal"}
SPRAY = {"EVZIO": 2, "Generic": 2, "IN4": 4}
LENGTH = {"IN4": "75 min", "IV": "75 min"}  # else 90 min
CURVES = {  # ours: (theirs, how near)
    "ventilation": ("minute_ventilation_l_min", 0.05),
    "arterial_o2": ("arterial_o2_mmhg", 0.15),
    "arterial_co2": ("arterial_co2_mmhg", 0.15),
    "brain_o2": ("brain_o2_mmhg", 0.3),
    "blood_flow": ("total_blood_flow_l_min", 0.02),
    "occupancy.{opioid}": ("opioid_bound_fraction", 1e-3),
    "occupancy.naloxone": ("naloxone_bound_fraction", 1e-3),
}
FALLING = 0.05  # L/min: blood flow once it falls; the program knows the onset to 0.1 s, in which flow falls by 0.03
IN_PLASMA = {"concentration.{opioid}": "opioid_plasma_ng_ml", "concentration.naloxone": "naloxone_plasma_ng_ml"}
SHARE_OF_PEAK = 0.005
STEP = 1.0  # s: the first step after the onset still shows the flow before it
SECONDS = 1.0
TIMES = {
    "low_oxygen_s": "t_arterial_o2_le15_s",
    "collapse_s": "collapse_onset_s",
    "flow_arrest_s": "t_flow_le4_s",
    "flow_stop_s": "t_flow_le0.01_s",
}

FILES = [
    "EVZIO_carfentanil_0.012mg_chronic",
    "EVZIO_carfentanil_0.012mg_naive",
    "EVZIO_carfentanil_0.02187mg_chronic",
    "EVZIO_fentanyl_1.625mg_chronic",
    "EVZIO_fentanyl_1.625mg_naive",
    "EVZIO_fentanyl_2.965mg_chronic",
    "EVZIO_fentanyl_2.965mg_naive",
    "Generic_carfentanil_0.012mg_naive",
    "Generic_carfentanil_0.02187mg_chronic",
    "Generic_carfentanil_0.02187mg_naive",
    "Generic_fentanyl_1.625mg_chronic",
    "Generic_fentanyl_1.625mg_naive",
    "Generic_fentanyl_2.965mg_naive",
    "IN4_carfentanil_0.02187mg_chronic",
    "IN4_fentanyl_1.625mg_chronic",
    "IN4_fentanyl_2.965mg_chronic",
]
A_FEW = [
    ("EVZIO_fentanyl_2.965mg_chronic", "0"),
    ("EVZIO_fentanyl_2.965mg_chronic", "1"),
    ("EVZIO_fentanyl_1.625mg_naive", "2"),
    ("Generic_carfentanil_0.02187mg_chronic", "1"),
    ("Generic_carfentanil_0.02187mg_naive", "2_at_once"),
    ("IN4_fentanyl_2.965mg_chronic", "4_standard"),
    ("IN4_fentanyl_2.965mg_chronic", "4_rapid"),
]
A_FEW_INFUSED = [("fentanyl", 2.965, "0.04+0.5+2"), ("fentanyl", 1.625, "2mg")]


@pytest.fixture(scope="session")
def traces(shared):
    folder = shared / "reference" / "overdose" / "traces"
    if not folder.exists():
        pytest.skip(f"the reference traces are not here: {folder}")
    return folder


@pytest.fixture(scope="session")
def outcomes(traces):
    both = [
        pd.read_csv(traces / f"typical_outcomes{end}.csv", dtype={"naloxone_case": str})
        for end in ("", "_intranasal_iv")
    ]
    return pd.concat([both[0], both[1].rename(columns={"product": "formulation"})])


def rescue_of(product, case):
    """The rule of rescue that a naloxone case of the program is: "2", "4_rapid", "2_at_once_twice"."""
    count = int(case[0])
    if "at_once" in case or "rapid" in case:
        pairs = 2 if "twice" in case or case == "4_rapid" else 1
        return {"drug": NALOXONE[product].format(2 * SPRAY[product]), "doses": pairs}
    return {"drug": NALOXONE[product].format(SPRAY[product]), "doses": count}


@cache
def played(product, opioid, milligrams, patient, case, duration):
    return simulate(
        from_table(
            {
                "clock": "episode",
                "readings": READING,
                "duration": duration,
                "doses": [f"{opioid} {milligrams} mg iv"],
                "person": {"tolerance": patient},
                "rescue": rescue_of(product, case),
                "second_look": product == "IN4",
            }
        )
    )


def end(result, name):
    return float(result.ends[name][0])


def near_in_time(ours, theirs, within=SECONDS):
    """Both happened at the same time, or neither did."""
    return (np.isnan(ours) and np.isnan(theirs)) or abs(ours - theirs) <= within


def differences(result, opioid, file):
    """Largest difference of each quantity before collapse; of flow also after it. Of drug in plasma, as a share of its peak."""
    file = file[file.time_s <= result.time[-1] * 3600.0 + 0.5]
    collapse = end(result, "collapse_s")
    before = ~(file.time_s.to_numpy() >= collapse)
    found = {}
    for ours, (theirs, _) in CURVES.items():
        apart = np.abs(result[ours.format(opioid=opioid)] - file[theirs].to_numpy())
        found[ours] = apart[before].max()
        if ours == "blood_flow":
            found["falling"] = apart[before | (file.time_s.to_numpy() > collapse + STEP)].max()
    for ours, theirs in IN_PLASMA.items():
        theirs = file[theirs].to_numpy()
        apart = np.abs(result[ours.format(opioid=opioid)] - theirs)[before]
        found[ours] = apart.max() / max(theirs.max(), 1e-9)
    return found


def agrees_with_the_trace(traces, name, case, duration):
    product, opioid, dose, patient = name.split("_")
    file = pd.read_csv(traces / f"{name}.csv", dtype={"naloxone_case": str})
    result = played(product, opioid, float(dose.removesuffix("mg")), patient, case, duration)
    found = differences(result, opioid, file[file.naloxone_case == case])
    near = {ours: within for ours, (_, within) in CURVES.items()}
    near |= dict.fromkeys(IN_PLASMA, SHARE_OF_PEAK) | {"falling": FALLING}
    assert {key: value for key, value in found.items() if not value <= near[key]} == {}


def agrees_with_the_outcome(row, duration):
    result = played(row.formulation, row.opioid, row.opioid_dose_mg, row.patient, row.naloxone_case, duration)
    assert ("yes" if end(result, "cardiac_arrest") else "no") == row.cardiac_arrest
    assert near_in_time(end(result, "trigger_s"), row.t_trigger_s)
    for ours, theirs in TIMES.items():
        if row.formulation in ("EVZIO", "Generic") or theirs in ("t_arterial_o2_le15_s", "t_flow_le0.01_s"):
            assert near_in_time(end(result, ours), row[theirs]), theirs
    if row.cardiac_arrest == "no":
        span = row.rescue_time_s if row.formulation in ("EVZIO", "Generic") else row["span_brain_o2_le20_s"]
        assert end(result, "rescue_time_s") == pytest.approx(span, abs=SECONDS)
        assert end(result, "lowest_arterial_o2") == pytest.approx(row.min_arterial_o2_mmhg, abs=0.15)


def of_file(outcomes, name):
    product, opioid, dose, patient = name.split("_")
    return outcomes[
        (outcomes.formulation == product)
        & (outcomes.opioid == opioid)
        & (outcomes.opioid_dose_mg == float(dose.removesuffix("mg")))
        & (outcomes.patient == patient)
    ]


@pytest.mark.parametrize(
    ("name", "case"), [pytest.param(*each, marks=[pytest.mark.long] * (each[1] == "4_rapid")) for each in A_FEW]
)
def test_the_first_minutes_run_like_the_published_program(traces, outcomes, name, case):
    agrees_with_the_trace(traces, name, case, SHORT)
    (row,) = [row for _, row in of_file(outcomes, name).iterrows() if row.naloxone_case == case]
    agrees_with_the_outcome(row, SHORT)


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_every_trace_runs_like_the_published_program(traces, name):
    length = LENGTH.get(name.split("_")[0], "90 min")
    for case in pd.read_csv(traces / f"{name}.csv", dtype={"naloxone_case": str}).naloxone_case.unique():
        agrees_with_the_trace(traces, name, case, length)


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_every_outcome_is_that_of_the_published_program(outcomes, name):
    for _, row in of_file(outcomes, name).iterrows():
        agrees_with_the_outcome(row, LENGTH.get(row.formulation, "90 min"))


def infused(row, duration):
    """Naloxone into a vein as the program gives it: each dose in 101 hundredths, over 10 s; 150 s apart."""
    given = (
        [] if row.naloxone_case == "0" else [float(part.removesuffix("mg")) for part in row.naloxone_case.split("+")]
    )
    given += [1e-9] * (6 - len(given))  # so that every row shares one compiled march
    first = 0.0 if row.naloxone_case == "0" else row.t_naloxone_s
    doses = [f"naloxone {1.01 * mg!r} mg iv over 10 s at {first + 150 * k!r} s" for k, mg in enumerate(given)]
    return simulate(
        from_table(
            {
                "clock": "episode",
                "readings": READING,
                "duration": duration,
                "doses": [f"{row.opioid} {row.opioid_dose_mg} mg iv", *doses],
                "person": {"tolerance": row.patient},
                "second_look": True,
            }
        )
    )


def agrees_when_infused(row, duration):
    result = infused(row, duration)
    assert ("yes" if end(result, "cardiac_arrest") else "no") == row.cardiac_arrest
    for ours in ("low_oxygen_s", "flow_stop_s"):
        assert near_in_time(end(result, ours), row[TIMES[ours]]), ours
    plasma = result["concentration.naloxone"].max()
    assert plasma <= 1.01 * row.max_naloxone_plasma_ng_ml + 1e-6  # ours is seen each 10 s, theirs each 0.1 s
    if row.cardiac_arrest == "no":
        assert end(result, "rescue_time_s") == pytest.approx(row.span_brain_o2_le20_s, abs=SECONDS)
        assert end(result, "lowest_arterial_o2") == pytest.approx(row.min_arterial_o2_mmhg, abs=0.15)


def into_a_vein(outcomes, opioid, milligrams):
    return outcomes[
        outcomes.formulation.str.startswith("IV")
        & (outcomes.opioid == opioid)
        & (outcomes.opioid_dose_mg == milligrams)
    ]


@pytest.mark.parametrize(("opioid", "milligrams", "case"), A_FEW_INFUSED)
def test_naloxone_into_a_vein_does_what_the_published_program_says(outcomes, opioid, milligrams, case):
    rows = into_a_vein(outcomes, opioid, milligrams)
    (row,) = [row for _, row in rows.iterrows() if row.naloxone_case == case]
    agrees_when_infused(row, "25 min")


@pytest.mark.long
@pytest.mark.parametrize("milligrams", [1.625, 2.965, 0.012, 0.02187])
def test_every_dose_into_a_vein_does_what_the_published_program_says(outcomes, milligrams):
    opioid = "fentanyl" if milligrams > 1 else "carfentanil"
    for _, row in into_a_vein(outcomes, opioid, milligrams).iterrows():
        agrees_when_infused(row, "75 min")
