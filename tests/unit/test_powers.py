"""Powers and logarithms: as near to the exact value as the last digits allow."""

import jax
import numpy as np
import pytest

from opioidsim.model.powers import log, power

EVERYWHERE = np.concatenate([
    10.0 ** np.random.default_rng(1).uniform(-300, 300, 20_000),
    1.0 + np.random.default_rng(2).uniform(-1e-3, 1e-3, 5_000),
    np.random.default_rng(3).uniform(0.5, 2.0, 5_000),
    2.0 ** np.arange(-1000.0, 1000.0),
])  # fmt: skip


def off_by(found, exact):
    """The largest error, in units of the exact value's last digit."""
    return np.max(np.abs(np.asarray(found, np.longdouble) - exact) / np.spacing(np.abs(np.asarray(exact, float))))


def test_the_logarithm_is_right_to_its_last_two_digits():
    assert off_by(log(EVERYWHERE), np.log(EVERYWHERE.astype(np.longdouble))) <= 2


def test_the_logarithm_of_one_is_nothing():
    assert float(log(1.0)) == 0.0


@pytest.mark.parametrize("exponent", [0.858, 1.025, 1.819, 1 / 0.3836])
def test_powers_are_as_right_as_their_logarithm_allows(exponent):
    base = EVERYWHERE[np.abs(np.log10(EVERYWHERE)) < min(300, 300 / exponent)]
    found, exact = power(base, exponent), base.astype(np.longdouble) ** np.longdouble(exponent)
    error = np.abs(np.asarray(found, np.longdouble) / exact - 1)
    allowed = (2 + np.abs(exponent * np.log(base))) * 2 * np.finfo(float).eps  # an error in the exponent grows with it
    assert (error <= allowed).all()
    moderate = np.abs(exponent * np.log(base)) < 1
    assert off_by(np.asarray(found)[moderate], exact[moderate]) <= 3


@pytest.mark.parametrize("base", [0.0, -0.0, -1e-9, -1.0, -1e300])
def test_the_power_of_what_is_not_positive_is_nothing(base):
    assert float(power(base, 0.858)) == 0.0


@pytest.mark.parametrize("base", [1e-6, 0.7, 1.0, 43.0])
def test_powers_have_the_right_slope(base):
    assert jax.grad(power)(base, 0.858) == pytest.approx(0.858 * base ** (0.858 - 1.0), rel=1e-12)
    assert jax.grad(power, 1)(base, 0.858) == pytest.approx(np.log(base) * base**0.858, rel=1e-12, abs=1e-15)
    assert jax.grad(log)(base) == pytest.approx(1 / base, rel=1e-15)


def test_the_slope_of_no_power_is_a_number():
    assert np.isfinite(jax.grad(power)(0.0, 0.858))
