"""What the words beside a fact say of the whole model is what the numbers give: words do not move when a number does."""

import re

import numpy as np
import pytest

from opioidsim.calibration.open import everything
from opioidsim.calibration.priors import load
from opioidsim.cases import drug as drugs
from opioidsim.cases.scenario import from_table
from opioidsim.engine import handover, inputs
from opioidsim.facts import library
from opioidsim.model import breathing, clamp

NUMBER = r"(\d+(?:\.\d+)?)"
HELD = re.compile(rf"Half of ventilation at a held CO2 of 50 mmHg at {NUMBER} (nM|ng/mL)")
BREATHING = re.compile(rf"Half effect.*?{NUMBER} ng/mL (?:at the effect site )?here")
OCCUPIED = re.compile(rf"Half occupancy: {NUMBER} (nM|ng/mL) (?:at the effect site )?here")
PRIOR = re.compile(rf"`opioidsim calibrate middle`: prior {NUMBER} \({NUMBER} on the logarithmic scale\)")
LETHAL = re.compile(rf"about {NUMBER} mg into a vein stop the circulation of the typical tolerant person here")


def half(name: str) -> dict[str, float]:
    """The concentration at the site at which a drug takes half of ventilation at 50 mmHg, by unit."""
    mu, reserve = drugs.load(name).receptor["mu"], library.body("effects")["breathing"]["reserve"].value
    efficacy = mu.breathing_efficacy or mu.efficacy
    assert efficacy
    held = stimulus_of_half() / reserve / efficacy.value
    return both(name, mu.K, held / (1.0 - held))


def both(name: str, fact, times: float = 1.0) -> dict[str, float]:
    """A concentration in nM and in ng/mL."""
    molar, value = drugs.load(name).molar_mass.value, fact.value * times
    nanomolar = value if fact.unit == "nM" else value * 1000.0 / molar
    return {"nM": nanomolar, "ng/mL": nanomolar * molar / 1000.0}


def stimulus_of_half() -> float:
    """The stimulus, in units of the half effect, that takes half of ventilation with CO2 held at 50 mmHg."""
    scene = {"clock": "episode", "doses": ["fentanyl 1 mg iv"], "end_tidal_co2": "50 mmHg"}
    one = handover.begin(inputs.read(from_table(scene)), range(1))
    stimuli = np.linspace(0.4, 0.7, 3001)
    left = breathing.drives(np.array([[0.0], *stimuli[:, None]]), one.rates.steepness, 1.0, 1.0, one.physiology)
    breath = np.asarray(clamp.ventilation(50.0, left, one.state.gas, one.physiology))[:, 0]
    return float(stimuli[np.argmin(np.abs(breath[1:] / breath[0] - 0.5))])


def said(pattern: re.Pattern, words) -> list[tuple[str, str, str]]:
    """(drug, number, unit) wherever the words of a drug say it; words: the texts of a drug."""
    found = [(name, pattern.search(text)) for name in drugs.names() for text in words(drugs.load(name))]
    return [(name, match[1], match[2] if match.re.groups > 1 else "ng/mL") for name, match in found if match]


def beside_k(drug) -> list[str]:
    """The note of half occupancy at mu."""
    fact = drug.receptor["mu"].K if "mu" in drug.receptor else None
    return [fact.note or ""] if fact else []


def near(told: str) -> object:
    """What was told, to half of its last digit or a hundredth."""
    return pytest.approx(float(told), rel=0.01, abs=0.5 * 10.0 ** -len(told.partition(".")[2]))


def test_notes_and_contested_lines_say_the_half_effect_that_the_numbers_give():
    found = said(HELD, beside_k) + said(BREATHING, lambda drug: drug.contested)
    assert {"fentanyl", "oxycodone", "remifentanil", "morphine", "carfentanil"} <= {name for name, *_ in found}
    for name, told, unit in found:
        assert half(name)[unit] == near(told), name


def test_contested_lines_say_the_half_occupancy_of_the_library():
    found = said(OCCUPIED, lambda drug: drug.contested)
    assert {"buprenorphine", "nalmefene"} == {name for name, *_ in found}
    for name, told, unit in found:
        assert both(name, drugs.load(name).receptor["mu"].K)[unit] == near(told), name


def test_notes_say_the_prior_with_which_a_number_was_fitted():
    thought, facts = load("middle").priors, everything()
    told = {name: PRIOR.search(fact.note or "") for name, fact in facts.items()}
    assert {name for name, match in told.items() if match} <= {*thought}
    assert sum(match is not None for match in told.values()) > 20
    for name, match in told.items():
        if match:
            assert (float(match[1]), float(match[2])) == (thought[name].value, thought[name].sd), name


@pytest.mark.parametrize(("share", "dies"), [(0.9, 0), (1.1, 1)])
def test_the_amount_of_heroin_that_kills_the_typical_tolerant_person_is_the_one_told(run, share, dies):
    ((name, told, _),) = said(LETHAL, lambda drug: drug.contested)
    person, length = {"tolerance": "chronic"}, {"duration": "2 h", "every": "1 min"}
    found = run(
        f"{name} {share * float(told):g} mg iv", clock="episode", person=person, outputs=["ventilation"], **length
    )
    assert found.ends["cardiac_arrest"].tolist() == [dies]
