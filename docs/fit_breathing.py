"""Fits what opioids take of breathing to studies marked `build`: `python docs/fit_breathing.py` (some ten minutes).

Least squares over the rows below, each in units of an error of its own, each number drawn weakly to a prior on the logarithm
(PRIORS). All readings of a round are marched side by side, in two minutes. The spread of sensitivity is held: alone it moves
the two shares of arrests, and it came out where it is when it was open. Tolerance per stimulus is divided by what the reserve
is multiplied by, so that the same dose makes as tolerant. Prints value, prior, and the standard deviation that the curvature
leaves.
"""

import argparse
from functools import cache

import numpy as np
from scipy.optimize import least_squares

from opioidsim.calibration.open import everything
from opioidsim.cases.scenario import from_table
from opioidsim.engine.simulate import simulate
from opioidsim.studies import study, under

RESERVE, GAIN = "effects.breathing.reserve", "adaptation.shift_gain"
PRIORS = {  # value, standard deviation of the logarithm
    "breathing.opioid_threshold": (8.0, 0.8), RESERVE: (400.0, 0.6), "effects.breathing.steepness": (1.6, 0.25),
    "fentanyl.receptor.mu.K": (536.0, 0.35), "remifentanil.receptor.mu.K": (415.8, 0.3), "oxycodone.receptor.mu.K": (35410.0, 0.3),
    "carfentanil.receptor.mu.K": (56.3, 0.4), "buprenorphine.receptor.mu.breathing_efficacy": (0.0024, 0.15),
}  # fmt: skip
DAHAN = "dahan-1998: morphine 0.1 mg/kg and 0.03 mg/kg an hour, slope, over that before"
BOLUS, REMIFENTANIL = "fentanyl {} mcg iv", "remifentanil 0.325 mg iv over 2 h"  # 1 ng/mL
ROWS = {  # of the library: seen, error
    DAHAN: (0.82, 0.08),
    "sarton-1999: morphine 0.1 mg/kg and 0.03 mg/kg an hour, slope, over that before": (0.81, 0.09),
    "dahan-2004: morphine into a vein, effect site at a fall by 50 %": (45.0, 8.0),  # 32 nM of a site of 4.4 h
    "dahan-2005: 8.6 ug/kg into a vein, lowest ventilation, over that before": (0.5, 0.05),
    "van-der-schrier-2017: oxycodone 20 mg, ventilation at 55 mmHg, over that before": (0.557, 0.06),
    "van-lemmen-2026: fentanyl, then naloxone, ventilation before naloxone, over that at rest": (0.65, 0.06),
    "van-lemmen-2026: fentanyl, then naloxone, ventilation four minutes later, over that at rest": (1.0, 0.12),
    "van-lemmen-2026: fentanyl, then naloxone, arterial CO2 four minutes later, over that at rest": (1.08, 0.06),
    "van-lemmen-2026: fentanyl, then naloxone, arterial CO2 seventeen minutes later, over that at rest": (1.02, 0.025),
    "bailey-1990: fentanyl alone, hypoxaemia": (0.5, 0.15),
    "bailey-1990: fentanyl alone, apnoea": (0.0, 0.1),
    "bailey-1990: midazolam and fentanyl, hypoxaemia": (0.917, 0.1),
    "bailey-1990: midazolam and fentanyl, apnoea": (0.5, 0.15),
}  # fmt: skip
EPISODE = {"clock": "episode", "duration": "90 min", "every": "10 s"}
CENTRE, SPREAD = np.log([value for value, _ in PRIORS.values()]), np.array([sd for _, sd in PRIORS.values()])
STEP = 0.1  # of the logarithm on each side
PEOPLE = 300  # of each reading


def main() -> None:
    """Fits and prints."""
    asked = argparse.ArgumentParser(description="Fits what opioids take of breathing.")
    asked.add_argument("--rounds", type=int, default=6)
    under.CROWD = PEOPLE
    start = np.log([everything()[name].value for name in PRIORS])
    found = least_squares(
        lambda x: looked(*x)[1], start, lambda x: looked(*x)[2], x_scale=SPREAD, max_nfev=asked.parse_args().rounds
    )  # fmt: skip
    left = np.sqrt(np.diag(np.linalg.inv(found.jac.T @ found.jac)))
    for (name, (prior, sd)), value, still in zip(PRIORS.items(), np.exp(found.x), left, strict=True):
        print(f"{name} = {value:.4g}   prior {prior:g} ({sd:g}), left {still:.2f}")
    for row, errors in looked(*found.x)[0].items():
        print(f"{errors:6.2f} errors: {row}")


