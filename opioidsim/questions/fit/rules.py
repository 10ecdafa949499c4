"""What is thought of a population before its data are read, where no fact says it: `library/fit.toml`."""

from functools import cache

from opioidsim.facts.evidence import LIBRARY, Table, build, read_toml


class Rules(Table):
    """See the file."""

    about: str
    wide: float
    spread: float
    correlation: float
    covariate: float
    error_share: float
    error_size: float
    begin_spread: float
    begin_error: float
    r_hat: float
    draws: float


@cache
def rules() -> Rules:
    """The rules of the library."""
    return build(Rules, read_toml(LIBRARY / "fit.toml"), "fit.toml")
