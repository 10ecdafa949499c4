"""The files of an answer: tables, figures, the report and run.json."""

import html
import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from opioidsim.cases import provenance
from opioidsim.files import whole, whole_folder
from opioidsim.refusal import lacks
from opioidsim.show import page
from opioidsim.show.answer import Answer, plain


def save(answer: Answer, folder: Path, *, replace: bool = False) -> list[Path]:
    """Everything an answer has, in one folder, all or none; returns the paths. Refuses a folder with another question's
    files unless `replace`."""
    with whole_folder(folder, answer.asked, replace) as keep:
        return keep(lambda hidden: write(answer, hidden))


def write(answer: Answer, folder: Path) -> list[Path]:
    """The files themselves."""
    made = write_table(answer.table, folder / answer.file_name)
    hangs = answer.sensitivity
    further = {**answer.tables(), **({"sensitivity.csv": pd.DataFrame(hangs.rows())} if hangs else {})}
    for file, table in further.items():
        made += write_table(table, folder / file) if isinstance(table, pd.DataFrame) else table(folder / file)
    paths, drawn = _figures(answer, folder)
    made += paths + write_text(page.report(answer, drawn), folder / "report.html")
    return made + write_text(json.dumps(record(answer), indent=1), folder / "run.json")


def undrawn() -> str:
    """A line that says why there are no figures, where what draws them is not installed; "" where it is."""
    if lacks("altair") or lacks("vl_convert"):
        return 'No figure was drawn: that needs  pip install "opioidsim[plot]".\n'
    return ""


def _figures(answer: Answer, folder: Path) -> tuple[list[Path], str]:
    """The files of the figures, and all of them as SVG text; where figures are not installed, none and a sentence."""
    if why := undrawn():
        return [], f"<p>{html.escape(why)}</p>"
    from opioidsim.show import theme

    found = [theme.save(chart, folder / f"figure-{name}") for name, chart in answer.figures().items()]
    return [path for paths, _ in found for path in paths], "".join(drawn for _, drawn in found)


def record(answer: Answer) -> dict:
    """What a reader needs to ask it again and to check it: what was asked, the scenario, versions, facts."""
    return {
        "asked": answer.asked,
        "scenario": answer.scenario.toml(),
        **answer.told(),
        "versions": {"opioidsim": provenance.this_version(), "jax": version("jax"), "numpy": version("numpy")},
        "facts": [{"name": name, **plain(fact.model_dump(exclude_none=True))} for name, fact in answer.facts],
    }


def write_text(text: str, path: Path) -> list[Path]:
    """A text as a whole file."""
    with whole(path) as file:
        file.write(text)
    return [path]


FORMULA = ("=", "+", "-", "@")  # what begins so is worked out by a spreadsheet


def harmless(frame):
    """The table with an apostrophe before each text that a spreadsheet would take for a formula."""

    def said(value):
        return f"'{value}" if isinstance(value, str) and value.lstrip().startswith(FORMULA) else value

    texts = frame.select_dtypes(exclude=["number", "bool"])
    return frame.assign(**{name: texts[name].map(said) for name in texts}).rename(columns=said)


def write_table(frame, path: Path) -> list[Path]:
    """A table as CSV (`harmless`) or Parquet; what is not a number, or never comes (infinity), is an empty cell."""
    import pyarrow
    import pyarrow.csv

    frame = frame.replace([np.inf, -np.inf], np.nan)
    table = pyarrow.Table.from_pandas(frame if path.suffix == ".parquet" else harmless(frame), preserve_index=False)
    with whole(path, "wb") as file:
        if path.suffix == ".parquet":
            import pyarrow.parquet

            pyarrow.parquet.write_table(table, file)
        else:
            file.write(f"{','.join(table.column_names)}\n".encode())
            pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))
    return [path]
