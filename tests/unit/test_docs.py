"""The documentation: its code runs, its generated pages are fresh."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
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
