"""Linear compartments: x' = A x, moved exactly by x(t + h) = expm(A h) x(t).

Exact for a step of any length, so that steps need only land on doses and outputs, and be short
enough for what is not linear. People are the last axis of every array.
"""

import jax
import jax.numpy as jnp
import numpy as np


def rate_matrix(size, flows, links=()):
    """The matrix A [1/h] of x' = A x, shape (size, size, ...people).

    flows: (source, target, rate [1/h]); the amount leaves source and enters target; target None: it leaves the body.
    links: (source, target, rate); target gains rate x source and source loses nothing (effect sites, pumps).
    """
    entries = [(target, source, rate) for source, target, rate in (*flows, *links) if target is not None]
    entries += [(source, source, -rate) for source, _, rate in flows]
    people = np.zeros(np.broadcast_shapes(*(jnp.shape(rate) for *_, rate in entries)))
    a = [[people] * size for _ in range(size)]
    for row, column, rate in entries:
        a[row][column] = a[row][column] + rate
    traced = any(isinstance(rate, jax.Array) for *_, rate in entries)
    stack = jnp.stack if traced else np.stack  # outside compiled code NumPy is faster
    return stack([stack(row) for row in a])


def saturated(level, half):
    """level / (half + level), 0..1: the share of its greatest effect that a level [nM] has, half of it at `half` [nM]; or of
    a receptor that one ligand occupies at equilibrium, half being its K."""
    return level / (half + level)


def times(a, b):
    """Matrix product a b over the two axes in front of people; leading axes (blocks, lengths) are kept apart.

    a, b: (blocks, m, m, ...people).
    """
    return sum(a[:, :, q, None] * b[:, None, q, :] for q in range(a.shape[1]))


def exponentials(a, shortest, count):
    """expm(a h) for h = shortest x 1, 2, 4, ..., 2^(count - 1).

    The first by its Taylor polynomial of degree 12 (exact to rounding while |a| shortest < 0.5), each further one as
    the square of the one before. What is squared is f = expm - 1, (1 + f)^2 = 1 + (2 f + f f): beside the 1, a slow
    rate times a very short step would drown in rounding. a: (blocks, m, m, ...people) [1/h]; shortest [h]; returns
    (count, blocks, m, m, ...people). Moler and Van Loan 2003, SIAM Rev 45:3-49, method 3.
    """
    small = a * shortest

    def next_term(carry, degree):
        """The next term of the series, and the sum with it."""
        term, total = carry
        term = times(term, small) / degree
        return (term, total + term), None

    (_, first), _ = jax.lax.scan(next_term, (small, small), jnp.arange(2.0, 13.0))
    _, changes = jax.lax.scan(lambda f, _: (2.0 * f + times(f, f), f), first, None, length=count)
    return changes + jnp.eye(a.shape[1]).reshape(a.shape[1], a.shape[1], *([1] * (a.ndim - 3)))
