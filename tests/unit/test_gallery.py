"""Drugs that the package does not have, as a reader would add them in a library of their own. Their numbers are near what labels say,
and stand here as guesses: what is tested is that such drugs can be said at all."""

import numpy as np
import pytest
import tomli_w

import opioidsim as ops
from opioidsim.cases.open import opened
from opioidsim.catalogue.check import library_faults
from opioidsim.refusal import Refusal


def guess(value, unit="", **more):
    """A fact that somebody has guessed."""
    return {"value": value, "unit": unit, "basis": "assumed", "note": "A guess for a test."} | more


def route(name, about="by mouth", **facts):
    """A way into the body."""
    return {"about": about, "dose_is": {"name": name, "why": "As given."}} | facts


def site(K, efficacy):
    """Binding at mu."""
    return {"mu": {"K": guess(K, "nM"), "koff": guess(20.0, "1/h"), "efficacy": guess(efficacy)}}


def drug(name, role, mass, disposition, **more):
    """A drug's file."""
    return {
        "name": name,
        "role": role,
        "about": f"{name}, for a test.",
        "molar_mass": guess(mass, "g/mol"),
        "disposition": disposition,
    } | more


def one(cl, v, spread=0.3):
    """A compartment."""
    return {"CL": guess(cl, "L/h", spread=spread), "V1": guess(v, "L", spread=spread)}


DRUGS = [
    drug("tramadol", "agonist", 263.4, one(26.0, 200.0), routes={"oral": route("tramadol", F=guess(0.75), ka=guess(1.5, "1/h"))},
         metabolites={"o-desmethyltramadol": guess(0.25)}, ke0=guess(1.0, "1/h"), receptor=site(20000.0, 0.3)),
    drug("o-desmethyltramadol", "metabolite", 249.4, one(30.0, 300.0), ke0=guess(0.5, "1/h"), receptor=site(300.0, 0.6)),
    drug("fancy-nitazene", "agonist", 410.5, {"CL": guess(60.0, "L/h", low=20.0, high=200.0), "V1": guess(300.0, "L", low=80.0, high=1200.0)},
         routes={"iv": route("fancy-nitazene", "into a vein")}, biophase_half_life=guess(4.0, "min", low=1.0, high=20.0),
         receptor={"mu": site(0.3, 1.0)["mu"] | {"K": guess(0.3, "nM", low=0.03, high=3.0)}}),
    drug("samidorphan", "antagonist", 370.4, one(35.0, 340.0), routes={"oral": route("samidorphan", F=guess(0.69), ka=guess(1.5, "1/h"))},
         biophase_half_life=guess(30.0, "min"), receptor=site(2.0, 0.0)),
    drug("oliceridine", "partial agonist", 386.6, one(40.0, 100.0), routes={"iv": route("oliceridine", "into a vein")},
         biophase_half_life=guess(5.0, "min"), receptor=site(3000.0, 0.7)),
    drug("theophylline", "non-opioid", 180.2, {"CL_per_kg": guess(0.04, "L/h/kg"), "half_life": guess(8.0, "h")},
         routes={"oral": route("theophylline", ka=guess(1.5, "1/h"))}),
    drug("indomethacin", "non-opioid", 357.8, {"A": guess(0.11, "1/L"), "alpha": guess(2.2, "1/h"), "B": guess(0.02, "1/L"), "beta": guess(0.26, "1/h")},
         routes={"iv": route("indomethacin", "into a vein")}),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def gallery(tmp_path_factory):
    """A library with these drugs, in use."""
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "drugs").mkdir()
    for each in DRUGS:
        (folder / "drugs" / f"{each['name']}.toml").write_text(tomli_w.dumps(each))
    with ops.Library(folder):
        yield folder


def test_all_of_them_are_sound():
    assert library_faults()[1] == []


def test_a_metabolite_of_ones_own_acts_longer_than_its_parent():
    found = ops.simulate(
        ops.Scenario(
            doses=["tramadol 100 mg oral"],
            duration="1 d",
            outputs=["occupancy.tramadol", "occupancy.o-desmethyltramadol"],
        )
    )
    parent, metabolite = (np.ravel(found[f"occupancy.{name}"]) for name in ("tramadol", "o-desmethyltramadol"))
    assert 0 < parent.argmax() < metabolite.argmax() and metabolite.max() > parent.max() > 0


def test_an_antagonist_of_ones_own_blocks():
    found = ops.blockade("samidorphan 10 mg oral every 24 h x 3", "heroin 25 mg iv", days=2.0)
    assert 0.2 < max(row["blockade"] for row in found.rows() if row["blockade"] is not None) <= 1.0


def test_agonists_of_ones_own_are_felt_as_their_efficacy_and_dose_say():
    felt = {}
    for dose in ("oliceridine 1 mg iv", "oliceridine 3 mg iv", "fancy-nitazene 0.1 mg iv"):
        run = ops.simulate(ops.Scenario(duration="2 h", every="1 min", doses=[dose], outputs=["liking"]))
        felt[dose] = float(np.max(run["liking"]))
    assert 0 < felt["oliceridine 1 mg iv"] < felt["oliceridine 3 mg iv"] < felt["fancy-nitazene 0.1 mg iv"] <= 100


def test_a_wide_band_is_a_wide_prior():
    fact = ops.drug("fancy-nitazene").disposition.CL
    assert fact is not None
    assert opened("fancy-nitazene.disposition.CL", "kinetics", fact).sd == pytest.approx(np.log(10.0) / 4.0)


def test_a_drug_without_a_receptor_has_kinetics_and_nothing_else():
    scenario = ops.Scenario(doses=["theophylline 320 mg oral"], duration="1 d")
    assert scenario.quantities() == ["concentration.theophylline"]
    area = ops.simulate(scenario).outcomes()["concentration.theophylline area"].item()
    assert area == pytest.approx(320e3 / (0.04 * 70) * (1 - np.exp(-np.log(2) / 8 * 24)), rel=0.1)
    with pytest.raises(Refusal, match="no antagonist: theophylline is an? non-opioid"):
        ops.blockade("theophylline 320 mg oral")


def test_two_exponentials_are_these():
    run = ops.simulate(
        ops.Scenario(
            doses=["indomethacin 25 mg iv"], duration="8 h", every="1 h", outputs=["concentration.indomethacin"]
        )
    )
    level = 25e3 * (0.11 * np.exp(-2.2 * run.time) + 0.02 * np.exp(-0.26 * run.time))
    assert np.ravel(run["concentration.indomethacin"])[1:] == pytest.approx(level[1:], rel=1e-6)
