"""The house: imports point down, equations know only JAX, what needs no JAX stays light, files stay short."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "opioidsim"
FILES = sorted(PACKAGE.rglob("*.py"))

# CONTRIBUTING.md holds the map: each file may import only what stands before it. New files are put there first.
MAP = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1]
ORDER = [line.split()[0].removesuffix(".py").removesuffix("/") for line in MAP.strip().splitlines()]


def part(path):
    """The name in ORDER of the file; "" for the package itself, which may import anything."""
    top = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if top == "__init__" else top


def imported(path):
    """The dotted names a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write imports in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    own = part(path)
    if not own:
        return
    assert own in ORDER, f"{path.name} is not in the map of CONTRIBUTING.md"
    used = {name.split(".")[1] for name in imported(path) if name.startswith("opioidsim.")} - {own}
    assert {name for name in used if ORDER.index(name) > ORDER.index(own)} == set()


@pytest.mark.parametrize("path", [path for path in FILES if part(path) == "model"], ids=lambda path: path.name)
def test_equations_import_only_jax_and_each_other(path):
    allowed = {"jax", "numpy", "typing", "collections", "opioidsim.model"} | (
        {"os", "pathlib"} if path.name == "__init__.py" else set()
    )
    used = {".".join(name.split(".")[: 2 if name.startswith("opioidsim") else 1]) for name in imported(path)}
    assert used <= allowed


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("module", ["cases.scenario", "cases.cautions", "surfaces.surface"])
def test_what_needs_no_arrays_does_not_load_jax(module):
    code = f"import opioidsim.{module}, sys; sys.exit(sorted(set(sys.modules) & {{'jax', 'xarray', 'pandas', 'altair'}}).__repr__())"
    said = subprocess.run([sys.executable, "-c", code], cwd=PACKAGE.parent, capture_output=True, text=True)
    assert said.stderr.strip() == "[]"


def test_the_library_holds_no_code():
    assert list((PACKAGE / "library").rglob("*.py")) == []
