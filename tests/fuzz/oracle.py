"""What is right whatever was given: an answer of finite numbers, or one sentence."""

import math
import signal
import warnings
from contextlib import contextmanager

from opioidsim.refusal import Refusal

LONGEST = 300  # characters of a sentence
SECONDS = 5  # of work, for one input


class Hangs(AssertionError):
    """One input took too long."""


@contextmanager
def in_time(seconds: float):
    """The block must be done in so many seconds of this process's own time; a busy machine does not count."""

    def over(*_):
        raise Hangs(f"more than {seconds} s of work")

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def sentence(said: str) -> None:
    """One sentence that can be shown anywhere."""
    assert 0 < len(said) < LONGEST, said
    assert all(c.isprintable() or c == "\u00a0" for c in said), ascii(said)
    assert said.rstrip('")')[-1:] in ".?!", said
    assert "http" not in said and "Traceback" not in said and "a fault of the program" not in said, said


def answered(ask, *given, seconds: float = SECONDS):
    """What `ask` answers; None where it refuses, with one sentence. Anything else, a warning too, is a fault."""
    with in_time(seconds), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return ask(*given)
        except Refusal as refusal:
            sentence(str(refusal))


def finite(found) -> None:
    """Every number in plain data is one."""
    if isinstance(found, dict):
        for key, each in found.items():
            finite(key), finite(each)
    elif isinstance(found, list | tuple):
        for each in found:
            finite(each)
    elif isinstance(found, float):
        assert math.isfinite(found)
