"""What the verbs write: tables, figures, the report and run.json, each file whole or not at all."""

from opioidsim.cases import provenance
from opioidsim.cases.scenario import Scenario


def record(scenario: Scenario) -> dict:
    """What a reader needs to run it again: scenario, seed, versions, facts."""
    from importlib.metadata import version

    return {
        "scenario": scenario.toml(),
        "seed": scenario.population.seed if scenario.population else None,
        "versions": {"opioidsim": provenance.this_version(), "jax": version("jax"), "numpy": version("numpy")},
        "facts": [{"name": name, **fact.model_dump(exclude_none=True)} for name, fact in provenance.facts(scenario)],
    }
