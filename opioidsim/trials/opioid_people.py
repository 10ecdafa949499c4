"""Who takes part in a trial of opioid use disorder, what an arm gives, and what is remembered of each day; as arrays."""

from typing import Any, NamedTuple


class Person(NamedTuple):
    """What does not change in a person; each (people,).

    habit, milligrams: the habit's dose, in nmol and in mg of the label. clean: days clean at
    randomisation.
    use, leave, take, attend: own inclinations, added to the logit of using, to ln h of leaving, to
    the logits of taking a tablet and of giving a urine. Most of what differs between people in
    treatment lies here.
    """

    habit: Any
    milligrams: Any
    clean: Any
    use: Any
    leave: Any
    take: Any
    attend: Any


class Treatment(NamedTuple):
    """An arm, as the days need it, by stage: the arm's own, and that of the arm to which people switch. Days count from each
    person's own first dose of the stage.

    tablets: [mg], (stages, days, inputs). planned: whether a tablet is due, (stages, days). per_mg: nmol per mg,
    (inputs, people); 0 in placebo, which is taken, and missed, like the drug.
    shots: injections [mg], (stages, count + 1). gaps: days from each to the next, (stages, count + 1). count: how
    many there are, (stages,); the rest of both is 0, for who has had all. shot_input: the input of an
    injection, (stages,).
    opioid_free: days without opioids asked before the first dose, (stages,); 0: given at once. outside: 1
    where people wait at home, 0 where they wait in a clinic and do not use. seen: 1 where the
    medicine is taken in front of staff, (stages,).
    use, leave, take, attend: what care, or none, adds to the logit of using, to ln h of leaving and
    to the logits of taking and of giving a urine, (stages, people).
    changes: the rules by which a physician changes it, see `Changes`.
    """

    tablets: Any
    per_mg: Any
    planned: Any
    shots: Any
    gaps: Any
    count: Any
    shot_input: Any
    opioid_free: Any
    outside: Any
    seen: Any
    use: Any
    leave: Any
    take: Any
    attend: Any
    changes: Any


class Changes(NamedTuple):
    """step: [mg] by which each tablet of the day rises after seven days with use on one of them, in treatment; most: up to so much
    more [mg]; (stages,). switch: after how many days of use in a row the next stage begins; 0: never. back: the chance a day that who
    has left comes back, and begins anew."""

    step: Any
    most: Any
    switch: Any
    back: Any


class Medicine(NamedTuple):
    """What the receptor makes of a dose: efficacy, and that in breathing (ligands, people); which ligands are silent, and which
    are no full agonists in breathing (ligands,); inputs."""

    efficacy: Any
    breathing: Any
    silent: Any
    opposing: Any
    inputs: Any  # (inputs,) of the medicine, then the opioid's
    liking: Any  # the facts of liking, by symbol


class Mind(NamedTuple):
    """Wanting and memory, and where a person stands in treatment; each (people,).

    learned: wanting, 0..1. rewarded: the best recent reward, 0..1. missed: whether a due medicine
    was not taken the day before.
    satisfied: mean mu activation of the last day, 0..1; grip: the same with each drug's part times
    what it alone can reach; blocked: mean depth of the blockade, 0..4. These three are of yesterday, since
    today's follow from what is decided now.
    free: days since the last use. began: day of the first dose, -1: none yet. left: whether
    treatment was left.
    due: days to the next injection. given: injections so far. lived: tolerance that the habit had brought.
    stage: of the treatment, 0 the arm's own. since: day of the first dose of the stage, or since coming back, -1: none yet. extra: what is given more than
    planned [mg]. row: days of use in a row. changed: day of the last change of the dose, from which the next seven count.
    """

    learned: Any
    rewarded: Any
    missed: Any  # whether a due medicine was not taken
    satisfied: Any  # mean activation of the last day
    grip: Any  # the same, each drug's part times what it alone can reach
    blocked: Any  # mean depth of the blockade
    free: Any  # days since the last use
    began: Any  # day of the first dose; -1: none yet
    left: Any
    due: Any  # days to the next injection
    given: Any  # injections so far
    lived: Any  # tolerance at the end of the habit
    stage: Any
    since: Any  # day of the first dose of the stage; -1: none yet
    extra: Any  # more than planned [mg]
    row: Any  # days of use in a row
    changed: Any  # day of the last change of the dose


class Day(NamedTuple):
    """What is remembered of each day; (days, people), of uses (days, parts, people).

    milligrams: each use [mg], 0: none. tolerance: at the moment of use. kept: share of
    receptors kept from a full agonist then. These three by parts: overdoses are looked up for each
    use.
    reward: the day's best, 0..1. craving: 0..1. withdrawal: score over its largest, 0..1.
    staying: in treatment, after the first dose. began: whether the first dose was today. took,
    injected: a tablet, an injection. attends: whether the visit's urine was given. switched: whether the next stage began today;
    back: whether who had left came back; extra: what was given more than planned [mg].

    Numbers are kept in 32 bits: days times people are many, and nothing is computed from them that
    needs more.
    """

    milligrams: Any
    tolerance: Any
    kept: Any  # share of receptors kept from a full agonist
    reward: Any
    craving: Any
    withdrawal: Any
    staying: Any
    began: Any
    took: Any
    injected: Any
    attends: Any
    switched: Any
    back: Any
    extra: Any
