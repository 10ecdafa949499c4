"""What is public has types: the modules behind the names are checked strictly, and what a user may write is what records read."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

import opioidsim as ops
from opioidsim.cases import said
from opioidsim.cases.before import Before

ROOT = Path(__file__).parents[2]
PYRIGHT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pyright"]


def test_every_module_behind_a_public_name_is_checked_strictly():
    stub = (ROOT / "opioidsim" / "__init__.pyi").read_text()
    for name in sorted(set(re.findall(r"^from (\S+) import", stub, re.M))):
        path = ROOT / (name.replace(".", "/") + ".py")
        path = path if path.exists() else path.with_suffix("") / "__init__.py"
        assert any(fnmatch(str(path.relative_to(ROOT)), pattern) for pattern in PYRIGHT["strict"]), path
    assert all(list(ROOT.glob(pattern)) for pattern in PYRIGHT["strict"])


@pytest.mark.parametrize(
    ("record", "written"),
    [
        (ops.Scenario, said.ScenarioSaid),
        (ops.Person, said.PersonSaid),
        (ops.Population, said.PopulationSaid),
        (ops.Plan, said.PlanSaid),
        (Before, said.BeforeSaid),
    ],
)
def test_what_may_be_written_is_what_the_record_reads(record, written):
    assert written.__annotations__.keys() == record.model_fields.keys()


def test_texts_and_tables_are_no_type_errors():
    """pyright reads this strictly (see `include`); here it is seen to be true as well."""
    import as_written

    assert as_written.SCENARIO.doses[0].amount == 50
    assert as_written.OVERDOSE.person.tolerance == 1.0
    assert as_written.PLAN.length == 84
