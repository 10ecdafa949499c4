"""Tables in and out of files: columns of draws in; CSV, Parquet and JSON out, whole or not at all."""

import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from opioidsim.refusal import Refusal, decoded, shown

LARGEST_TABLE = 2**29  # bytes of a table, as it is when nothing is compressed: a small file may unfold to any size


def read_frame(path: Path, **how):
    """The table in a Parquet or CSV file, which may be compressed with gzip. how: to pandas, of a CSV."""
    import gzip
    import io

    import pandas as pd

    if path.suffix != ".parquet":
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rb") as file:
            text = decoded(file.read(LARGEST_TABLE + 1), path, LARGEST_TABLE)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # of values beyond the header, which pandas drops
            try:
                return pd.read_csv(io.StringIO(text), index_col=False, **how)
            except pd.errors.ParserWarning:
                raise Refusal(
                    f'"{shown(str(path))}" has more values in its rows than columns in its header; write a decimal point, not a comma, and name every column.'
                ) from None
    import pyarrow.parquet as parquet

    held = parquet.read_metadata(path)
    if held.num_rows * held.num_columns * 8 > LARGEST_TABLE:
        raise Refusal(f'"{shown(str(path))}" has too many values to read here; at most {LARGEST_TABLE // 8}.')
    return pd.read_parquet(path)


def read_columns(path: str | Path, what: str) -> dict[str, np.ndarray]:
    """The numeric columns of a CSV or Parquet file by name. Refuses an unreadable file, an empty one, or a gap in it."""
    path = Path(path)
    try:
        frame = read_frame(path)
    except Refusal:
        raise
    except Exception as error:
        said = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise Refusal(f'the {what} "{shown(str(path))}" could not be read: {said}.') from None
    if not len(frame):
        raise Refusal(f'the {what} "{path}" has no rows.')
    for name in frame.columns:
        if frame[name].dtype.kind not in "fiu" or not np.isfinite(frame[name]).all():
            raise Refusal(
                f'the {what} "{path.name}": column "{name}" must hold a number in every row, with a decimal point; commas stand between columns.'
            )
    return {str(name): frame[name].to_numpy(float) for name in frame.columns}


def write_parts(path: Path, parts: Iterable[Mapping[str, np.ndarray]]) -> list[Path]:
    """Writes a Parquet table a part at a time, columns by name: one that does not fit into memory. Returns its path."""
    import pyarrow
    import pyarrow.parquet

    with whole(path, "wb") as file:
        tables = map(pyarrow.table, parts)
        first = next(tables)
        with pyarrow.parquet.ParquetWriter(file, first.schema) as writer:
            for table in (first, *tables):
                writer.write_table(table)
    return [path]


def cache_folder() -> Path:
    """Where things that can be made again are kept: the user's cache folder, or $XDG_CACHE_HOME."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "opioidsim"


@contextmanager
def whole(path: Path, mode: str = "w"):
    """A file that appears under its name only when all of it is written. A full disk is refused with a sentence."""
    handle, temporary = _open_beside(path)
    try:
        text = "b" not in mode
        with os.fdopen(handle, mode, encoding="utf-8" if text else None, newline="" if text else None) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        raise Refusal(
            f'"{path}" could not be written: {error.strerror}. Free some space or choose another folder.'
        ) from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def _open_beside(path: Path) -> tuple[int, str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Refusal(f'"{path.parent}" cannot be written to: {error.strerror}. Choose another folder.') from None


TOLD = "run.json"  # what was asked, and which files answer it


@contextmanager
def whole_folder(folder: Path | None, asked: dict, replace: bool = False):
    """All files of an answer appear in `folder` together, when the block ends; after an error none does, but where whoever read
    what was printed has gone (`| head`).

    asked: the question, as JSON has it; it is kept in run.json. A folder that holds the files of another question is
    refused before any work, unless `replace`; the same question takes the place of its own files. Yields what to call with
    a function that writes files into a folder and returns their paths; it returns the paths at which they will appear.
    """
    if folder is None:
        yield lambda write: []
        return
    asked = json.loads(json.dumps(asked, default=str))
    _refuse_another(folder, asked, replace)
    made: list[Path] = []  # the first is the hidden folder
    new = next((f for f in reversed([folder, *folder.parents]) if not f.exists()), None)
    whole = False

    def keep(write):
        nonlocal whole
        found = _written(folder, asked, write, made)
        whole = True
        return found

    try:
        try:
            yield keep
        except BrokenPipeError:
            if whole:
                _appear(made[0], folder)
            raise
        if made:
            _appear(made[0], folder)
    finally:
        if made:
            shutil.rmtree(made[0], ignore_errors=True)
        _drop_empty(folder, new)


def _told(folder: Path) -> dict | None:
    """What run.json tells; None where there is none."""
    try:
        found = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _refuse_another(folder: Path, asked: dict, replace: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise Refusal(f'"{folder}" is a file; give the name of a folder.')
    told = _told(folder)
    if told is None or replace:
        return
    before = told.get("asked")
    if before == asked:
        return
    if not isinstance(before, dict):
        which = "run.json does not say which"
    elif before.get("question") != asked.get("question"):
        which = f"{before.get('question')}, not {asked.get('question')}"
    else:
        which = f"not the same {', '.join(key for key in before | asked if before.get(key) != asked.get(key))}"
    raise Refusal(
        f'"{folder}" holds the files of another question ({which}); choose another folder, or put these in their place with --replace.'
    )


def _written(folder: Path, asked: dict, write: Callable[[Path], list[Path]], made: list[Path]) -> list[Path]:
    """Writes into a hidden folder, with what was asked and the files' names in run.json; returns where they will be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made.append(Path(tempfile.mkdtemp(dir=folder, prefix=".")))
    except OSError as error:
        raise Refusal(f'"{folder}" cannot be written to: {error.strerror}. Choose another folder.') from None
    hidden = made[0]
    names = list(dict.fromkeys([*(path.name for path in write(hidden)), TOLD]))
    told = {"asked": asked} | (_told(hidden) or {}) | {"files": names}
    with whole(hidden / TOLD) as file:
        json.dump(told, file, indent=1)
    return [folder / name for name in names]


def _appear(hidden: Path, folder: Path) -> None:
    """Moves the files to where they are looked for, run.json last; what an earlier answer left there goes first."""
    names = [name for name in (_told(hidden) or {})["files"] if name != TOLD]
    earlier = (_told(folder) or {}).get("files", [])
    try:
        for name in [TOLD, *(Path(str(name)).name for name in earlier if name not in names)]:
            (folder / name).unlink(missing_ok=True)
        for name in [*names, TOLD]:
            os.replace(hidden / name, folder / name)
    except OSError as error:
        raise Refusal(f'"{folder}" could not be written: {error.strerror}. Choose another folder.') from None


def _drop_empty(folder: Path, new: Path | None) -> None:
    """Removes the folders of a call that left nothing in them, from `folder` up to `new`, the first that it made."""
    if new is None or not folder.is_dir():
        return
    for at in [*sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True), folder, *folder.parents]:
        if any(at.iterdir()):
            return
        at.rmdir()
        if at == new:
            return
