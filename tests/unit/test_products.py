"""Products, not drugs: each has its own way in, and those that volunteers tell of share the drug's one disposition."""

import math

import pytest

from opioidsim.cases import drug
from opioidsim.cases.dose import ROUTES, parse
from opioidsim.cases.scenario import from_table
from opioidsim.engine.simulate import simulate

SHARED = {
    "naloxone": ("nasal-spray", "im", "im-injector"),
    "buprenorphine": ("sublingual", "sc-depot", "sc-weekly", "sc-monthly"),
    "nalmefene": ("im",),
}


def run(dose, duration, every):
    """A dose in the typical person, and the name of its level."""
    return simulate(
        from_table({"doses": [dose], "duration": duration, "every": every})
    ), f"concentration.{parse(dose).drug}"


def curve(dose, duration="6 h", every="1 min"):
    """Times [min] and levels [ng/mL] of a dose in the typical person, evenly spaced."""
    found, name = run(dose, duration, every)
    return found.times[found.regular] * 60.0, found.values[name][0, found.regular]


@pytest.mark.parametrize(("name", "route"), [(name, route) for name, routes in SHARED.items() for route in routes])
def test_a_product_has_the_one_disposition_of_its_drug(name, route):
    assert drug.load(name).routes[route].disposition is None


def test_every_route_of_the_library_is_known_as_one():
    assert {route for name in drug.names() for route in drug.load(name).routes} <= set(ROUTES)


def test_naloxone_comes_faster_into_the_muscle_than_by_spray():
    when, early = {}, {}
    for route in SHARED["naloxone"]:
        t, level = curve(f"naloxone 2 mg {route}")
        when[route], early[route] = t[level.argmax()], level[t == 10][0] / level.max()
        assert level[t == 1][0] < 0.1 * level.max()  # nobody is reached at once
    assert 10 < when["im"] <= when["im-injector"] < when["nasal-spray"] < 35  # volunteers had 12 to 14 and 16 to 30 min
    assert early["nasal-spray"] < min(early["im-injector"], early["im"])


@pytest.mark.parametrize("route", SHARED["naloxone"])
def test_exposure_of_a_product_is_its_share_over_the_clearance_into_a_vein(route):
    (by_product, name), (by_vein, _) = (run(f"naloxone 2 mg {r}", "3 d", "1 h") for r in (route, "iv"))
    share = drug.load("naloxone").routes[route].F
    product, vein = (found.exposures[name].area[0] for found in (by_product, by_vein))
    assert product == pytest.approx((share.value if share else 1.0) * vein, rel=1e-6)


def test_a_patch_levels_off_within_a_day_and_declines_by_its_depot_in_the_skin():
    _, level = curve("fentanyl 25 mcg/h patch", "6 d", "1 h")
    assert level.argmax() == 72 and level[24] > 0.7 * level[72]
    late = math.log(2) * 36 / math.log(level[96] / level[132])
    assert late == pytest.approx(drug.load("fentanyl").routes["transdermal"].phases[1].half_life.value, rel=0.02)


def test_nalmefene_by_auto_injector_is_higher_and_sooner_than_by_syringe():
    (t, fast), (_, slow) = (curve(f"nalmefene 1.5 mg {route}", "2 h") for route in ("im-autoinjector", "im"))
    assert fast.max() > 2 * slow.max() and t[fast.argmax()] < t[slow.argmax()] / 2
    assert fast[60] < 1.5 * slow[60]  # an hour later they are alike


def test_heroin_by_nose_falls_as_it_is_absorbed_and_6_mam_as_it_becomes_morphine():
    found, _ = run("heroin 12 mg nasal", "2 h", "1 min")
    level = {each: found.values[f"concentration.{each}"][0, found.regular] for each in ("heroin", "6-mam")}
    assert level["heroin"].argmax() <= 3 and level["6-mam"].argmax() > 15
    minutes = math.log(2) * 60 / math.log(level["heroin"][30] / level["heroin"][90])
    ka = drug.load("heroin").routes["nasal"].ka
    assert minutes == pytest.approx(60 * math.log(2) / ka.value, rel=0.02)


def test_a_weekly_depot_fades_within_weeks_and_a_monthly_within_months():
    week, month = (curve(f"buprenorphine 64 mg {route}", "60 d", "1 d")[1] for route in ("sc-weekly", "sc-monthly"))
    assert week[7] > month[7] and week[28] < month[28] / 2
    assert month[1:28].max() < 6 * month[27]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("kloxxado 8 mg nasal", "naloxone 8 mg nasal-spray"),
        ("zimhi 5 mg im", "naloxone 5 mg im-injector"),
        ("actiq 400 mcg lozenge", "fentanyl 400 mcg lozenge"),
        ("hysingla 20 mg oral", "hydrocodone 20 mg oral-extended"),
        ("hydrocodone 20 mg er", "hydrocodone 20 mg oral-extended"),
        ("zurnai 1.5 mg im", "nalmefene 1.5 mg im-autoinjector"),
        ("brixadi 24 mg sc-weekly", "buprenorphine 24 mg sc-weekly"),
        ("buvidal 128 mg sc-monthly", "buprenorphine 128 mg sc-monthly"),
    ],
)
def test_brands_lead_to_their_products(written, meant):
    assert str(parse(written)) == meant


def test_an_ordinary_tablet_of_hydrocodone_peaks_higher_and_sooner_than_one_of_extended_release(run):
    level = "concentration.hydrocodone"
    plain, extended = (
        run(f"hydrocodone 20 mg {route}", duration="72 h", every="15 min", outputs=[level]).values[level].squeeze()
        for route in ("oral", "oral-extended")
    )
    assert plain.max() > 2 * extended.max() and plain.argmax() < extended.argmax() / 3
    assert math.isclose(plain.sum(), extended.sum(), rel_tol=0.03)  # in sum they are alike
