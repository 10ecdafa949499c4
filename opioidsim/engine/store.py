"""The store: finished parts of a study in a folder, so that it can go on where it stopped, and nothing else is taken for them.

A study is one question and all lists of chunks that its answer needs, in the order in which they are begun. In the folder lie

    study.json         the manifest: what is asked, all that the numbers depend on, the lists of chunks begun so far
    finished.jsonl     the ledger: a line for each finished part, with its rows and its checksum
    list-00/part-*     the parts, Parquet, one row for each person; they appear whole or not at all
    lock               held while somebody works here

A part counts where its bytes have the checksum of the ledger, which is salted with the manifest: one that is damaged, swapped, too
short or of another study is worked out again, and that is said.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from opioidsim.files import whole
from opioidsim.refusal import Refusal

MANIFEST, LEDGER, LOCK, ENDED = "study.json", "finished.jsonl", "lock", "ended"
SHORT = 1
Columns = dict[str, np.ndarray]  # name -> (..., people)


@dataclass(frozen=True)
class Store:
    """The open folder of a study.

    mark: of what is asked and of the model; it salts every checksum. ledger: the lines of parts that an earlier call has left, by
    name. told: [the share of the work that is done]. lists: numbers the lists of chunks.
    """

    folder: Path
    manifest: dict
    mark: str
    ledger: dict[str, dict]
    told: list[float] = field(default_factory=lambda: [0.0])
    lists: Iterator[int] = field(default_factory=count)

    def through(
        self,
        run: Callable[[Any], Any],
        chunks: Sequence[Any],
        each: Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[Any]],
    ) -> Iterator[Any]:
        """The columns of every chunk, in order: those that lie here are read, the others are worked out by `each` and kept.

        Fresh columns are read back from their file too: a study that went on gives the same bytes as one that was never stopped.
        """
        number = next(self.lists)
        self._begin({"list": number, "parts": len(chunks), "first": str(chunks[0]), "last": str(chunks[-1])})
        names = {chunk: f"list-{number:02d}/part-{place:06d}.parquet" for place, chunk in enumerate(chunks)}
        missing = [chunk for chunk in chunks if not self._is_sound(names[chunk], chunk)]
        left = set(missing)
        spoilt = sum(names[chunk] in self.ledger or (self.folder / names[chunk]).exists() for chunk in missing)
        if spoilt:
            one = "part is" if spoilt == 1 else "parts are"
            logging.getLogger("opioidsim").warning(
                "%s finished %s damaged or not of this study, and worked out again.", spoilt, one
            )
        working = each(run, missing) if missing else iter(())
        for chunk in chunks:
            if chunk in left:
                self._keep(names[chunk], chunk, next(working))
            yield read_part(self.folder / names[chunk])

    def _begin(self, found: dict) -> None:
        """Another list of chunks is begun; the manifest says so."""
        self.manifest["lists"].append(found)
        with whole(self.folder / MANIFEST) as file:
            json.dump(self.manifest | {"seal": _seal(self.manifest)}, file, indent=1)

    def _is_sound(self, name: str, chunk) -> bool:
        """Whether this finished part lies there as it was written, and is of this chunk of this study."""
        line = self.ledger.get(name)
        if line is None or line.get("of") != str(chunk):
            return False
        try:
            return self._checksum((self.folder / name).read_bytes()) == line.get("sha256")
        except OSError:
            return False

    def _keep(self, name: str, chunk, columns: Mapping[str, np.ndarray]) -> None:
        """Writes a part, and only then its line in the ledger."""
        data, rows = as_part(columns)
        with whole(self.folder / name, "wb") as file:
            file.write(data)
        self._write(
            {"part": name, "of": str(chunk), "rows": rows, "sha256": self._checksum(data), "share": self.told[0]}
        )

    def _checksum(self, data: bytes) -> str:
        return hashlib.sha256(self.mark.encode() + data).hexdigest()

    def _write(self, line: dict) -> None:
        with (self.folder / LEDGER).open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(line)}")  # a line that was half written stays one of its own


def as_part(columns: Mapping[str, np.ndarray]) -> tuple[bytes, int]:
    """Columns as the bytes of a Parquet file, and its rows: one row for each person, further axes as a list of fixed length in it."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    fields, arrays = [], []
    for name, column in columns.items():
        column = np.asarray(column)
        flat = np.ascontiguousarray(np.moveaxis(column, -1, 0)).reshape(column.shape[-1], -1)
        inner = pa.array(flat.ravel())
        array = inner if column.ndim == 1 else pa.FixedSizeListArray.from_arrays(inner, flat.shape[1])
        fields.append(pa.field(name, array.type, metadata={"shape": json.dumps(column.shape[:-1])}))
        arrays.append(array)
    table, sink = pa.Table.from_arrays(arrays, schema=pa.schema(fields)), pa.BufferOutputStream()
    parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes(), table.num_rows


def read_part(path: Path) -> Columns:
    """The columns of a part, people last."""
    import pyarrow.parquet as parquet

    table, found = parquet.read_table(path), {}
    for field_ in table.schema:
        column = table[field_.name].combine_chunks()
        shape = tuple(json.loads((field_.metadata or {}).get(b"shape", b"[]")))
        flat = (column.flatten() if shape else column).to_numpy(zero_copy_only=False)
        found[field_.name] = np.ascontiguousarray(np.moveaxis(flat.reshape(-1, *shape), 0, -1))
    return found


