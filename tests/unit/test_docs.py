"""The documentation: its code runs, its generated pages are fresh."""

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))


# What a reader meets first, and a page whose blocks are quick; the blocks of every other page are run in the long tests.
RUN = [pytest.param(page, marks=[pytest.mark.long] * (page.name not in ("README.md", "tables.md"))) for page in PAGES]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_python_blocks_run(page):
    """All blocks of a page in one namespace, from top to bottom."""
    namespace: dict = {}
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
        exec(compile(block, page.name, "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} points to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_scenarios_in_the_text_are_sound(page):
    from opioidsim.cases.scenario import loads

    for block in re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL):
        if "doses" in block:
            loads(block)


@pytest.mark.parametrize(
    ("name", "text"), generate["drug_sheets"]().items(), ids=lambda item: item if len(item) < 40 else ""
)
def test_drug_sheets_are_fresh(name, text):
    assert (ROOT / "docs" / name).read_text() == text, "run: make docs"


def test_glossary_and_command_line_are_fresh():
    assert (ROOT / "docs" / "glossary.md").read_text() == generate["glossary"](), "run: make docs"
    assert (ROOT / "docs" / "cli.md").read_text() == generate["command_line"](), "run: make docs"
    assert (ROOT / "docs" / "statements.md").read_text() == generate["sayings"](), "run: make docs"


def test_the_pages_of_the_body_are_fresh():
    assert (ROOT / "docs" / "body.md").read_text() == generate["body"](), "run: make docs"


def test_the_page_of_what_is_not_known_is_fresh():
    page = runpy.run_path(str(ROOT / "docs" / "unknown.py"))["page"]
    assert (ROOT / "docs" / "unknown.md").read_text() == page(), "run: make docs"


def test_the_types_of_what_is_public_are_fresh():
    import opioidsim as ops

    stub = (ROOT / "opioidsim" / "__init__.pyi").read_text()
    assert stub == generate["stub"](), "run: make docs"
    assert set(re.findall(r" as (\w+)\n", stub)) == set(ops.__all__)


LEARN = sorted((ROOT / "docs" / "learn").glob("*.py"))


@pytest.mark.long
@pytest.mark.parametrize("page", LEARN, ids=lambda page: page.name)
def test_pages_that_are_executed_run(page):
    done = subprocess.run([sys.executable, page], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", LEARN, ids=lambda page: page.name)
def test_links_of_executed_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} points to {target}"


def test_every_equation_stands_on_the_page():
    """Every public function of model/ that is no arithmetic is named beside its formula, and nothing else is."""
    page = (ROOT / "docs" / "equations.md").read_text()
    there = {}
    for path in sorted((ROOT / "opioidsim" / "model").glob("*.py")):
        found = [n.name for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)]
        there[path.stem] = {name for name in found if not name.startswith("_")}
    told = set(re.findall(r"`(?:\w+\.)?(\w+)`", page))
    for module, names in there.items():
        if module not in ("stepping", "powers"):
            assert names <= told, f"{module}: {names - told} are not on docs/equations.md"
    for module, name in re.findall(r"`(\w+)\.(\w+)`", page):
        assert name in there.get(module, {name}) or name == "py", f"there is no {module}.{name}"


def test_the_navigation_of_the_site_has_every_page():
    nav = (ROOT / "mkdocs.yml").read_text()
    named = set(re.findall(r": ([\w/]+\.(?:md|py))", nav))
    there = {path.name for path in (ROOT / "docs").glob("*.md")} | {f"learn/{path.name}" for path in LEARN}
    there |= {f"reference/{path.name}" for path in (ROOT / "docs" / "reference").glob("*.md")}
    assert named - {"changes.md", "contributing.md"} == there


def test_the_reference_has_every_public_name():
    import opioidsim as ops

    page = (ROOT / "docs" / "reference" / "python.md").read_text()
    answers = {name.title() for name in ops.names("questions")}
    assert {name for name in ops.__all__ if name not in answers} <= set(re.findall(r"\.(\w+)\n", page)) | {"run"}


@pytest.mark.long
def test_the_page_of_fits_is_followed_to_the_letter(tmp_path):
    """Every command of docs/fit.md, one behind the other, from an empty folder."""
    import os
    import subprocess
    import sys

    here = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for block in re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "fit.md").read_text(), re.DOTALL):
        done = subprocess.run(["bash", "-e"], input=block, text=True, cwd=tmp_path, env=here, capture_output=True)
        assert done.returncode == 0, f"{block[:80]}: {done.stderr}"
    assert (tmp_path / "fitted" / "draws.nc").exists() and (tmp_path / "again" / "figure-compare.png").exists()
