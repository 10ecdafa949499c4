"""Written by docs/generate.py from what opioidsim/__init__.py makes public."""

from opioidsim.cases.dose import Dose as Dose
from opioidsim.cases.drug import Drug as Drug
from opioidsim.cases.person import Person as Person
from opioidsim.cases.person import Population as Population
from opioidsim.cases.scenario import Scenario as Scenario
from opioidsim.cases.trial_plan import Plan as Plan
from opioidsim.catalogue import Library as Library
from opioidsim.catalogue import drug as drug
from opioidsim.catalogue import names as names
from opioidsim.catalogue import study as study
from opioidsim.engine.result import Result as Result
from opioidsim.facts.evidence import Fact as Fact
from opioidsim.questions import ask as ask
from opioidsim.questions.abuse import abuse as abuse
from opioidsim.questions.abuse.run import Abuse as Abuse
from opioidsim.questions.blockade import blockade as blockade
from opioidsim.questions.blockade.run import Blockade as Blockade
from opioidsim.questions.compare import compare as compare
from opioidsim.questions.compare.run import Compare as Compare
from opioidsim.questions.enough import enough as enough
from opioidsim.questions.enough.run import Enough as Enough
from opioidsim.questions.fit import fit as fit
from opioidsim.questions.fit.run import Fit as Fit
from opioidsim.questions.found import found as found
from opioidsim.questions.found.run import Found as Found
from opioidsim.questions.induction import induction as induction
from opioidsim.questions.induction.run import Induction as Induction
from opioidsim.questions.optimise import optimise as optimise
from opioidsim.questions.optimise.run import Optimise as Optimise
from opioidsim.questions.question import Who as Who
from opioidsim.questions.question import Work as Work
from opioidsim.questions.relapse import relapse as relapse
from opioidsim.questions.relapse.run import Relapse as Relapse
from opioidsim.questions.release import release as release
from opioidsim.questions.release.run import Release as Release
from opioidsim.questions.rescue import rescue as rescue
from opioidsim.questions.rescue.run import Rescue as Rescue
from opioidsim.questions.reversal import reversal as reversal
from opioidsim.questions.reversal.run import Reversal as Reversal
from opioidsim.questions.risk import risk as risk
from opioidsim.questions.risk.run import Risk as Risk
from opioidsim.questions.run import run as run
from opioidsim.questions.run import simulate as simulate
from opioidsim.questions.run.simulated import Run as Run
from opioidsim.questions.trial import trial as trial
from opioidsim.questions.trial.run import Trial as Trial
from opioidsim.questions.washout import washout as washout
from opioidsim.questions.washout.run import Washout as Washout
from opioidsim.questions.worth import worth as worth
from opioidsim.questions.worth.run import Worth as Worth
from opioidsim.refusal import Refusal as Refusal
from opioidsim.show.answer import Answer as Answer
from opioidsim.studies.predictive import validate as validate

__version__: str
__all__: list[str]
