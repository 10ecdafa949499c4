"""A mark of everything that the posterior was made from: open facts, priors, build rows, equations. It changes when they do."""

import ast
import hashlib
import json
from pathlib import Path

from pydantic import BaseModel

from opioidsim.calibration.open import everything
from opioidsim.facts.evidence import LIBRARY
from opioidsim.studies import transitions
from opioidsim.studies.rows import rows

EQUATIONS = Path(__file__).parents[1] / "model"


def mark() -> dict[str, str]:
    """A short hash each of facts, priors, rows and equations; words about them do not count."""
    facts = {n: (f.value, f.unit, f.low, f.high, f.spread) for n, f in sorted(everything().items())}
    told = [
        (r.id, _said(r.seen, {"fails", "why", "where", "read_in"}), _said(r.arm, {"observations"}))
        for r in rows("build")
    ]
    weeks = transitions.load("ctn-0094").model_dump(exclude={"title", "source", "where"})
    priors = {path.name: path.read_text(encoding="utf-8") for path in sorted((LIBRARY / "priors").glob("*.toml"))}
    equations = {path.name: bare(path) for path in sorted(EQUATIONS.glob("[!_]*.py"))}  # __init__ sets up JAX
    parts = {"facts": facts, "priors": priors, "rows": [told, weeks], "equations": equations}
    return {
        name: hashlib.sha256(json.dumps(part, default=str).encode()).hexdigest()[:16] for name, part in parts.items()
    }


def _said(row: BaseModel, words: set[str]) -> dict:
    """What a file says of a row; what it leaves at its default may be a field that is new."""
    return row.model_dump(exclude=words, exclude_defaults=True)


def bare(path: Path) -> str:
    """What a file does, without its comments and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
