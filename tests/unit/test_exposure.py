"""Peak, its time, trough, end and area of a curve: what they are does not depend on how often it is shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import opioidsim as ops
from opioidsim.cases import drug
from opioidsim.engine import course_arrays, exposure, inputs, parameters

PRODUCTS = [
    (name, route) for name in drug.names() for route in drug.load(name).routes if not drug.load(name).disposition.Vmax
]
AMOUNT = {"im-depot": "380 mg", "implant": "1.7 g", "sc-depot": "300 mg", "transdermal": "20 mcg/h"}


def _ran(doses, duration, every, outputs, **more):
    return ops.simulate(ops.Scenario(doses=doses, duration=duration, every=every, outputs=outputs, **more))


FIRST = list({name: (name, route) for name, route in reversed(PRODUCTS)}.values())  # the first route of each drug


@pytest.mark.parametrize(
    ("name", "route"), [pytest.param(*each, marks=[pytest.mark.long] * (each not in FIRST)) for each in PRODUCTS]
)
def test_the_area_is_dose_times_share_over_clearance(name, route):
    """Over a very long time, for what arrives under the drug's own name, or as its forms; whatever the output spacing."""
    plain, product = drug.load(name), drug.load(name).routes[route]
    constant = {f"{form}.induction.rise": "0" for form in plain.mixture}  # a clearance that rises has no such law
    outputs = [f"concentration.{name}"]
    found = _ran([f"{name} {AMOUNT.get(route, '1 mg')} {route}"], "4000 d", "1000 d", outputs, change=constant)
    values = inputs.read(found.scenario).values(range(1))
    prefix = f"{name}.routes.{route}.disposition" if product.disposition else f"{name}.disposition"
    arrives = {prefix: product.F.value if product.F else 1.0}
    arrives |= {f"{form}.disposition": product.presystemic[form].value for form in plain.mixture}
    cleared = sum(share / parameters.clearances(values, where)[0][0] for where, share in arrives.items())
    milligrams = course_arrays.counted(values, name, route, found.scenario.doses[0].milligrams())
    held = plain.molar_mass.value / product.dose_is.molar_mass.value if product.dose_is.molar_mass else 1.0
    area = found.exposures[f"concentration.{name}"].area[0]
    exact = 1e-3 if plain.mixture else 1e-6  # the area of a curve, not of the linear equations
    assert area == pytest.approx(milligrams * held * 1000.0 * cleared, rel=exact, abs=1e-12)


def test_known_areas_and_peaks():
    """Two numbers worked out apart from the program, from the library's constants by matrix exponentials."""
    tablet = _ran(["naltrexone 50 mg oral"], "20 d", "6 h", ["concentration.naltrexone"]).outcomes()
    assert tablet["concentration.naltrexone area"].item() == pytest.approx(27.61, abs=0.005)
    bolus = _ran(["fentanyl 0.1 mg iv"], "24 h", "1 h", ["concentration.fentanyl"]).outcomes()
    assert bolus["concentration.fentanyl peak"].item() == pytest.approx(9.434, abs=0.005)
    assert bolus["concentration.fentanyl time of peak h"].item() == 0.0


REGIMENS = (
    ["naltrexone 50 mg oral every 24 h x 3"],
    ["naltrexone 380 mg im-depot", "heroin 25 mg iv at 50 h"],
    ["buprenorphine 8 mg sublingual every 12 h x 4"],
    ["fentanyl 100 mcg iv over 20 min at 0.1 h", "naloxone 2 mg im at 1.3 h"],
    ["morphine 10 mg iv over 90 h"],  # the course ends before the infusion does
    ["methadone 40 mg oral at 1 h", "hydromorphone 4 mg sc at 1 h"],
    ["oxycodone 20 mg oral at 72 h"],  # at the last moment
)


SPACINGS = [
    pytest.param(each, marks=[pytest.mark.long] * (each not in ("7 min", "3 d")))
    for each in ("5 min", "7 min", "1 h", "5 h", "1 d", "3 d")
]


