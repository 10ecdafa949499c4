"""Abuse and diversion: what each medicine gives to each taker."""

import numpy as np
import pytest

import opioidsim as ops
from opioidsim.cases.dose import parse
from opioidsim.facts import library
from opioidsim.questions.abuse import TAKERS
from opioidsim.questions.abuse.run import reward, street_price
from opioidsim.refusal import Refusal
from opioidsim.studies import study

TABLET, FILM, HEROIN = "naltrexone 50 mg oral", "buprenorphine 8 mg sublingual", "heroin 25 mg iv"


@pytest.fixture(scope="module")
def answer():
    found = ops.abuse((TABLET, FILM, HEROIN))
    return {(t.taker, str(t.medicine)): t for t in found.taken}


def test_naltrexone_gives_nothing_to_anyone(answer):
    for taker in TAKERS:
        assert answer[taker, TABLET].liking.max() == 0.0
        assert reward(answer[taker, TABLET]).max() == 0.0


def test_naltrexone_precipitates_withdrawal_in_who_depends_on_an_opioid(answer):
    for taker, share in (("in withdrawal", 0.98), ("on methadone", 0.9), ("on buprenorphine", 0.4)):
        assert (answer[taker, TABLET].relief < -5).mean() >= share
    assert answer["naive", TABLET].relief.min() == 0.0


def test_what_diverted_buprenorphine_is_taken_for(answer):
    """Those who take it say: 90 % to prevent withdrawal, 8-25 % to get high (NIDA)."""
    taken = answer["in withdrawal", FILM]
    assert np.median(taken.relief / 48) > np.median(taken.liking / 100)
    assert np.median(taken.liking) < np.median(answer["naive", HEROIN].liking) / 2


def test_treatment_takes_the_liking_of_heroin(answer):
    liked = {taker: np.median(answer[taker, HEROIN].liking) for taker in TAKERS}
    assert liked["on naltrexone"] < 1 < liked["on buprenorphine"] < liked["naive"] / 2


def test_liking_agrees_with_the_study_it_was_built_on():
    """Hydromorphone into the muscle: no less than the dependent people of Nasser 2016 felt, in who has no tolerance."""
    for arm in study.load("nasser-2016").arms:
        found = ops.abuse(arm.challenge, "naive", who=ops.Who(point=True))
        assert found.taken[0].liking[0] >= arm.observations[0].low


def test_what_is_not_known_stands_beside_how_people_differ():
    found = ops.abuse(FILM, "naive", who=ops.Who(people=4, draws=8, sensitivity=True))
    row = found.lines()[0]
    assert 0 < row["liking_unknown_low"] < row["liking_unknown_high"] and row["liking_low"] < row["liking_high"]
    assert len(found.unknown.taken[0].liking) == 8 and "[" in found.cells()[1][0][2]
    assert any("not known: naive" in said for said in found.said())
    assert "liking_unknown_low" in str(found.plot().to_dict())


def test_streets_pay_for_tablets_and_films_only():
    price = {text: street_price(parse(text)) for text in (FILM, "buprenorphine 300 mg sc-depot", TABLET)}
    assert price[FILM] == pytest.approx(8 * library.body("street")["buprenorphine"]["street_price"].value)
    assert price[TABLET] is None and price["buprenorphine 300 mg sc-depot"] is None


@pytest.mark.parametrize(
    ("medicine", "taker", "said"),
    [
        ("methadone 40 mg oral at 1 d", "naive", "single dose"),
        ("midazolam 5 mg iv", "naive", "does not act at the mu receptor"),
        (TABLET, "on methadon", 'Did you mean "on methadone"'),
    ],
)
def test_what_cannot_be_asked_is_refused(medicine, taker, said):
    with pytest.raises(Refusal, match=said):
        ops.abuse(medicine, taker)


def test_facts_and_cautions_are_those_of_all_that_was_simulated():
    found = ops.abuse((TABLET, FILM), ("naive", "on methadone"), who=ops.Who(point=True))
    names = {name.partition(".")[0] for name, _ in found.facts}
    assert {"naltrexone", "buprenorphine", "r-methadone", "adaptation", "effects", "street"} <= names
    assert "opioid-free-interval-long" in {c.id for c in found.cautions}
    alone = ops.abuse((TABLET, FILM), "naive", who=ops.Who(point=True))
    assert not alone.cautions and not any(name.startswith("r-methadone") for name, _ in alone.facts)


@pytest.fixture(scope="module")
def usual():
    return ops.abuse(TABLET, "on methadone")


@pytest.mark.parametrize(
    "who",
    [{"seed": 2}, {"weight": "90 kg"}, {"age": "70 years"}, {"liver": "cirrhosis"},
     {"readings": {"naltrexone": "slower"}}, {"people": 2}, {"point": True}],
    ids=lambda who: next(iter(who)),
)  # fmt: skip
def test_every_part_of_who_changes_the_numbers(who, usual):
    other = ops.abuse(TABLET, "on methadone", who=ops.Who(**who))
    assert usual.rows() != other.rows()
