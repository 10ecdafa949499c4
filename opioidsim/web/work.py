"""Long questions in a queue with a few workers: progress, cancel, and answers kept for a while."""

import json
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

from opioidsim.refusal import Refusal
from opioidsim.web.memory import forget_texts, give_back

WORKERS = 2
MOST_WAITING, MOST_KEPT, MOST_HELD = 16, 60, 4
UNFINISHED = ("waiting", "running")


class Cancelled(Exception):
    """Raised inside a question's progress callback: the work stops before its next piece."""


class Busy(Refusal):
    """Too many questions wait already."""


@dataclass
class Job:
    """One question on its way. state: waiting, running, done, failed or cancelled; done: the share, 0 to 1."""

    id: str
    verb: str
    state: str = "waiting"
    done: float = 0.0
    error: str = ""
    where: str = ""
    answer: bytes = b""  # as JSON: a tenth of what its tables and figures take as objects
    python: str = ""  # the copy that a notebook is made of
    held: Any = None  # of the newest answers, the Answer itself: files are made of it
    begun: float = field(default_factory=monotonic)
    work: Future[None] = field(default_factory=Future)  # is over when nothing more will change

    def told(self, share: float) -> None:
        """What the work calls between its pieces."""
        if self.state == "cancelled":
            raise Cancelled
        self.done = max(self.done, min(float(share), 1.0))
        forget_texts()

    def status(self) -> dict:
        """What a page that waits wants to know."""
        return {"id": self.id, "verb": self.verb, "state": self.state, "done": self.done, "seconds": round(monotonic() - self.begun, 1),
                "error": self.error, "where": self.where}  # fmt: skip


class Queue:
    """The questions of one server."""

    def __init__(self):
        self._pool = ThreadPoolExecutor(WORKERS, "question")
        self._jobs: dict[str, Job] = {}
        self._lock = Lock()

    def ask(self, verb: str, work: Callable[[Callable[[float], None]], dict]) -> Job:
        """Puts work into the queue; it is called with its progress callback and returns the answer."""
        with self._lock:
            if sum(job.state in UNFINISHED for job in self._jobs.values()) >= MOST_WAITING:
                raise Busy(f"{MOST_WAITING} questions wait already; try again when one is done, or cancel one.")
            finished = [job.id for job in self._jobs.values() if job.state not in UNFINISHED]
            for old in finished[: max(0, len(self._jobs) - MOST_KEPT)]:
                del self._jobs[old]
            job = self._jobs.setdefault(name := secrets.token_urlsafe(9), Job(name, verb))
        job.work = self._pool.submit(self._run, job, work)
        return job

    def find(self, name: str) -> Job | None:
        """The job of this id, if it is still known."""
        return self._jobs.get(name)

    def cancel(self, job: Job) -> None:
        """Stops a job that waits or runs; a finished one stays as it is."""
        with self._lock:
            if job.state in UNFINISHED:
                job.state = "cancelled"

    def close(self) -> None:
        """Stops everything; the pieces that run are finished."""
        for job in list(self._jobs.values()):
            self.cancel(job)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, job: Job, work) -> None:
        if not self._moved(job, "waiting", "running"):
            return
        try:
            found = work(job.told)
            job.held, job.python = found.pop("held", None), found.get("python", "")
            job.answer = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
            self._moved(job, "running", "done")
            with self._lock:
                for old in [each for each in self._jobs.values() if each.held][:-MOST_HELD]:
                    old.held = None
            give_back()
        except Cancelled:
            pass
        except Refusal as refusal:
            job.error, job.where = str(refusal), refusal.where
            self._moved(job, "running", "failed")
        except Exception as error:  # a worker must outlive whatever happens in a question
            job.error = f"a fault of the program, not of your input ({type(error).__name__}); please report it."
            self._moved(job, "running", "failed")

    def _moved(self, job: Job, old: str, new: str) -> bool:
        with self._lock:
            if job.state != old:
                return False
            job.state = new
            return True