@pytest.mark.parametrize("every", SPACINGS)
@pytest.mark.parametrize(
    "doses", [pytest.param(REGIMENS[i], marks=[pytest.mark.long] * (i not in (3, 4))) for i in range(len(REGIMENS))]
)
def test_any_output_spacing_gives_the_same(doses, every):
    found, finest = (_ran(doses, "3 d", spacing, []).exposures for spacing in (every, "13 min"))
    for name, seen in found.items():
        np.testing.assert_allclose(seen.area, finest[name].area, rtol=1e-9, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(seen.peak, finest[name].peak, rtol=1e-9, atol=1e-12, err_msg=name)
        np.testing.assert_allclose(seen.time_of_peak, finest[name].time_of_peak, rtol=1e-6, atol=1e-9, err_msg=name)
        np.testing.assert_allclose(seen.trough, finest[name].trough, rtol=1e-6, atol=1e-12, err_msg=name)


# Tablets again and again, a depot with a bolus, and the infusion that outlasts the course; the others are like these.
@pytest.mark.parametrize(
    "doses", [pytest.param(d, marks=[pytest.mark.long] * (n not in (0, 1, 4)), id=d[0]) for n, d in enumerate(REGIMENS)]
)
def test_it_is_what_a_fine_curve_shows(doses):
    found = _ran(doses, "3 d", "1 min", [])
    for name, seen in found.exposures.items():
        curve = found.values[name][0]
        high = max(curve.max(), 1e-12)
        high_off = 4e-3 if name == "withdrawal" else 2e-3  # it still rises at the end, and is looked at each hour
        assert seen.peak[0] >= curve.max() * (1 - high_off) - 1e-12, name
        assert seen.end[0] == pytest.approx(curve[-1], rel=1e-6, abs=1e-9 * high), name
        fine = np.trapezoid(curve, found.times)
        if "iv" not in " ".join(doses):  # a minute is too coarse for what follows a bolus
            assert seen.peak[0] == pytest.approx(curve.max(), rel=high_off), name
            near = (
                5e-3 if name == "withdrawal" else 1e-3
            )  # it moves in minutes, and is looked at each hour between doses
            assert seen.area[0] == pytest.approx(fine, rel=near, abs=1e-9), name


def test_a_peak_after_a_bolus_is_right_after_it(run):
    found = run("heroin 25 mg iv at 2 h", duration="6 h", every="3 h").exposures["concentration.heroin"]
    assert found.time_of_peak[0] == pytest.approx(2.0, abs=1e-7)
    assert found.trough[0] == 0.0


def test_a_crowd_has_the_exposures_of_its_people():
    crowd = _ran(["naltrexone 50 mg oral"], "2 d", "1 d", [], population={"n": 5, "seed": 2})
    fine = _ran(["naltrexone 50 mg oral"], "2 d", "2 min", [], population={"n": 5, "seed": 2})
    for name, seen in crowd.exposures.items():
        np.testing.assert_allclose(seen.peak, fine.values[name].max(1), rtol=1e-3)
        np.testing.assert_allclose(seen.area, np.trapezoid(fine.values[name], fine.times, axis=1), rtol=1e-3)


@given(st.floats(0.1, 3.0), st.floats(0.01, 0.09), st.floats(5.0, 2000.0))
def test_areas_and_peaks_of_a_known_curve(fast, slow, end):
    """A curve that rises and falls by two exponentials (Bateman), seen at the looks alone."""
    times, _ = exposure.looks([0.0], end)
    found = exposure.of(times, (np.exp(-slow * times) - np.exp(-fast * times))[:, None])
    area = (1 - np.exp(-slow * end)) / slow - (1 - np.exp(-fast * end)) / fast
    assert found.area[0] == pytest.approx(area, rel=2e-3)
    top = np.log(fast / slow) / (fast - slow)
    if top < 0.8 * end:
        assert found.time_of_peak[0] == pytest.approx(top, rel=0.03)
        assert found.peak[0] == pytest.approx(np.exp(-slow * top) - np.exp(-fast * top), rel=1e-3)


@given(st.lists(st.floats(0.0, 500.0), max_size=30), st.floats(1.0, 500.0))
def test_looks_begin_and_end_with_the_course_and_stand_at_every_dose(events, end):
    times, marked = exposure.looks(events, end)
    assert times[0] == 0.0
    assert times[-1] == pytest.approx(end, abs=1e-8)
    assert np.all(np.diff(times) > 0.0)
    assert len({round(at * 2**28) for at in events if at < end}) >= marked.sum()
    assert marked.sum() <= len(events)
