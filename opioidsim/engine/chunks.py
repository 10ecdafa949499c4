"""People in chunks: on threads, or on the machines of a cluster; each finished chunk kept, so that a study can go on.

People do not touch each other, so chunks may be worked out anywhere and in any order. They are
handed on in the order of person numbers all the same: results are then equal to the last bit on any
number of threads or machines.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from opioidsim.files import whole
from opioidsim.refusal import Refusal, need


def of(total: int, size: int) -> list[range]:
    """Person numbers in chunks that are always full: whoever is beyond the last person is simulated and left out.

    A full chunk has the shape that was compiled already. More than that: the compiler chooses its
    arithmetic by shape, so that a person in a short last chunk could differ in the last digit from
    the same person in a larger crowd.
    """
    return [range(first, first + size) for first in range(0, total, size)]


def each(run: Callable, chunks: list, threads: int | None = None, cluster: str = "") -> Iterator:
    """`run(chunk)` of every chunk, in order. No more than a few finished chunks wait at any time.

    threads: at most so many at once, by default all cores (compiled code lets go of Python's lock).
    cluster: the address of a dask scheduler that does the work instead. Raises Refusal where JAX
    cannot give sound numbers here, or where no scheduler answers.

    One chunk more than there are threads is under way, so that no thread waits while the results of
    another are taken; memory stays the same for any number of people. Whoever stops asking cancels
    what has not begun.
    """
    if cluster:
        yield from _on_cluster(partial(_soundly, run), chunks, cluster)
        return
    from opioidsim.engine.course import sound_arithmetic

    sound_arithmetic()
    workers = min(threads or os.cpu_count() or 1, len(chunks))
    with ThreadPoolExecutor(workers) as pool:
        coming, running = iter(chunks), []
        try:
            running += [pool.submit(run, chunk) for chunk in islice(coming, workers + 1)]
            while running:
                done = running.pop(0).result()
                running += [pool.submit(run, chunk) for chunk in islice(coming, 1)]
                yield done
        finally:
            for future in running:
                future.cancel()


def _soundly(run: Callable, chunk):
    """`run(chunk)` on another machine, where its JAX can give sound numbers."""
    from opioidsim.engine.course import sound_arithmetic

    sound_arithmetic()
    return run(chunk)


def _on_cluster(run: Callable, chunks: list, address: str) -> Iterator:
    """The same by the workers of a dask scheduler. Raises Refusal without dask, and where nothing
    answers at the address.

    `pure=False`: a chunk is worked out although one with the same arguments was before, since dask
    cannot see the library's facts behind them. Results are let go of as they are handed on.
    """
    need("distributed", "a cluster")
    from dask.distributed import Client

    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise Refusal(
            f'no scheduler answers at "{address}": {str(error).splitlines()[0]}. Start one with  dask scheduler.'
        ) from None
    with client:
        waiting = client.map(run, chunks, pure=False)
        for future in waiting:
            yield future.result()
            future.release()


def kept(
    run: Callable, chunks: list, folder: Path, question: str, resume: bool, model: str = "", **how
) -> Iterator[dict[str, np.ndarray]]:
    """As `each`, for a `run` that returns columns; every finished chunk is a Parquet part in `folder`.

    question: what is asked; model: everything else that the columns depend on, a line each, "name =
    number". With `resume`, parts of the same question and model are read instead of worked out
    again, if they are whole by their seal; parts of another are refused. Without it, parts that lie
    there are removed first.

    The stamp, `question.json`, is written with the first finished part: a folder in which nothing
    was finished binds nobody. A part appears whole or not at all, so that an interruption leaves no
    half of one. Fresh columns are read back from their file too: a resumed study gives the same
    bytes as one that was never interrupted.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet

    stamp = folder / "question.json"
    mark = hashlib.sha256(question.encode()).hexdigest()
    found = _stamp(stamp) if resume else None
    if found is not None:
        if found.get("sha256") != mark:
            raise Refusal(
                f'"{folder}" holds parts of another study; choose another folder, or leave out --resume to begin anew.'
            )
        if found.get("model", "") != model:
            raise Refusal(
                f'the model has changed since the parts in "{folder}" were made ({_changed(str(found.get("model", "")), model)}); '
                "leave out --resume to begin anew, or go back to the model that made them."
            )
    if not resume and folder.exists():
        for old in [*folder.glob("part-*.parquet"), stamp]:
            old.unlink(missing_ok=True)
    paths = {chunk: folder / f"part-{chunk.start:09d}.parquet" for chunk in chunks}
    seals = {chunk: f"{mark} {model} {chunk}" for chunk in chunks}
    missing = [chunk for chunk in chunks if not _is_sound(paths[chunk], seals[chunk])]
    working = each(run, missing, **how) if missing else iter(())
    for chunk in chunks:
        if chunk in missing:
            columns = next(working)
            if _stamp(stamp) is None:
                with whole(stamp) as file:
                    json.dump({"sha256": mark, "question": question, "model": model}, file)
            with whole(paths[chunk], "wb") as file:
                sealed = {SEAL: _seal(columns, seals[chunk])}
                parquet.write_table(pa.table(columns).replace_schema_metadata(sealed), file)
        yield _columns(paths[chunk])[0]


SEAL = b"opioidsim.seal"  # of a part, in its own file: what it answers and what it holds, as one number


def _seal(columns: Mapping[str, np.ndarray], of: str) -> bytes:
    """One number of a part's columns and of what they answer: of the same part there is only one, of any other there is another."""
    found = hashlib.sha256(of.encode())
    for name, column in columns.items():
        column = np.asarray(column)
        texts = column.dtype.kind not in "biuf"
        found.update(f"{name} {'text' if texts else column.dtype.str} {len(column)}".encode())
        found.update("\0".join(map(str, column)).encode() if texts else np.ascontiguousarray(column).tobytes())
    return found.hexdigest().encode()


def _columns(path: Path) -> tuple[dict[str, np.ndarray], bytes]:
    """The columns of a part, and its seal."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(path)
    return {name: table[name].to_numpy() for name in table.column_names}, (table.schema.metadata or {}).get(SEAL, b"")


def _is_sound(path: Path, of: str) -> bool:
    """Whether a finished part lies there, whole, and answers this; any other is worked out again."""
    try:
        columns, seal = _columns(path)
    except Exception:  # damaged in any way, or not there
        return False
    return seal == _seal(columns, of)


def _stamp(path: Path) -> dict | None:
    """What the stamp of a folder says; None where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _changed(before: str, now: str) -> str:
    """The first number that differs, and how many do."""
    old, new = (
        {line.partition(" = ")[0]: line.partition(" = ")[2] for line in text.splitlines()} for text in (before, now)
    )
    names = [name for name in old | new if old.get(name) != new.get(name)]
    many = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]}: {old.get(names[0], 'none')} then, {new.get(names[0], 'none')} now{many}"
