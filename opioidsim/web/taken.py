"""What is on the screen as files: figures, tables, the report, the question, a notebook, or everything in one archive."""

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from opioidsim.questions import copies
from opioidsim.show.answer import Answer

FILES = {
    "figure.png": "image/png",
    "figure.svg": "image/svg+xml",
    "summary.csv": "text/csv",
    "table.csv": "text/csv",
    "table.parquet": "application/vnd.apache.parquet",
    "report.html": "text/html",
    "question.toml": "application/toml",
    "notebook.ipynb": "application/x-ipynb+json",
    "everything.zip": "application/zip",
}


def file(answer: Answer, name: str, python: str) -> bytes:
    """One of FILES. python: the answer's question as Python text. summary.csv: what the page's table shows; table: what --out keeps."""
    from opioidsim.show import files, page, theme

    if name.startswith("figure"):
        drawn = theme.svg(answer.plot())
        return theme.png(drawn) if name.endswith("png") else drawn.encode()
    if name == "report.html":
        return page.report(answer, "".join(theme.svg(chart) for chart in answer.figures().values())).encode()
    if name == "question.toml":
        return copies.toml(answer.asked).encode()
    if name == "notebook.ipynb":
        return copies.notebook(answer.head, python).encode()
    with TemporaryDirectory() as folder:
        if name == "everything.zip":
            return _archive(files.write(answer, Path(folder)), copies.toml(answer.asked))
        import pandas as pd

        table = pd.DataFrame(answer.lines()) if name == "summary.csv" else answer.table
        return files.write_table(table, Path(folder) / name)[0].read_bytes()


def _archive(paths: list[Path], question: str) -> bytes:
    """The files of an answer, and what was asked, in one archive."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
        archive.writestr("question.toml", question)
    return held.getvalue()
