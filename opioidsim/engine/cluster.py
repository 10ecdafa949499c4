"""Chunks on the machines of a cluster, or on worker processes of this one: dask.distributed, for every question.

Only so many chunks are handed over as keep the workers busy. A worker that is lost is named, and others work its chunk out again;
when the last one has been gone for PATIENCE seconds, or the scheduler answers no more, the study ends in one sentence.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import islice
from typing import Any

from opioidsim.cases import stamp
from opioidsim.refusal import Refusal, need

PATIENCE = 30.0  # seconds without any worker after which a study ends
LOOK = 1.0  # seconds between looks at who is there
AHEAD = 2  # chunks that are handed over for each thread of the workers
MOST = 4096  # worker processes on one machine
GO_ON = "What was finished is kept in the folder of --out: the same command with --resume goes on."


@contextmanager
def crew(cluster: str) -> Iterator["Crew"]:
    """The workers of a cluster, for as long as the block lasts. cluster: the address of a dask scheduler, or how many worker
    processes to begin here. Raises Refusal without dask, and where nothing answers at the address."""
    need("distributed", "a cluster")
    from dask.distributed import Client, LocalCluster

    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if cluster.isdigit():
            if not 1 <= int(cluster) <= MOST:
                raise Refusal(
                    f"cluster: {cluster} worker processes were asked for; give 1 to {MOST}, or an address.",
                    where="cluster",
                )
            here = LocalCluster(
                n_workers=int(cluster), threads_per_worker=1, memory_limit=None, dashboard_address="", silence_logs=logging.CRITICAL
            )  # fmt: skip
            yield Crew(stack.enter_context(Client(stack.enter_context(here))))
            return
        try:
            client = stack.enter_context(Client(cluster, timeout=10))
        except (OSError, ValueError, TimeoutError) as error:
            raise Refusal(
                f'no scheduler answers at "{cluster}": {str(error).splitlines()[0]}. Start one with  dask scheduler.'
            ) from None
        yield Crew(client)


@contextmanager
def _quiet() -> Iterator[None]:
    """In this block dask says nothing by itself: what is lost or gone is said here, in one sentence."""
    loud = [
        each for name, each in logging.root.manager.loggerDict.items() if name.startswith(("distributed", "tornado"))
    ]
    loud = [each for each in loud if isinstance(each, logging.Logger) and not each.disabled]
    for each in loud:
        each.disabled = True
    try:
        yield
    finally:
        for each in loud:
            each.disabled = False


class Crew:
    """The workers of a client: who is there, and who is lost."""

    def __init__(self, client) -> None:
        self._client, self._mark = client, stamp.mark()
        self._there = dict(client.ncores())  # threads by worker
        self._since = self._looked = 0.0  # when a worker was last seen, and looked for

    def each(self, run: Callable[[Any], Any], chunks: Sequence[Any]) -> Iterator[Any]:
        """`run(chunk)` of every chunk, in order.

        `pure=False`: a chunk is worked out although one with the same arguments was before, since dask cannot see the library's
        facts behind them. Results are let go of as they are handed on.
        """
        coming, running = iter(chunks), deque()
        try:
            while True:
                room = AHEAD * max(sum(self._there.values()), 1) + 1 - len(running)
                running += [(chunk, self._given(run, chunk)) for chunk in islice(coming, max(room, 0))]
                if not running:
                    return self._look()
                chunk, future = running.popleft()
                yield self._result(chunk, future)
                future.release()
        finally:
            for _, future in running:
                future.release()

    def _given(self, run: Callable, chunk):
        return self._client.submit(_soundly, run, chunk, self._mark, pure=False)

    def _result(self, chunk, future):
        """What a chunk came to, waited for as long as there is anybody to work it out."""
        from dask.distributed import CancelledError, KilledWorker
        from distributed.comm.core import CommClosedError

        self._since = time.monotonic()
        try:
            while not future.done():
                try:
                    future.result(timeout=LOOK)
                except TimeoutError:
                    self._look()
            if time.monotonic() - self._looked > LOOK:
                self._look()
            return future.result()
        except KilledWorker:
            raise Refusal(
                f"{chunk} has cost several workers their lives, for want of memory perhaps; give them more. {GO_ON}"
            ) from None
        except (CancelledError, CommClosedError):
            raise self._gone() from None

    def _look(self) -> None:
        """Names the workers that are lost. Raises Refusal where the scheduler, or for PATIENCE seconds every worker, is gone."""
        self._looked = time.monotonic()
        if self._client.status != "running":
            raise self._gone()
        try:
            now = dict(self._client.ncores())
        except (OSError, ValueError):
            raise self._gone() from None
        for lost in self._there.keys() - now.keys():
            logging.getLogger("opioidsim").warning("the worker %s is lost; its part is worked out again.", lost)
        self._there = now
        if now:
            self._since = time.monotonic()
        elif time.monotonic() - self._since > PATIENCE:
            raise Refusal(f"the cluster has had no worker for {PATIENCE:.0f} s; start one with  dask worker. {GO_ON}")

    def _gone(self) -> Refusal:
        return Refusal(f"the scheduler of the cluster is gone. {GO_ON}")


def _soundly(run: Callable, chunk, mark: str):
    """`run(chunk)` by a worker whose model is that of whoever asks, and whose JAX can give sound numbers."""
    from opioidsim.engine.course import sound_arithmetic

    if _mark() != mark:
        raise Refusal(
            "a worker of the cluster has another model, package or library than this process; install the same on all, and name "
            "one's own library to the workers with OPIOIDSIM_LIBRARY=FOLDER."
        )
    sound_arithmetic()
    return run(chunk)


@cache
def _mark() -> str:
    return stamp.mark()
