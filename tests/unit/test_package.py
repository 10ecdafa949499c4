"""What the package says of itself is the same everywhere: version, licence, authors; and what others run for it is named exactly."""

import re
import tomllib
from pathlib import Path

import opioidsim as ops

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CITATION = (ROOT / "CITATION.cff").read_text()


def cited(field: str) -> str:
    """A field of the citation, without quotation marks."""
    found = re.search(rf"^{field}: (.+)$", CITATION, re.M)
    assert found, f"CITATION.cff does not say its {field}"
    return found[1].strip('"')


def test_one_version():
    changes = re.findall(r"^## (\S+) \((.+)\)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert PROJECT["version"] == cited("version") == changes[0][0] == ops.__version__
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for _, day in changes[1:]), "what is released has its day"


def test_one_licence_and_one_name():
    licence = " ".join((ROOT / "LICENSE").read_text().split()[:4])
    assert PROJECT["license"] == cited("license") == "Apache-2.0"
    assert licence == "Apache License Version 2.0,"
    assert [author["name"] for author in PROJECT["authors"]] == re.findall(r'- name: "(.+)"', CITATION)
    assert cited("title").startswith(PROJECT["name"])
    assert cited("keywords") == f"[{', '.join(PROJECT['keywords'])}]"


def test_what_a_project_that_is_kept_has():
    for name in ("README.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", ".pre-commit-config.yaml",
                 ".github/dependabot.yml", ".github/ISSUE_TEMPLATE/fault.yml", ".github/ISSUE_TEMPLATE/wrong-number.yml"):  # fmt: skip
        assert (ROOT / name).read_text().strip(), name


def test_actions_are_named_by_hash():
    """A tag can be moved to other code; a hash cannot. Dependabot moves the hash, and the version behind it."""
    used = re.findall(
        r"uses: (\S+)(.*)", "".join(p.read_text() for p in (ROOT / ".github" / "workflows").glob("*.yml"))
    )
    assert used
    for action, note in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", note), f"{action} does not say its version"
