"""A labelled dose is a salt or the drug itself; what arrives is the drug."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases import drug, sheet
from opioidsim.engine import course_arrays, inputs, parameters
from opioidsim.facts.evidence import sources
from opioidsim.facts.source_faults import source_faults

PRODUCTS = [(name, route) for name in drug.names() for route in drug.load(name).routes]
SALTS = [(name, route) for name, route in PRODUCTS if drug.load(name).routes[route].dose_is.molar_mass]


def _given(name: str, route: str) -> dict:
    clock = "episode" if drug.load(name).disposition.Vmax else "course"
    over = " over 1 h" if drug.load(name).routes[route].worn else ""
    scenario = ops.Scenario(doses=[f"{name} 1 mg {route}{over}"], duration="1 h", clock=clock)
    return inputs.read(scenario).values(range(1))


@pytest.mark.parametrize(("name", "route"), PRODUCTS)
def test_a_product_says_what_its_milligrams_are_of(name, route):
    of = drug.load(name).routes[route].dose_is
    assert of.name
    assert of.molar_mass or of.why, "where nothing is converted the file says why"


@pytest.mark.parametrize(("name", "route"), PRODUCTS)
def test_a_milligram_holds_the_moles_of_its_salt(name, route):
    plain = drug.load(name)
    salt = plain.routes[route].dose_is.molar_mass
    mass = (salt or plain.molar_mass).value
    assert course_arrays.nanomoles(_given(name, route), name, route) == pytest.approx(1e6 / mass)


@pytest.mark.parametrize(("name", "route"), SALTS)
def test_a_salt_holds_less_of_the_drug_and_its_sheet_says_how_much(name, route):
    plain = drug.load(name)
    share = plain.molar_mass.value / plain.routes[route].dose_is.molar_mass.value
    assert 0.5 < share < 1.0
    line = next(text for text in sheet.head(name) if text.startswith(f"Route {route}:"))
    assert f"1 mg holds {share:.3g} mg of {name}" in line


def test_the_known_salts_are_converted():
    assert {name for name, _ in SALTS} == {"morphine", "oxycodone", "hydromorphone", "hydrocodone", "methadone"}


@pytest.mark.parametrize(
    ("name", "clock"),
    [
        *((name, "course") for name in ("morphine", "oxycodone", "hydromorphone")),
        *((name, "episode") for name in ("morphine", "hydromorphone")),
        pytest.param("oxycodone", "episode", marks=pytest.mark.long),  # a march of its own for the same law
    ],
)
def test_what_a_salt_leaves_in_plasma_is_the_drug(name, clock):
    """The area after a short infusion is what of the drug was in the dose over its clearance, on either clock."""
    found = ops.simulate(
        ops.Scenario(
            doses=[f"{name} 1 mg iv"], duration="20 min", every="10 s", clock=clock, outputs=[f"concentration.{name}"]
        )
    )
    plain, given = drug.load(name), _given(name, "iv")
    _, volume, _ = parameters.clearances(given, f"{name}.disposition")
    start = plain.molar_mass.value / plain.routes["iv"].dose_is.molar_mass.value / volume[0] * 1000.0
    assert found.values[f"concentration.{name}"].max() < start  # ng/mL, before anything has left the blood
    early = np.interp(20.0 / 3600.0, found.times, found.values[f"concentration.{name}"][0])
    assert early > 0.8 * start


def test_no_source_has_words_of_ours_for_a_title():
    assert not [fault for fault in source_faults() if "title" in fault]
    assert sources()["greenwald-2014"].title != sources()["greenwald-2007"].title


def test_no_two_sources_share_a_title():
    """Two papers of other years may: naloxone against buprenorphine, 1989 and 2006."""
    titles = [(source.title.lower(), source.year) for source in sources().values()]
    assert len(set(titles)) == len(titles)


def test_a_title_that_is_not_sure_says_so_on_the_sheet():
    unsure = {key for key, source in sources().items() if not source.title_confirmed}
    assert unsure
    pages = "".join(sheet.markdown(name) for name in drug.names())
    assert "[title not confirmed]" in pages
    assert all("[title not confirmed]" in sources()[key].named for key in unsure)