@cache
def looked(*x: float) -> tuple[dict[str, float], np.ndarray, np.ndarray]:
    """Errors by row; residuals, rows and then priors; and their slopes. x: logarithms of PRIORS' numbers."""
    sides = STEP * np.eye(len(x))
    told = off(np.vstack([x, x + sides, x - sides]))
    r = np.array(list(told.values()))
    slopes = (r[:, 1 : len(x) + 1] - r[:, len(x) + 1 :]) / (2.0 * STEP)
    residuals = np.append(r[:, 0], (np.array(x) - CENTRE) / SPREAD)
    print(f"sum of squares {np.sum(residuals**2):.1f} at", *(f"{np.exp(each):.4g}" for each in x), flush=True)
    return {row: each[0] for row, each in told.items()}, residuals, np.vstack([slopes, np.diag(1.0 / SPREAD)])


def off(x: np.ndarray) -> dict[str, np.ndarray]:
    """Of each row by how many of its errors these readings of PRIORS' numbers lie off, (readings,). x: logarithms, (readings, numbers)."""
    draws = dict(zip(PRIORS, np.exp(x).T, strict=True))
    draws[GAIN] = everything()[GAIN].value * everything()[RESERVE].value / draws[RESERVE]
    readings = under.Readings(draws)
    found = {row: readings.predicted(*_row(row)) for row in ROWS}
    told = {row: (found[row] - seen) / error for row, (seen, error) in ROWS.items()}
    told["dahan-1998, ventilation at 55 mmHg over slope"] = (
        readings.predicted(*_row("dahan-1998: the same, at 55 mmHg, ventilation, over that before")) / found[DAHAN]
        - 0.854
    ) / 0.06
    for what, value, seen, error in (*_boluses(draws), *_remifentanil(readings), *_arrests(readings)):
        told[what] = (value - seen) / error
    return told | {what: value / 0.35 for what, value in _carfentanil(draws)}


def _row(id: str):
    """Study, arm and observation of a row of the library, by its id."""
    name, _, rest = id.partition(": ")
    told = study.load(name)
    arm, seen = next(
        (arm, seen) for arm in told.arms for seen in arm.observations if f"{arm.name}, {seen.name}" == rest
    )
    return told, arm, seen


def _boluses(draws):
    """Fentanyl in volunteers (Algera 2020): lowest ventilation over that before; what is left of the effect after 90 minutes (Yassen 2007)."""
    for micrograms, seen, error in ((100, 0.6, 0.07), (200, 0.42, 0.09)):
        found = simulate(from_table(EPISODE | {"doses": [BOLUS.format(micrograms)]}), draws=draws).values["ventilation"]
        yield f"fentanyl {micrograms} mcg, lowest ventilation", found.min(1) / found[:, 0], seen, error
    yield "fentanyl 200 mcg, ventilation after 90 min", found[:, -1] / found[:, 0], 0.975, 0.02


def _remifentanil(readings):
    """1 ng/mL in volunteers (Nieuwenhuijs 2003): ventilation over that before at a held CO2 and at rest."""
    told, arm, seen = _row("dahan-2004: morphine into a vein, effect site at a fall by 50 %")
    seen = seen.model_copy(update={"quantity": "ventilation", "measure": "at 2 h relative to 0 h", "unit": ""})
    for where, co2, fraction in (("held", arm.end_tidal_co2, 0.423), ("at rest", None, 0.723)):
        given = arm.model_copy(update={"doses": (REMIFENTANIL,), "end_tidal_co2": co2, "name": where})
        yield f"remifentanil, {where}", readings.predicted(told, given, seen), fraction, 0.05


def _arrests(readings):
    """The two published shares without treatment (Mann 2022), by the receptor of people."""
    told = study.load("mann-2022-people")
    unhelped, (seen,) = told.arms[0].model_copy(update={"rescue": None}), told.arms[0].observations
    for milligrams, fraction, error in ((1.625, 0.521, 0.02), (2.965, 0.778, 0.018)):
        given = unhelped.model_copy(update={"doses": (f"fentanyl {milligrams} mg iv",)})
        yield f"fentanyl {milligrams} mg, untreated arrests", readings.predicted(told, given, seen), fraction, error


def _carfentanil(draws):
    """The published typical courses of the chronic user (Mann 2022): the logarithm of here over there."""
    for milligrams in (0.012, 0.02187):
        given = EPISODE | {
            "duration": "30 min",
            "doses": [f"carfentanil {milligrams} mg iv"],
            "person": {"tolerance": "chronic"},
        }
        here, there = (
            simulate(from_table(given), draws=draws).ends,
            simulate(from_table(given | {"readings": "mann-2022"})).ends,
        )
        for what in ("low_oxygen_s", "lowest_arterial_o2"):
            yield f"carfentanil {milligrams} mg, {what}", np.log(np.nan_to_num(here[what], nan=1800.0) / there[what][0])


if __name__ == "__main__":
    main()
