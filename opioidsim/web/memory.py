"""What a server gives back to its machine: the C library keeps what was freed, in one heap for each thread, unless it is told."""

import ctypes
from contextlib import suppress
from functools import cache

HEAPS, MOST_HEAPS = -8, 2  # M_ARENA_MAX of glibc's malloc.h


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


def give_back() -> None:
    """What was freed goes back to the machine; milliseconds."""
    if library := _library():
        library.malloc_trim(0)