@contextmanager
def opened(folder: Path, question: dict, model: str, *, resume: bool = False, replace: bool = False) -> Iterator[Store]:
    """The folder of this study, held for as long as the block lasts.

    question: what is asked, as JSON has it; model: everything else that the numbers depend on, a line each, "name = value". With
    `resume` the parts of the same question and model count; of another they are refused. Without it the study begins anew, in
    the place of its own parts, and of another question's only with `replace`. Where no part was finished, nothing stays, nor of a
    study that has its answer and no list of more than SHORT parts.
    """
    asked = json.loads(json.dumps(question, default=str))
    mark = hashlib.sha256(f"{json.dumps(asked, sort_keys=True)}\n{model}".encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        earlier, ledger = _manifest(folder / MANIFEST), _lines(folder / LEDGER)
        if ledger:
            _refuse_another(folder, earlier, asked, model, resume=resume, replace=replace)
        if not resume or (earlier and earlier["question"] != asked):
            ledger = {}
            _clear(folder)
        store = Store(folder, {"question": asked, "model": model.splitlines(), "mark": mark, "lists": []}, mark, ledger)
        try:
            yield store
            if all(each["parts"] <= SHORT for each in store.manifest["lists"]):
                _clear(folder)
            elif _lines(folder / LEDGER):
                store._write({"part": ENDED})
        finally:
            if not _lines(folder / LEDGER):
                _clear(folder)
                (folder / LOCK).unlink(missing_ok=True)
                with suppress(OSError):  # it holds something else
                    folder.rmdir()


def _refuse_another(
    folder: Path, earlier: dict | None, asked: dict, model: str, *, resume: bool, replace: bool
) -> None:
    """Refuses parts of another question, and with `resume` those of another model, by the name of what differs."""
    if replace and (earlier is None or earlier["question"] != asked):
        return
    if earlier is None:
        if not resume:
            raise Refusal(
                f'"{folder}" holds parts of a study that no longer says what it asks; choose another folder, or put this one in its place with --replace.'
            )
        return  # the checksums tell which parts are of this one
    before = earlier["question"]
    if before != asked:
        raise Refusal(f'"{folder}" holds parts of another study ({_differs(before, asked)}); choose another folder, or put '
                      "this one in its place with --replace.")  # fmt: skip
    if resume and earlier["model"] != model.splitlines():
        raise Refusal(
            f'the model has changed since the parts in "{folder}" were made ({_changed(earlier["model"], model.splitlines())}); '
            "leave out --resume to begin anew, or go back to the model that made them."
        )


def _differs(before: dict, asked: dict) -> str:
    if before.get("question") != asked.get("question"):
        return f"{before.get('question')}, not {asked.get('question')}"
    return f"not the same {', '.join(key for key in before | asked if before.get(key) != asked.get(key))}"


def _changed(before: list[str], now: list[str]) -> str:
    """The first number that differs, and how many do."""
    old, new = ({line.partition(" = ")[0]: line.partition(" = ")[2] for line in lines} for lines in (before, now))
    names = [name for name in old | new if old.get(name) != new.get(name)] or ["its order"]
    many = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]}: {old.get(names[0], 'none')} then, {new.get(names[0], 'none')} now{many}"


def _clear(folder: Path) -> None:
    """Removes the parts, the ledger and the manifest of a study; the ledger first, so that no part counts any more."""
    for old in [folder / LEDGER, folder / MANIFEST, *folder.glob("list-*/*part-*.parquet*")]:
        old.unlink(missing_ok=True)
    for empty in folder.glob("list-*"):
        if not any(empty.iterdir()):
            empty.rmdir()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds the folder, until the end of this process at the latest. Refuses where another process holds it."""
    import fcntl

    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(f'another process is working in "{folder}"; wait for it, or choose another folder.') from None
        yield


def _seal(manifest: dict) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def _manifest(path: Path) -> dict | None:
    """What a manifest says; None where there is none that is whole."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.pop("seal", None) == _seal(found) else None


def _lines(path: Path) -> dict[str, dict]:
    """The lines of a ledger by part, the last of each; what cannot be read as a line is none."""
    found = {}
    try:
        text = path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return found
    for line in text.splitlines():
        try:
            read = json.loads(line)
            found[str(read["part"])] = read
        except (ValueError, TypeError, KeyError):
            continue
    return found


def status(folder: Path) -> dict:
    """How far the study in a folder is, as a table: what is asked, the share that is done, the parts of each list begun, their
    people, whether somebody works there now, and whether it has ended. Raises Refusal where there is no study."""
    folder = folder / "parts" if (folder / "parts" / MANIFEST).exists() else folder
    manifest, ledger = _manifest(folder / MANIFEST), _lines(folder / LEDGER)
    if manifest is None:
        raise Refusal(f'there are no parts of a study in "{folder}"; give the folder that --out named.')
    ended = ledger.pop(ENDED, None) is not None
    try:
        lists = [
            {
                "list": each["list"],
                "parts": each["parts"],
                "finished": len(mine),
                "rows": sum(one["rows"] for one in mine),
            }
            for each in manifest["lists"]
            for mine in [[one for name, one in ledger.items() if name.startswith(f"list-{each['list']:02d}/")]]
        ]
        share = 1.0 if ended else max((float(line["share"]) for line in ledger.values()), default=0.0)
    except (KeyError, TypeError, ValueError):
        raise Refusal(f'what "{folder}" says of its study is damaged; with --resume it is mended.') from None
    size = sum(path.stat().st_size for path in folder.glob("list-*/part-*.parquet"))
    return {"asked": manifest["question"], "share": share, "lists": lists, "ended": ended, "working": _is_held(folder), "bytes": size}  # fmt: skip


def _is_held(folder: Path) -> bool:
    try:
        with _locked(folder):
            return False
    except Refusal:
        return True
