"""Powers and logarithms of positive numbers that the compiler can do for several people at once.

The compiler's own logarithm of 64-bit numbers handles one number at a time, five times slower than its exponential.
"""

import jax
import jax.numpy as jnp
import numpy as np

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_SQRT_HALF = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
_ONE, _MANTISSA, _TWO52 = 0x3FF0000000000000, 0x000FFFFFFFFFFFFF, 0x4330000000000000


@jax.custom_jvp
def log(x):
    """Natural logarithm of positive, normal x; error at most 2 in the last digit.

    x = m 2^e with m in [sqrt(1/2), sqrt 2); ln m = 2 artanh(s), s = (m - 1) / (m + 1), by its series in s. Whole numbers
    become floating ones by their bits, since processors convert them one at a time.
    """
    bits = jax.lax.bitcast_convert_type(jnp.asarray(x, float), jnp.uint64) + np.uint64(_ONE - _SQRT_HALF)
    m = jax.lax.bitcast_convert_type((bits & np.uint64(_MANTISSA)) + np.uint64(_SQRT_HALF), jnp.float64)
    e = jax.lax.bitcast_convert_type((bits >> np.uint64(52)) | np.uint64(_TWO52), jnp.float64) - (2.0**52 + 1023.0)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    series = 0.0
    for k in range(10, 0, -1):
        series = z * (series + 2.0 / (2 * k + 1))
    return e * _LN2_HIGH + (2.0 * s + (s * series + e * _LN2_LOW))


@log.defjvp
def _slope_of_log(at, along):
    """1 / x: bits have no derivative of their own."""
    return log(at[0]), along[0] / at[0]


def power(x, exponent):
    """x^exponent where x is positive, else 0."""
    positive = x > 1e-300
    return jnp.where(positive, jnp.exp(exponent * log(jnp.where(positive, x, 1.0))), 0.0)
