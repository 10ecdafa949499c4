"""An answer's folder as one archive that other programs understand: RO-Crate 1.1, a zip with what each file is and what made it.

https://w3id.org/ro/crate/1.1: a description in JSON-LD of the data, of the action that made them, of its instrument and its citations.
"""

import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from opioidsim.facts.evidence import sources
from opioidsim.files import TOLD, whole
from opioidsim.refusal import Refusal, read_text

FORMATS = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
DESCRIPTOR = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.1"


def bundle(folder: Path, path: Path) -> Path:
    """Writes the archive of an answer's folder. Raises Refusal for a folder that holds no answer, or not all of its files, and
    for a name that does not end in .zip."""
    if path.suffix != ".zip":
        raise Refusal(f'"{path.name}" is no archive; end its name with .zip.')
    told = _told(folder)
    files = [folder / name for name in told["files"]]
    lost = [file.name for file in files if not file.is_file()]
    if lost:
        raise Refusal(f'"{folder}" has lost {lost[0]}; ask again with --out, then bundle it.')
    described = json.dumps(
        {"@context": f"{SPECIFICATION}/context", "@graph": graph(folder.name, files, told)}, indent=1
    )
    with whole(path, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DESCRIPTOR, described)
        for each in files:
            archive.write(each, each.name)
    return path


def _told(folder: Path) -> dict[str, Any]:
    """What run.json tells of the folder's files."""
    try:
        told = json.loads(read_text(folder / TOLD))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or not {"files", "asked", "versions", "facts"} <= set(told):
        raise Refusal(f'"{folder}" holds no answer: it has no {TOLD} of a question asked with --out.')
    return told


def graph(name: str, files: list[Path], told: dict[str, Any]) -> list[dict[str, Any]]:
    """The entities: descriptor, folder, files, the action that made them, its instrument, and what its numbers are from."""
    made = datetime.fromtimestamp(max(file.stat().st_mtime for file in files), UTC).isoformat(timespec="seconds")
    keys = sorted({fact["source"] for fact in told["facts"] if fact.get("source")} & set(sources()))
    parts = [{"@id": file.name} for file in files]
    cited = [{"@id": sources()[key].link if sources()[key].doi else f"#{key}"} for key in keys]
    question, version = told["asked"]["question"], told["versions"]["opioidsim"]
    return [
        {"@id": DESCRIPTOR, "@type": "CreativeWork", "conformsTo": {"@id": SPECIFICATION}, "about": {"@id": "./"}},
        {"@id": "./", "@type": "Dataset", "name": name, "description": f"The answer to a question of {question}, simulated by opioidsim {version}.",
         "datePublished": made, "license": {"@id": "https://spdx.org/licenses/Apache-2.0"}, "hasPart": parts, "citation": cited,
         "mentions": {"@id": "#asked"}},
        *(_file(file) for file in files),
        {"@id": "#asked", "@type": "CreateAction", "name": question, "instrument": {"@id": "#opioidsim"}, "object": {"@id": TOLD},
         "result": [part for part in parts if part["@id"] != TOLD], "endTime": made},
        {"@id": "#opioidsim", "@type": "SoftwareApplication", "name": "opioidsim", "softwareVersion": version},
        *({"@id": where["@id"], "@type": "ScholarlyArticle", "name": sources()[key].title, "author": sources()[key].authors,
           "datePublished": str(sources()[key].year)} for key, where in zip(keys, cited, strict=True)),
    ]  # fmt: skip


def _file(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"@id": path.name, "@type": "File", "name": path.name, "contentSize": str(len(data)), "sha256": hashlib.sha256(data).hexdigest(),
            "encodingFormat": FORMATS.get(path.suffix, "application/octet-stream")}  # fmt: skip
