"""Dose sentences: read to the last character or refused with the remedy; written back; unfolded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.cases import drug as drugs
from opioidsim.cases import patch
from opioidsim.cases.dose import AMOUNT_UNITS, FORM, MOST_DOSES, Dose, parse
from opioidsim.refusal import Refusal

GIVEN = [(name, route) for name in drugs.names() for route in drugs.load(name).routes]
TIMES = st.one_of(st.integers(1, 100).map(float), st.floats(0.01, 5000), st.integers(1, 5000).map(lambda s: s / 3600))


@st.composite
def doses(draw):
    drug, route = draw(st.sampled_from(GIVEN))
    amount = float(f"{draw(st.floats(1e-6, 100)):.12g}")
    unit = draw(st.sampled_from([*AMOUNT_UNITS, "mg/kg", "mcg/kg"]))
    worn = patch.worn(drug, route)
    over = min(draw(TIMES), worn) if worn else draw(st.one_of(st.just(0.0), TIMES))
    at = draw(st.one_of(st.just(0.0), TIMES))
    times = draw(st.integers(1, 400))
    every = over * 1.5 + draw(TIMES) if times > 1 else 0.0
    return Dose(drug=drug, amount=amount, unit=unit, route=route, over=over, at=at, every=every, times=times)


@given(doses())
def test_a_dose_survives_its_sentence(dose):
    again = parse(str(dose))
    words = ("drug", "amount", "unit", "route", "times")
    assert [getattr(again, word) for word in words] == [getattr(dose, word) for word in words]
    assert (again.over, again.at, again.every) == pytest.approx((dose.over, dose.at, dose.every), rel=2e-9)


@given(doses())
def test_a_sentence_that_was_written_is_written_the_same_again(dose):
    assert str(parse(str(dose))) == str(dose)


@pytest.mark.parametrize(
    "sentence",
    [
        "naltrexone 50 mg oral every 24 h x 28",
        "fentanyl 100 mcg iv over 30 s at 10 min",
        "naloxone 0.01 mg/kg iv",
        "naltrexone 380 mg im-depot at 3 d every 28 d x 6",
        "hydromorphone 4 mg im over 5 min at 90 min every 6 h x 3",
    ],
)
def test_good_sentences_come_back_as_they_were(sentence):
    assert str(parse(sentence)) == sentence


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Vivitrol 380mg im-depot", "naltrexone 380 mg im-depot"),
        ("  NALTREXONE   50 mg ORAL ", "naltrexone 50 mg oral"),
        ("heroin 25 mg iv at 21d", "heroin 25 mg iv at 21 d"),
        ("naltrexone 50 mg oral every 24 h ×28", "naltrexone 50 mg oral every 24 h x 28"),
        ("naltrexone 50 mg oral every 1 d x28", "naltrexone 50 mg oral every 24 h x 28"),
        ("naltrexone 5e1 mg oral", "naltrexone 50 mg oral"),
        ("naltrexone 50 mg oral every 24 h x 28 at 2 d", "naltrexone 50 mg oral at 2 d every 24 h x 28"),
        ("naltrexone 50 mg po once daily x 28", "naltrexone 50 mg oral every 24 h x 28"),
        ("morphine 10 mg po q6h x 4", "morphine 10 mg oral every 6 h x 4"),
        ("morphine 10 mg oral twice daily x 4", "morphine 10 mg oral every 12 h x 4"),
        ("morphine 10 mg oral at 1 d tid x 4", "morphine 10 mg oral at 1 d every 8 h x 4"),
        ("fentanyl 1 mcg/kg/h iv at 1 h over 2 h", "fentanyl 2 mcg/kg iv over 2 h at 1 h"),
        ("fentanyl 100 \u03bcg iv", "fentanyl 100 \u00b5g iv"),
        ("morphine 10 mg oral at steady state every 6 h x 3", "morphine 10 mg oral every 6 h x 3 at steady state"),
    ],
)
def test_other_spellings_mean_the_same(written, meant):
    assert parse(written) == parse(meant)


@pytest.mark.parametrize(
    ("sentence", "remedy"),
    [
        ("naltrexon 50 mg oral", 'no drug "naltrexon".*Did you mean "naltrexone"'),
        ("water 50 mg oral", 'no drug "water".*Modelled are: .*naltrexone.*To add a drug'),
        ("naltrexone 50 mgg oral", '"mgg" is not a unit of drug amount. Did you mean "mg"'),
        ("naltrexone 50 kg oral", '"kg" is not a unit of drug amount'),
        ("naltrexone 50 oral", '"oral" is not a unit of drug amount.*Allowed: .*mg'),
        ("naltrexone -50 mg oral", "the amount is -50 mg; it must be more than zero, or 0"),
        ("naltrexone 1e999 mg oral", "the amount is inf mg"),
        ("naltrexone nan mg oral", 'the amount should stand where "nan" stands'),
        ("naltrexone fifty mg oral", 'the amount should stand where "fifty" stands'),
        ("naltrexone 50 mg orally", 'no route "orally". Did you mean "oral"'),
        ("morphine 30 mg rectal", 'no route "rectal". morphine has the routes iv, oral, im, sc.'),
        (
            "MS Contin 30 mg oral",
            '"MS Contin" is not modelled: morphine that is released slowly; only morphine that is released at once is',
        ),
        ("oxycontin 20 mg oral at 1 h", "only oxycodone that is released at once is modelled"),
        ("naltrexone 50 mg nasal", 'no route "nasal". naltrexone has the routes iv, oral'),
        ("6-beta-naltrexol 50 mg oral", "is a metabolite and is not given"),
        ("naltrexone 50 mg oral yearly", '"yearly" is left over. A dose reads: DRUG'),
        ("naltrexone 50 mg oral daily", '"x N" is missing at the end'),
        ("naltrexone 50 mg oral at 1 h at 2 h", '"at 2 h" is left over'),
        ("", "a drug is missing at the end. A dose reads: DRUG"),
        ("naltrexone", "the amount is missing at the end"),
        ("naltrexone 50", 'the unit of "50" is missing at the end'),
        ("naltrexone 50 mg", "the route is missing at the end"),
        ("naltrexone 50 mg oral at", 'a time behind "at" is missing at the end'),
        ("naltrexone 50 mg oral at 5", 'the unit of "5" is missing at the end'),
        ("naltrexone 50 mg oral at noon", 'a time behind "at" should stand where "noon" stands'),
        ("naltrexone 50 mg oral at 5 hh", '"hh" behind "at" is not a unit of time. Did you mean "h"'),
        ("naltrexone 50 mg oral at 5 mg", '"mg" behind "at" is not a unit of time'),
        ("naltrexone 50 mg oral at -5 h", 'the time behind "at" is -5 h; it must be zero or more'),
        ("fentanyl 1 mg iv over 0 h", 'the time behind "over" is 0 h; it must be more than zero'),
        ("naltrexone 50 mg oral every 0 h x 3", 'the time behind "every" is 0 h; it must be more than zero'),
        ("naltrexone 50 mg oral every 24 h", '"x N" is missing at the end'),
        ("naltrexone 50 mg oral every 24 h 28", '"x N" (how often) should stand where "28" stands'),
        ("naltrexone 50 mg oral every 24 h x", 'the number behind "x" is missing at the end'),
        (
            "naltrexone 50 mg oral every 24 h x 0",
            '"0" is no number of doses; only what was at steady state may end with x 0',
        ),
        ("naltrexone 50 mg oral every 24 h x -1", '"-1" is no number of doses'),
        ("naltrexone 50 mg oral every 24 h x 2.5", '"2.5" is no number of doses'),
        (f"naltrexone 50 mg oral every 24 h x {MOST_DOSES + 1}", "is no number of doses"),
        ("naltrexone 50 mg oral x 3", "it is given several times without an interval"),
        ("naltrexone 50 mg oral at steady state", "a steady state needs the interval of the doses"),
        ("fentanyl 0.1 mg/h iv at steady state", "0.1 mg/h is a rate; write how long it runs"),
    ],
)
def test_a_bad_sentence_is_refused_with_the_remedy(sentence, remedy):
    with pytest.raises(Refusal) as refusal:
        parse(sentence)
    message = str(refusal.value)
    assert message.startswith(f'dose "{sentence}": ')
    for part in remedy.split(".*"):
        assert part in message


def test_what_is_missing_is_told_with_the_form_of_a_dose():
    with pytest.raises(Refusal) as refusal:
        parse("naltrexone 50 mg")
    assert FORM in str(refusal.value)


def test_repeats_unfold_into_equal_intervals():
    assert parse("naltrexone 50 mg oral at 2 h every 12 h x 3").starts() == [2.0, 14.0, 26.0]


def test_an_infusion_may_last_until_the_next_begins():
    assert parse("fentanyl 1 mg iv over 2 h every 2 h x 4").over == 2.0


def test_a_delayed_dose_is_the_same_dose_later():
    assert parse("fentanyl 100 mcg iv at 1 h").delayed(2.0) == parse("fentanyl 100 mcg iv at 3 h")


@pytest.mark.parametrize(
    "sentence",
    ["naltrexone 0.05 g oral", "naltrexone 50 mg oral", "naltrexone 50000 mcg oral", "naltrexone 5e7 ng oral"],
)
def test_the_amount_in_milligrams_does_not_depend_on_its_unit(sentence):
    assert parse(sentence).milligrams() == pytest.approx(50, rel=1e-14)


def test_an_amount_per_kilogram_grows_with_the_weight():
    assert parse("naloxone 10 mcg/kg iv").milligrams(80.0) == pytest.approx(0.8, rel=1e-14)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("fentanyl 100 \u03bcg iv", "fentanyl 100 \u00b5g iv"),
        ("naloxone 1 \u03bcg/kg iv", "naloxone 1 \u00b5g/kg iv"),
        ("naloxone 0.4 mg/h iv over 10 h", "naloxone 4 mg iv over 10 h"),
        ("naloxone 0.4 mg/h iv over 30 min", "naloxone 0.2 mg iv over 30 min"),
        ("remifentanil 2 mcg/min iv over 30 min", "remifentanil 60 mcg iv over 30 min"),
        ("remifentanil 6 mcg/kg/h iv over 2 h at 1 h", "remifentanil 12 mcg/kg iv over 2 h at 1 h"),
        ("vivitrol 380 mg im", "naltrexone 380 mg im-depot"),
        ("sublocade 300 mg sc", "buprenorphine 300 mg sc-depot"),
        ("evzio 2 mg im", "naloxone 2 mg im-autoinjector"),
    ],
)
def test_people_write_units_rates_and_brands_in_their_own_way(written, meant):
    assert str(parse(written)) == meant


def test_what_a_rate_or_a_brand_leaves_open_is_asked():
    with pytest.raises(Refusal, match='is a rate; write how long it runs, "0.4 mg/h iv over 1 h"'):
        parse("naloxone 0.4 mg/h iv")
    with pytest.raises(Refusal, match='vivitrol is given by one route, "im-depot"'):
        parse("vivitrol 380 mg oral")


def test_a_name_of_several_words_is_one_name():
    assert str(parse("Morphine sulfate 30 mg oral every 12 h x 2")) == "morphine 30 mg oral every 12 h x 2"


def test_no_other_drug_is_offered_because_it_is_spelled_alike():
    """Every drug that is known not to be modelled: what it is, and no guess."""
    for name in drugs._others():
        with pytest.raises(Refusal, match="is not modelled") as refusal:
            parse(f"{name.replace(' ', '-')} 50 mg oral")
        assert "Did you mean" not in str(refusal.value)


@pytest.mark.parametrize(
    "name", ["tramadol", "codeine", "LDN", "isotonitazene", "water", "xyz", "etomidate", "fentanyx2"]
)
def test_a_drug_that_is_not_there_is_told_with_those_that_are(name):
    with pytest.raises(Refusal, match="To add a drug") as refusal:
        parse(f"{name} 50 mg oral")
    assert "Did you mean" not in str(refusal.value)


@pytest.mark.parametrize(
    ("slip", "meant"),
    [("naltrexon", "naltrexone"), ("fentanil", "fentanyl"), ("methadon", "methadone"), ("herion", "heroin"), ("buprenorfine", "buprenorphine")],
)  # fmt: skip
def test_a_slip_of_the_pen_is_told(slip, meant):
    with pytest.raises(Refusal, match=f'Did you mean "{meant}"'):
        parse(f"{slip} 50 mg oral")


@pytest.mark.parametrize("unit", ["kg", "lg", "l", "IU", "ml", "gm", "pg", "Mmg", "h"])
def test_no_unit_is_guessed_that_would_change_the_amount(unit):
    with pytest.raises(Refusal, match="Allowed: ng, mcg") as refusal:
        parse(f"fentanyl 100 {unit} iv")
    assert "Did you mean" not in str(refusal.value)
