"""Tables in and out of files: columns of draws in; CSV, Parquet and JSON out, whole or not at all."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from opioidsim.refusal import Refusal


def read_columns(path: str | Path, what: str) -> dict[str, np.ndarray]:
    """The numeric columns of a CSV or Parquet file by name. Refuses an unreadable file, an empty one, or a gap in it."""
    import pandas as pd

    path = Path(path)
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except Exception as error:
        raise Refusal(f'the {what} "{path}" could not be read: {str(error).splitlines()[0]}') from None
    if not len(frame):
        raise Refusal(f'the {what} "{path}" has no rows.')
    for name in frame.columns:
        if frame[name].dtype.kind not in "fiu" or not np.isfinite(frame[name]).all():
            raise Refusal(f'the {what} "{path.name}": column "{name}" must hold a number in every row.')
    return {str(name): frame[name].to_numpy(float) for name in frame.columns}


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
