"""A scenario on the page as a command and as Python, to be run elsewhere with the same numbers."""

from opioidsim.cases.scenario import Scenario


def run_command(scenario: Scenario) -> str:
    """The scenario as a file, and the verb that runs it."""
    return f"cat > scenario.toml <<'END'\n{scenario.toml()}END\nopioidsim run scenario.toml --out results\n"


def run_python(scenario: Scenario) -> str:
    """The scenario as Python text."""
    return f'import opioidsim as ops\nfrom opioidsim.cases.scenario import loads\n\nscenario = loads(r"""\n{scenario.toml()}""")\nresult = ops.simulate(scenario)\nprint(result.outcomes())\n'
