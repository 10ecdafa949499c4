"""How numbers are written: one way to write a percent, and no exponents where people read curves."""

import ast
import re
from pathlib import Path

from opioidsim import story
from opioidsim.questions.run.words import COLUMNS, MINUTES
from opioidsim.show import words

ROOT = Path(__file__).parents[2]
KEYS = "opioidsim/story/"  # its English is the key of its phrases; `told` sets the space
TIGHT = re.compile(r"(?<!\.)\d%")  # ".1%" is a format of an axis


def _written(path: Path):
    """Line and text of what a module may say: strings that are no docstring, and formats of shares."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec and "%" in ast.unparse(node.format_spec):
            yield node.lineno, "0%"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings and "{" not in node.value:  # fmt: skip
            yield node.lineno, node.value


def test_a_percent_sign_stands_after_a_space():
    found = {
        f"{path.relative_to(ROOT).as_posix()}:{line}"
        for path in (ROOT / "opioidsim").rglob("*.py")
        for line, text in _written(path)
        if TIGHT.search(text)
    }
    assert [where for where in sorted(found) if not where.startswith((KEYS, "opioidsim/studies/ctn0094.py"))] == []
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]:
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not TIGHT.search(prose), f"{page.name}: {TIGHT.findall(prose)}"
    for chapter in story.chapters():
        drawn = story.drawn(chapter.slug)
        assert not TIGHT.search(drawn.said + " ".join(cell for row in drawn.picture.table() for cell in row))
    assert (words.percent(0.5), words.tenths(0.123), words.digits(0.98765)) == ("50 %", "12.3 %", "98.8 %")


def test_what_is_hardly_there_says_so_without_an_exponent():
    assert [words.seen(x) for x in (0.0, 1e-12, 8.88e-6, 1.2e-4, 0.0123, 5.2e5)] == [
        "0", "0", "under 0.0001", "0.00012", "0.0123", "520000"
    ]  # fmt: skip


def test_the_time_of_the_highest_is_told_in_minutes_where_minutes_count():
    (hours,), (minutes,) = ([c for c in columns if c.name == "time_of_peak_h"] for columns in (COLUMNS, MINUTES))
    assert (hours.head, hours.write(0.25)) == ("time of highest [h]", "0.25")
    assert (minutes.head, minutes.write(0.25), minutes.unit) == ("time of highest [min]", "15", "h")
