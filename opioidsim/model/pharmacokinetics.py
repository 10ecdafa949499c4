"""Linear compartments: x' = A x, moved exactly by x(t + h) = expm(A h) x(t)."""

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
    rows, columns, rates = zip(*entries, strict=True)
    people = np.zeros(np.broadcast_shapes(*map(jnp.shape, rates)))
    return jnp.zeros((size, size, *people.shape)).at[rows, columns].add(jnp.stack([people + rate for rate in rates]))


def times(a, b):
    """Matrix product a b over the two axes in front of people; leading axes (blocks, lengths) are kept apart.

    a, b: (blocks, m, m, ...people).
    """
    return sum(a[:, :, q, None] * b[:, None, q, :] for q in range(a.shape[1]))


def advance(e, x):
    """The matrix-vector product e x. e: (blocks, m, m, ...people); x: (blocks, m, ...people)."""
    return sum(e[:, :, q] * x[:, None, q] for q in range(e.shape[1]))


def exponentials(a, shortest, count):
    """expm(a h) for h = shortest x 1, 2, 4, ..., 2^(count - 1).

    The first by its Taylor polynomial of degree 12 (exact to rounding while |a| shortest < 0.5), each further one as
    the square of the one before. a: (blocks, m, m, ...people) [1/h]; shortest [h]. Returns (count, blocks, m, m, ...people).
    Moler and Van Loan 2003, SIAM Rev 45:3-49, method 3.
    """
    small = a * shortest
    identity = jnp.eye(a.shape[1]).reshape(1, a.shape[1], a.shape[1], *([1] * (a.ndim - 3)))
    identity = jnp.broadcast_to(identity, a.shape)

    def next_term(carry, degree):
        term, total = carry
        term = times(term, small) / degree
        return (term, total + term), None

    (_, first), _ = jax.lax.scan(next_term, (identity, identity), jnp.arange(1.0, 13.0))
    return jax.lax.scan(lambda e, _: (times(e, e), e), first, None, length=count)[1]
