"""Competition for the mu receptor: dB_i/dt = kon_i C_i^n_i (1 - sum B) - koff_i B_i.

B_i is the share of receptors that ligand i holds, C_i its concentration at the effect site [nM].
All ligands compete for the same free share, whoever they are: agonist and antagonist differ by
efficacy alone. A ligand that leaves slowly (koff small) goes on to block when its concentration has
gone; an equilibrium would not show that.
"""

import jax
import jax.numpy as jnp
import numpy as np

from opioidsim.model.powers import power

# Radau IIA, three stages, order 5, L-stable: nodes and matrix. Hairer and Wanner 1996, Solving ODEs II, table IV.5.6.
_S6 = 6.0**0.5
NODES = ((4 - _S6) / 10, (4 + _S6) / 10, 1.0)
RADAU = (
    ((88 - 7 * _S6) / 360, (296 - 169 * _S6) / 1800, (-2 + 3 * _S6) / 225),
    ((296 + 169 * _S6) / 1800, (88 + 7 * _S6) / 360, (-2 - 3 * _S6) / 225),
    ((16 - _S6) / 36, (16 + _S6) / 36, 1 / 9),
)


def _product(a, b):
    """The product of two 3 x 3 matrices of numbers."""
    return tuple(tuple(sum(a[i][k] * b[k][j] for k in range(3)) for j in range(3)) for i in range(3))


_SQUARE = _product(RADAU, RADAU)
_CUBE = _product(RADAU, _SQUARE)
_E1, _E2, _E3 = 0.6, 0.15, 1.0 / 60.0  # trace, sum of the minors and determinant of the Radau matrix


def association(kon, n, concentration, sloped: "bool | jax.Array" = True):
    """kon C^n [1/h], zero where the concentration is not positive. kon [1/h per nM^n]; concentration [nM].

    sloped: False says that n is 1 for everyone, which saves the power, the dearest arithmetic of a step.
    """
    if sloped is True:
        return kon * power(concentration, n)
    return kon * jax.lax.cond(sloped, lambda c: power(c, n), lambda c: jnp.maximum(c, 0.0), concentration)


def stage_matrices(koff, h):
    """What a Radau step of length h needs of the off-rates, for each ligand.

    With P = (I + h koff A)^-1, A the Radau matrix: `kept` = P 1, what is left at the three nodes of one bound receptor,
    shape (ligands, 3, ...people); `gained` = h P A, what a unit of association at each node adds at each node, shape
    (ligands, 3, 3, ...people). koff [1/h]: (ligands, ...people); h [h].
    """
    stack = (jnp if isinstance(koff, jax.Array) else np).stack  # outside compiled code nothing needs to be compiled
    z = h * koff
    one, two, three = 1.0 + z * (_E1 + z * _E2), z * (1.0 + z * _E1), z * z
    over = 1.0 / (one + z * three * _E3)

    def entry(p: float, q: float, r: float):
        """The same entry of P M: p, q, r those of M, A M and A^2 M (Cayley and Hamilton; e1, e2, e3 the invariants of A)."""
        return (p * one - q * two + r * three) * over

    a, square, cube = RADAU, _SQUARE, _CUBE
    gained = [[h * entry(a[i][j], square[i][j], cube[i][j]) for j in range(3)] for i in range(3)]
    kept = [entry(1.0, sum(a[i]), sum(square[i])) for i in range(3)]
    return stack(kept, 1), stack([stack(row, 1) for row in gained], 1)


def step(bound, rates, kept, gained):
    """Bound shares at the end of a step. The system is linear in them, so the stages are solved exactly.

    The unknowns are the free share of receptors at the three nodes: free = 1 - sum_i (kept_i B_i + gained_i (r_i free)),
    three linear equations whatever the number of ligands. bound: (ligands, ...people); rates: association r_i at the
    nodes [1/h], (ligands, 3, ...people); kept, gained from `stage_matrices`.
    """
    ligands, nodes = range(len(bound)), range(3)
    m = [[sum(gained[i, a, b] * rates[i, b] for i in ligands) + 1.0 * (a == b) for b in nodes] for a in nodes]
    free = _solve3(m, [1.0 - sum(kept[i, a] * bound[i] for i in ligands) for a in nodes])
    return kept[:, 2] * bound + sum(gained[:, 2, b] * rates[:, b] * free[b] for b in nodes)


def equilibrium(rates, koff):
    """Bound shares when concentrations have stood still: B_i = x_i / (1 + sum x), x_i = kon_i C_i^n_i / koff_i.

    rates, koff [1/h]: (ligands, ...people).
    """
    x = rates / koff
    return x / (1.0 + jnp.sum(x, 0))


def activation(bound, efficacy):
    """Mu activation: the sum over ligands of bound share times intrinsic efficacy (full agonist 1, antagonist 0)."""
    return (bound * efficacy).sum(0)


def _cofactors(m):
    """The transpose of the cofactors of a 3 x 3 matrix, entry by entry; each entry may be an array over people."""
    (a, b, c), (d, e, f), (g, h, i) = m
    return (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )


def _solve3(m, b):
    """x of m x = b for a 3 x 3 matrix, by Cramer's rule, written out in the same way."""
    adjoint = _cofactors(m)
    scale = 1.0 / (m[0][0] * adjoint[0][0] + m[0][1] * adjoint[1][0] + m[0][2] * adjoint[2][0])
    return [scale * (adjoint[i][0] * b[0] + adjoint[i][1] * b[1] + adjoint[i][2] * b[2]) for i in range(3)]
