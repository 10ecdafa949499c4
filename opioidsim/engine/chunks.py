"""People in chunks: on threads, or on the machines of a cluster; each finished chunk kept where its study has a folder.

People do not touch each other, so chunks may be worked out anywhere and in any order. They are
handed on in the order of person numbers all the same: results are then equal to the last bit on any
number of threads or machines.

Where chunks are worked out and kept is said once, by who asks (`study`), and holds for every list of chunks of the answer.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from opioidsim.cases import stamp
from opioidsim.engine import clock
from opioidsim.engine.cluster import Crew, crew
from opioidsim.engine.store import Store, opened
from opioidsim.refusal import Refusal

Part = TypeVar("Part")  # a chunk, most often a range of people
Found = TypeVar("Found")  # most often columns, name -> (..., people), which alone can be kept


@dataclass(frozen=True)
class How:
    """How the chunks of one question are worked out. crew: by whom, where not by threads; store: where finished ones are kept;
    device: what computes, see `device.on`."""

    crew: Crew | None = None
    store: Store | None = None
    device: str = "cpu"

    def telling(self, progress: Callable[[float], None] | None, total: float = 1.0) -> Callable[[float], None]:
        """The same progress, told of how many of `total`, of which the store hears too."""

        def told(done: float) -> None:
            if self.store:
                self.store.told[0] = done / total
            if progress:
                progress(done)

        return told


HERE = How()  # this machine, nothing kept
ON_A_CARD = 2  # chunks at once: while one is marched, the people of the next are drawn
_HOW: ContextVar[How] = ContextVar("how", default=HERE)


@contextmanager
def study(
    folder: Path | None,
    question: dict[str, Any],
    *,
    resume: bool = False,
    replace: bool = False,
    cluster: str = "",
    device: str = "cpu",
) -> Iterator[How]:
    """In this block, the chunks of one question: kept in `folder`, if there is one, and worked out on `cluster`, if there is one,
    by the processors or the card of `device`.

    question: what is asked, as data. For resume and replace see `store.opened`.
    """
    with ExitStack() as stack:
        kept, halved = None, clock.halvings(0)
        if halved and cluster:
            raise Refusal("the workers of a cluster do not hear that every step is halved; ask on this machine.")
        if device != HERE.device:
            from opioidsim.engine.device import on

            stack.enter_context(on(device))
        if folder is not None:
            model = f"{stamp.model()}\nsteps halved = {halved}\ndevice = {device}"
            kept = stack.enter_context(opened(folder, question, model, resume=resume, replace=replace))
        how = How(stack.enter_context(crew(cluster)) if cluster else None, kept, device)
        before = _HOW.set(how)
        stack.callback(lambda: _HOW.reset(before))
        yield how


def are_kept() -> bool:
    """Whether finished chunks are kept here: what does not fit into memory may then lie in their parts alone."""
    return _HOW.get().store is not None


class Steps:
    """Tells the share of `total` steps that are done, inside chunks too; in another process, a copy that tells nobody."""

    def __init__(self, progress: Callable[[float], None] | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def __reduce__(self) -> tuple[type["Steps"], tuple[None, int]]:
        return Steps, (None, self._total)

    def __call__(self, done: int | None = None) -> None:
        """One more step is done, or at least `done` of them."""
        self._done = max(self._done, done) if done is not None else self._done + 1
        if self._progress:
            self._progress(min(self._done / self._total, 1.0))


def of(total: int, size: int) -> list[range]:
    """Person numbers in chunks that are always full: whoever is beyond the last person is simulated and left out.

    A full chunk has the shape that was compiled already. More than that: the compiler chooses its
    arithmetic by shape, so that a person in a short last chunk could differ in the last digit from
    the same person in a larger crowd.
    """
    return [range(first, first + size) for first in range(0, total, size)]


def each(run: Callable[[Part], Found], chunks: Sequence[Part], threads: int | None = None) -> Iterator[Found]:
    """`run(chunk)` of every chunk, in order: columns, name -> (..., people). No more than a few finished chunks wait at any time.

    threads: at most so many at once, by default all cores (compiled code lets go of Python's lock). Raises Refusal where JAX
    cannot give sound numbers here.
    """
    how = _HOW.get()
    threads = threads or (None if how.device == HERE.device else ON_A_CARD)
    doing, run = how.crew.each if how.crew else partial(_on_threads, threads=threads), partial(_by, how.device, run)
    return how.store.through(run, chunks, doing) if how.store else doing(run, chunks)


def _by(device: str, run: Callable[[Part], Found], chunk: Part) -> Found:
    """`run(chunk)` by that device, on whatever thread or machine this is."""
    from opioidsim.engine.device import on

    with on(device):
        return run(chunk)


def _on_threads(run: Callable[[Part], Found], chunks: Sequence[Part], threads: int | None) -> Iterator[Found]:
    """One chunk more than there are threads is under way, so that no thread waits while the results of
    another are taken; memory stays the same for any number of people. Whoever stops asking cancels
    what has not begun.
    """
    from opioidsim.engine.course import sound_arithmetic

    sound_arithmetic()
    workers = min(threads or os.cpu_count() or 1, len(chunks))
    with ThreadPoolExecutor(workers) as pool:
        coming, running = iter(chunks), list[Future[Found]]()
        try:
            running += [pool.submit(run, chunk) for chunk in islice(coming, workers + 1)]
            while running:
                done = running.pop(0).result()
                running += [pool.submit(run, chunk) for chunk in islice(coming, 1)]
                yield done
        finally:
            for future in running:
                future.cancel()
