"""What a server gives back to its machine: the C library keeps what was freed, in one heap for each thread, unless it is told;
and programs that were compiled are kept for each number of people and doses that was ever asked for."""

import ctypes
import gc
import math
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import monotonic

HEAPS, MOST_HEAPS = -8, 2  # M_ARENA_MAX of glibc's malloc.h
MOST = 650.0  # MB: beyond them a server lets go of compiled programs
SELDOM = 600.0  # seconds between, so that who works with many people waits for them once and not at every change,
GROWN = 120.0  # or MB that have come on top since: questions of many kinds one after the other
LOWERED = (("jax._src.pjit", "_pjit_lower"), ("jax._src.interpreters.pxla", "_cached_lowering_to_hlo"))
_bound = {
    "most": math.inf,
    "last": -math.inf,
    "left": math.inf,
}  # MB, when it was done last, and MB that were left then


@cache
def _library():
    """The C library where it is glibc, else nothing that has these functions."""
    with suppress(OSError):
        return ctypes.CDLL("libc.so.6")
    return None


def few_heaps() -> None:
    """Threads share two heaps from now on, so that what one frees another can use."""
    if library := _library():
        library.mallopt(HEAPS, MOST_HEAPS)


def bound(most: float = MOST) -> None:
    """This process lets go of compiled programs beyond so many MB, whenever it gives back."""
    _bound.update(most=most, last=-math.inf, left=math.inf)


def give_back() -> None:
    """What was freed goes back to the machine; milliseconds. Beyond the bound compiled programs go too, and are made again by
    the next question that needs them: seconds."""
    forget_texts()
    _trim()
    due = monotonic() - _bound["last"] > SELDOM or held() > _bound["left"] + GROWN
    if held() > _bound["most"] and due and (jax := sys.modules.get("jax")):
        jax.clear_caches()
        gc.collect()
        _trim()
        _bound.update(last=monotonic(), left=held())


def forget_texts() -> None:
    """What programs were compiled of goes, 1 to 10 MB each; the programs stay. JAX keeps it behind two names of its own: where a
    JAX has them no more, it stays as well."""
    for module, name in LOWERED:
        with suppress(KeyError, AttributeError):
            getattr(sys.modules[module], name).cache_clear()


def _trim() -> None:
    if library := _library():
        library.malloc_trim(0)


def held() -> float:
    """Memory of this process in MB, as Linux tells it; 0 elsewhere."""
    with suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0
