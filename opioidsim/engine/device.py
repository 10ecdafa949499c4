"""What computes: the processors of this machine, or a graphics card that was asked for by name.

A card is slow for a few people and fast for many at once: chunks are then large, and go through a march in one piece. A branch
inside a step would make it wait for the host with every step: there both sides of a choice are worked out.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import partial

import jax
import jax.numpy as jnp

from opioidsim.model import receptor
from opioidsim.refusal import Refusal, listed, nearest, shown

CPU, GPU = "cpu", "gpu"
LARGE = (1_000, 10_000, 100_000)  # people of a chunk on a card: few shapes are compiled
TOLERANCE = 1e-9  # a share of a quantity's largest value, by which a card's numbers may differ from a processor's
_NAME: ContextVar[str] = ContextVar("device", default=CPU)


def name() -> str:
    """What was chosen here."""
    return _NAME.get()


def accelerated() -> bool:
    """Whether a card computes here."""
    return name() != CPU


@contextmanager
def on(chosen: str) -> Iterator[None]:
    """In this block and on this thread JAX computes there. Raises Refusal where there is none."""
    if chosen not in (CPU, GPU):
        raise Refusal(f'device: "{shown(chosen)}" was given.{nearest(str(chosen), (CPU, GPU))}', where="device")
    try:
        device = jax.devices(chosen)[0]
    except RuntimeError:
        here = listed(sorted({each.platform for each in jax.devices()}))
        raise Refusal(
            f'device: JAX finds no {chosen} here, only {here}. For a card of NVIDIA install "jax[cuda13]"; or leave --device out.',
            where="device",
        ) from None
    before = _NAME.set(chosen)
    try:
        with nullcontext() if jax.default_backend() == device.platform else jax.default_device(device):
            yield
    finally:
        _NAME.reset(before)


def size(people: int, usual: int) -> int:
    """How many people are marched together, of so many: `usual` on processors, on a card as many as there are."""
    return next((each for each in LARGE if people <= each), LARGE[-1]) if accelerated() else usual


def where(predicate, yes: Callable, no: Callable, *given):
    """`lax.cond` on a processor; on a card both sides are worked out, and one is taken."""
    yes, no = (jax.jit(each, inline=True) for each in (yes, no))  # traced once for both
    return jax.lax.platform_dependent(
        predicate, *given, cpu=lambda p, *given: jax.lax.cond(p, yes, no, *given), default=partial(_both, yes, no)
    )


def _both(yes: Callable, no: Callable, predicate, *given):
    return jax.tree.map(partial(jnp.where, predicate), yes(*given), no(*given))


def association(kon, n, concentration, sloped):
    """`receptor.association`; on a card the power is taken whether it is needed or not."""
    return jax.lax.platform_dependent(
        kon, n, concentration, sloped,
        cpu=receptor.association, default=lambda kon, n, c, _: receptor.association(kon, n, c),
    )  # fmt: skip
