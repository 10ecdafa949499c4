"""What goes in comes out, whatever the form of the input: dose times share is area times clearance, for everyone side by side.

Boluses, infusions from a second to days, again before the last has ended, stages on the way in, lags, and what endless doses left.
"""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import drug, patch
from opioidsim.engine import inputs, parameters

FORMS = {  # (drug, route): amounts [mg]; whether it can run as an infusion
    ("naltrexone", "oral"): (1.0, 100.0, False), ("naltrexone", "iv"): (0.5, 20.0, True), ("fentanyl", "iv"): (0.01, 1.0, True),
    ("naloxone", "im"): (0.1, 5.0, False), ("naloxone", "nasal-spray"): (0.5, 8.0, False), ("remifentanil", "iv"): (0.01, 1.0, True),
    ("buprenorphine", "sublingual"): (1.0, 24.0, False), ("nalmefene", "nasal"): (0.5, 5.0, False),
    ("fentanyl", "transdermal"): (0.1, 7.0, True), ("buprenorphine", "transdermal"): (0.1, 3.0, True),
}  # fmt: skip
DEPOTS = {("naltrexone", "im-depot"): (100.0, 400.0, False), ("buprenorphine", "sc-weekly"): (8.0, 32.0, False), ("buprenorphine", "sc-monthly"): (64.0, 300.0, False)}  # fmt: skip
FEW = {key: form for key, form in FORMS.items() if key[0] in ("naltrexone", "naloxone")}


def people(count, rng, forms, steady_over=0.0):
    """Rows of an event table for so many people, each with a few random inputs, and what each is given by (drug, route) [mg].

    steady_over: every input is at steady state, and comes again for so many hours, so that each interval has the same area.
    """
    rows, given = [], []
    for person in range(count):
        mine: dict = {}
        for _ in range(1 if steady_over else rng.integers(1, 4)):
            name, route = key = list(forms)[rng.integers(len(forms))]
            low, high, runs = forms[key]
            amount = float(np.exp(rng.uniform(np.log(low), np.log(high))))
            over = (
                float(np.exp(rng.uniform(np.log(1 / 3600), np.log(60.0))))
                if runs and (rng.random() < 0.8 or patch.worn(*key))
                else 0.0
            )
            every = steady_over / float(rng.integers(1, 6)) if steady_over else float(rng.uniform(0.2, 30.0))
            times = round(steady_over / every) if steady_over else int(rng.integers(1, 6))
            at = 0.0 if steady_over else float(rng.uniform(0.0, 48.0)) * (rng.random() < 0.7)
            again = f"{every!r},{times - 1}" if steady_over or times > 1 else ".,."
            rows.append(f"{person},{at!r},{amount!r},{name},{route},{over!r},{again},{int(bool(steady_over))}")
            mine[key] = mine.get(key, 0.0) + counts(amount, *key) * times
        given.append(mine)
    return "ID,TIME,AMT,DRUG,ROUTE,DUR,II,ADDL,SS\n" + "\n".join(rows) + "\n", given


def counts(amount, name, route):
    """The milligrams that would arrive alike if the share were the same for every dose."""
    falls = drug.load(name).routes[route].falls
    if falls is None:
        return amount
    within = min(max(amount, falls.smallest.value), falls.largest.value)
    return amount * (within / falls.reference.value) ** falls.power.value


def cleared(values, name, route):
    """What a milligram by this route adds to the area of the drug in plasma [ng/mL h]: the share that arrives, over clearance."""
    plain, product = drug.load(name), drug.load(name).routes[route]
    where = f"{name}.routes.{route}.disposition" if product.disposition else f"{name}.disposition"
    held = plain.molar_mass.value / product.dose_is.molar_mass.value if product.dose_is.molar_mass else 1.0
    share = product.F.value if product.F else 1.0
    return held * share * 1000.0 / parameters.clearances(values, where)[0][0]


def areas(table, duration, path):
    path.write_text(table)
    outputs = [f"concentration.{name}" for name in sorted({row.split(",")[3] for row in table.split()[1:]})]
    found = ops.simulate(ops.Scenario(dosing=str(path), duration=duration, every=duration, outputs=outputs))
    values = inputs.read(found.scenario).values(range(1))
    return {name: found.exposures[name].area for name in outputs}, values


def wrong(table, given, found, values, exact):
    """The people of whom something is lost or won, with their rows: more than `exact` of what they got."""
    faults = []
    for person, mine in enumerate(given):
        for name in {key[0] for key in mine}:
            wanted = sum(amount * cleared(values, *key) for key, amount in mine.items() if key[0] == name)
            area = found[f"concentration.{name}"][person]
            if area != pytest.approx(wanted, rel=exact):
                faults += [(area / wanted, [row for row in table.splitlines() if row.startswith(f"{person},")])]
    return faults


@pytest.mark.parametrize(
    ("forms", "days", "seed"), [(FEW, 20, 1), *(pytest.param(FORMS, 60, n, marks=pytest.mark.long) for n in (2, 3, 4))]
)
def test_everything_that_goes_in_comes_out(forms, days, seed, tmp_path):
    table, given = people(16, np.random.default_rng(seed), forms)
    found, values = areas(table, f"{days} d", tmp_path / "doses.csv")
    assert wrong(table, given, found, values, 2e-4) == []


@pytest.mark.parametrize(("forms", "hours", "seed"), [(FEW, 48.0, 1), *(pytest.param(*each, n, marks=pytest.mark.long)
                         for each in ((FORMS, 120.0), (DEPOTS, 84.0 * 24)) for n in (2, 3))])  # fmt: skip
def test_at_steady_state_each_interval_has_the_area_of_its_dose(forms, hours, seed, tmp_path):
    """Also where an infusion outlasts its interval."""
    table, given = people(16, np.random.default_rng(100 + seed), forms, steady_over=hours)
    found, values = areas(table, f"{hours / 24:g} d", tmp_path / "doses.csv")
    assert wrong(table, given, found, values, 1e-3) == []
