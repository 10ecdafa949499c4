"""People: reproducible random streams that nothing else disturbs, and the traits drawn from them."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opioidsim.cases.person import TRAIT_RANGE, Person, Population, drawn, normal, traits, uniforms
from opioidsim.facts import library
from opioidsim.facts.evidence import Fact

NAME = "naltrexone.disposition.CL"
MANY = range(40_000)


@given(st.integers(0, 2**63 - 1), st.integers(0, 10**7), st.integers(1, 300), st.integers(1, 300))
def test_a_person_is_the_same_in_any_range(seed, first, before, after):
    wide = normal(seed, NAME, range(first, first + before + after))
    assert np.array_equal(wide[before:], normal(seed, NAME, range(first + before, first + before + after)))


def test_streams_drawn_together_are_those_drawn_alone():
    names, people = ["a", "b", "a"], range(5, 12)
    together = uniforms(7, names, people)
    for name, row in zip(names, together, strict=True):
        key = int.from_bytes(hashlib.sha256(f"7:{name}".encode()).digest()[:16], "little")
        own = [np.random.Philox(key=key, counter=who).random_raw(1)[0] for who in people]
        assert row.tolist() == [((int(word) >> 11) + 0.5) * 2.0**-53 for word in own]


def test_draws_are_standard_normal():
    z = normal(1, NAME, MANY)
    error = len(MANY) ** -0.5
    assert abs(z.mean()) < 4 * error
    assert abs(z.std() - 1) < 4 * error
    assert abs((z**3).mean()) < 4 * 15**0.5 * error
    assert np.isfinite(z).all()


def test_neighbours_names_and_seeds_share_nothing():
    z = normal(1, NAME, MANY)
    for other in (np.roll(z, 1), normal(1, NAME + "2", MANY), normal(2, NAME, MANY)):
        assert abs(np.corrcoef(z, other)[0, 1]) < 4 * len(MANY) ** -0.5


def test_a_spread_is_a_coefficient_of_variation_around_the_median():
    fact = Fact(value=10, spread=0.4, basis="assumed", note="for this test")
    factors = drawn(fact, normal(1, NAME, MANY))
    assert np.median(factors) == pytest.approx(1, abs=0.02)
    assert factors.std() / factors.mean() == pytest.approx(0.4, abs=0.02)


def test_without_a_spread_everyone_is_alike():
    fact = Fact(value=10, basis="assumed", note="for this test")
    assert drawn(fact, normal(1, NAME, range(5))).tolist() == [1.0] * 5


def test_a_population_has_its_own_median_and_its_cap():
    fact = Fact(value=10, median=20, most=30, spread=0.4, basis="assumed", note="for this test")
    factors = drawn(fact, normal(1, NAME, MANY))
    assert np.median(factors) == pytest.approx(2, abs=0.03)
    assert factors.max() == 3.0 and (factors == 3.0).mean() == pytest.approx(0.146, abs=0.01)


def test_the_typical_person_has_the_traits_that_were_given():
    found = traits(Person(weight=82.0, age=41, liver="cirrhosis", dependence=0.5), None, range(2))
    assert {name: value.tolist() for name, value in found.items()} == {
        "weight": [82.0] * 2, "age": [41.0] * 2, "cirrhosis": [1.0] * 2, "dependent": [0.5] * 2
    }  # fmt: skip


@pytest.mark.parametrize("trait", TRAIT_RANGE)
def test_a_population_is_drawn_around_the_published_trait(trait):
    found = traits(Person(), Population(n=len(MANY), seed=3), MANY, library.body("body")["population"])[trait]
    low, high = TRAIT_RANGE[trait]
    assert np.median(found) == pytest.approx(library.body("body")["population"][trait].value, rel=0.02)
    assert low <= found.min() < found.max() <= high


def test_a_population_of_nobody_is_the_typical_person():
    assert traits(Person(weight=82.0), Population(n=0), range(1))["weight"] == 82.0
