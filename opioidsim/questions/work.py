"""How the work of a question is done: where, kept in which folder, and gone on with. It changes no number."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from opioidsim.questions.kinds import Ask, Kind, Parameter, Yes

LONG = (
    "threads",
    "keep",
    "resume",
    "cluster",
    "device",
    "progress",
)  # the parts of `Work` that every question of chunks has


DEVICES = {"cpu": "the processors", "gpu": "a graphics card that JAX can use, for many people at once"}


@dataclass(frozen=True, kw_only=True)
class Work:
    """How the work is done; it changes no number (a card, nothing beyond docs/numerics.md). keep: a folder for finished parts; resume: go on with those of an
    interrupted call; replace: put this call in the place of another question's. cluster: who does the work. device: what computes. refine: halve every
    step so many times. progress: told the share that is done, 0 to 1."""

    threads: Annotated[
        int | None, Kind("whole"), Ask("At most so many threads", "all cores by default", least=1, most=4096)
    ] = None
    keep: Path | None = None
    resume: Annotated[Yes, Ask("Go on with an interrupted call of the same question")] = False
    replace: bool = False
    cluster: Annotated[
        str,
        Kind("text"),
        Ask("Who does the work: the address of a dask scheduler, or how many worker processes to begin here"),
    ] = ""
    device: Annotated[str, Kind("choice"), Ask("What computes", "cpu or gpu", choices=lambda: DEVICES)] = "cpu"
    refine: int = 0
    progress: Callable[[float], None] | None = None

    def told(self, share: float) -> None:
        """Says how far the work is."""
        if self.progress:
            self.progress(min(share, 1.0))

    def part(self, number: int, of: int) -> "Work":
        """The same work, as one of several equal parts: its progress is a part of the whole."""
        return replace(self, progress=lambda share: self.told((number + share) / of))


@contextmanager
def studied(
    name: str, parameters: Sequence[Parameter], asked: Mapping[str, Any], work: Work | None
) -> Iterator[Work | None]:
    """In this block every list of chunks is worked out, kept and gone on with as `work` says, for every question alike.

    Yields the same work, of whose progress the store hears.
    """
    if work is None or not (work.keep or work.cluster or work.device != "cpu"):
        yield work
        return
    from opioidsim.engine.chunks import study

    said = {p.name: p.data(asked[p.name]) for p in parameters if asked[p.name] is not None}
    said = {"question": name} | said | {"files": _files(parameters, asked)}
    with study(
        work.keep, said, resume=work.resume, replace=work.replace, cluster=work.cluster, device=work.device
    ) as how:
        yield replace(work, progress=how.telling(work.progress))


def _files(parameters: Sequence[Parameter], asked: Mapping[str, Any]) -> dict[str, str]:
    """What was asked by a name, as it is now: checksums of tables, and plans of trials in full."""
    from opioidsim.cases import stamp

    found = {}
    for p in parameters:
        value = asked[p.name]
        if p.kind.name == "plan":
            found[p.name] = value.model_dump_json()
        scenarios = value if p.kind.several else (value,) if value else ()
        paths = [path for each in scenarios for path in stamp.files(each)] if p.kind.name == "scenario" else []
        if p.kind.name == "file" and value:
            paths = [Path(each) for each in (value if p.kind.several else (value,))]
        found |= {str(path): stamp.checksum(path) for path in paths if path.is_file()}
    return found
