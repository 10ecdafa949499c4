"""What holds of withdrawal and liking along a course, whatever the opioid."""

import pytest

OPIOIDS = [
    ("heroin {} mg iv every 8 h x 30", 232.0, 25),
    ("morphine {} mg oral every 8 h x 30", 232.0, 30),
    ("methadone {} mg oral every 24 h x 14", 312.0, 20),
    ("buprenorphine {} mg sublingual every 24 h x 14", 312.0, 4),
]
IDS = [text.split()[0] for text, *_ in OPIOIDS]


def score(run, *doses, hours, after=0.0):
    """The highest withdrawal score from `after` [h] on."""
    result = run(*doses, duration=f"{hours} h", outputs=["withdrawal"])
    return result.values["withdrawal"][0][result.times >= after].max()


@pytest.mark.parametrize(("habit", "last", "dose"), OPIOIDS, ids=IDS)
def test_more_of_a_habit_never_leaves_less_withdrawal(run, habit, last, dose):
    less, more = (score(run, habit.format(dose * k), hours=last + 240, after=last) for k in (1, 3))
    assert more >= less - 0.05


@pytest.mark.parametrize(("habit", "last", "dose"), OPIOIDS, ids=IDS)
@pytest.mark.parametrize("hours", [6, 48])
def test_an_antagonist_never_leaves_less_and_more_of_it_never_less_than_a_little(run, habit, last, dose, hours):
    at, end = last + hours, last + hours + 24
    given = habit.format(3 * dose)
    none, little, much = (
        score(run, given, *([f"naltrexone {mg} mg oral at {at} h"] if mg else []), hours=end, after=at)
        for mg in (0, 2, 50)
    )
    assert none <= little + 0.05 and little <= much + 0.05


@pytest.mark.parametrize("dose", ["naloxone 2 mg iv", "naltrexone 50 mg oral", "nalmefene 1 mg iv"])
def test_an_antagonist_does_nothing_to_who_never_took_an_opioid(run, dose):
    assert score(run, dose, hours=48) == 0.0


@pytest.mark.parametrize(("habit", "last", "dose"), OPIOIDS[:2], ids=IDS[:2])  # methadone heaps up
def test_the_same_dose_is_liked_less_by_who_has_lived_with_it(run, habit, last, dose):
    result = run(habit.format(dose), duration=f"{last + 8} h", outputs=["liking"])
    times, liked = result.times, result.values["liking"][0]
    assert liked[times >= last].max() - liked[times >= last][0] <= liked[times <= 8].max() + 0.05


def test_withdrawal_comes_after_one_dose_too_but_little(run):
    """Acute dependence: naloxone six hours after a single dose of morphine."""
    with_it = score(run, "morphine 20 mg iv", "naloxone 10 mg iv at 6 h", hours=8, after=6.0)
    alone = score(run, "morphine 20 mg iv", hours=8)
    assert 1.25 * alone < with_it < 20 and alone < 5  # not even mild; people without naloxone feel nothing
