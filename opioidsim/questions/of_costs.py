"""What answers about a trial and what it costs have in common."""

from dataclasses import dataclass

from opioidsim.cases.cautions import Caution
from opioidsim.cases.costs import Costs
from opioidsim.facts.evidence import Fact
from opioidsim.questions.trial.run import Trial
from opioidsim.show.answer import Answer


@dataclass(frozen=True, kw_only=True)
class OfCosts(Answer):
    """An answer that rests on a trial's, with costs and utilities beside it."""

    trial: Trial
    costs: Costs

    @property
    def under(self) -> str:
        return f"{self.trial.under}; {self.costs.title}"

    @property
    def brackets(self) -> str:
        return self.trial.brackets

    @property
    def cautions(self) -> list[Caution]:
        return self.trial.cautions

    @property
    def facts(self) -> list[tuple[str, Fact]]:
        """Those of the trial, then costs and utilities."""
        return [*self.trial.facts, *self.costs.facts().items()]
