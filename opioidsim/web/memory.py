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
from threading import Thread
from time import monotonic, sleep

HEAPS, MOST_HEAPS = -8, 2  # M_ARENA_MAX of glibc's malloc.h
ALONE, LEAST_ALONE = -3, 2**20  # M_MMAP_THRESHOLD: an array of so many bytes goes back to the machine once freed
MOST = 560.0  # MB: beyond them a server lets go of compiled programs
ROOM = 450.0  # MB that may be held when a long question begins: the longest take 250 more while they run
STEP = 30.0  # MB that come on top until it is looked again whether texts of programs lie about
SELDOM = 600.0  # seconds between, so that who works with many people waits for them once and not at every change,
GROWN = 60.0  # or MB that have come on top since: questions of many kinds one after the other
LOWERED = (("jax._src.pjit", "_pjit_lower"), ("jax._src.interpreters.pxla", "_cached_lowering_to_hlo"))
_bound = {"most": math.inf, "last": -math.inf, "left": math.inf}  # MB, when it was done last, MB that were left then


@cache
def _library():
    """The C library where it is glibc, else nothing that has these functions."""
    with suppress(OSError):
        return ctypes.CDLL("libc.so.6")
    return None


def frugal() -> None:
    """Threads share two heaps from now on, so that what one frees another can use; large arrays lie in none, where they would leave
    holes: a question that walks a crowd through many days held 150 MB of them."""
    if library := _library():
        library.mallopt(HEAPS, MOST_HEAPS)
        library.mallopt(ALONE, LEAST_ALONE)


def bound(most: float = MOST) -> None:
    """This process lets go of compiled programs beyond so many MB, whenever it gives back."""
    _bound.update(most=most, last=-math.inf, left=math.inf)


def is_bound() -> bool:
    """Whether this process is a server that holds no more than it must."""
    return math.isfinite(_bound["most"])


def is_full() -> bool:
    """Whether it holds more than it must: programs of many kinds of scenario, one after the other."""
    return held() > _bound["most"]


def watch() -> None:
    """From now on texts of programs are let go of while questions work: a fit compiles hundreds before it says how far it is."""

    def look() -> None:
        low = held()
        while True:
            sleep(0.5)
            low = min(low, held())
            if held() > low + STEP:
                forget_texts()
                _trim()
                low = held()

    Thread(target=look, daemon=True).start()


def make_room() -> None:
    """Before a long question: what compiled programs hold is let go of where its arrays would not fit beside them."""
    if is_bound() and held() > ROOM:
        _let_go()


def give_back() -> None:
    """What was freed goes back to the machine; milliseconds. Beyond the bound compiled programs go too, and are made again by
    the next question that needs them: seconds."""
    forget_texts()
    _trim()
    due = monotonic() - _bound["last"] > SELDOM or held() > _bound["left"] + GROWN
    if held() > _bound["most"] and due:
        _let_go()


def _let_go() -> None:
    if jax := sys.modules.get("jax"):
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
