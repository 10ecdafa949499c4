"""A scenario on the page as a command and as Python, to be run elsewhere with the same numbers."""

from opioidsim.cases.scenario import Scenario

WHICH = ("first", "second")  # of two scenarios that are compared


def run_command(*scenarios: Scenario) -> str:
    """The scenario as a file, and the verb that runs it; of two that are compared, both, each with a folder of its own."""
    if len(scenarios) == 1:
        return _run(scenarios[0], "scenario", "results")
    return "\n".join(_run(each, which, f"results/{which}") for which, each in zip(WHICH, scenarios, strict=True))


def _run(scenario: Scenario, name: str, folder: str) -> str:
    return f"cat > {name}.toml <<'END'\n{scenario.toml()}END\nopioidsim run {name}.toml --out {folder}\n"


def run_python(*scenarios: Scenario) -> str:
    """The scenario as Python text; of two that are compared, both."""
    head = "import opioidsim as ops\nfrom opioidsim.cases.scenario import loads\n\n"
    loaded = [f'loads(r"""\n{each.toml()}""")' for each in scenarios]
    if len(scenarios) == 1:
        return f"{head}scenario = {loaded[0]}\nresult = ops.simulate(scenario)\nprint(result.outcomes())\n"
    named = "".join(f"{which} = {text}\n" for which, text in zip(WHICH, loaded, strict=True))
    return f"{head}{named}for scenario in ({', '.join(WHICH)}):\n    result = ops.simulate(scenario)\n    print(result.outcomes())\n"
