"""One's own drugs, studies, scenarios and trials beside the package's."""

import pytest

import opioidsim as ops
from opioidsim import catalogue
from opioidsim.catalogue.check import library_faults, place_holders
from opioidsim.facts.own import own


@pytest.fixture
def mine(tmp_path):
    """A folder with a new file of each kind."""
    for kind in ("drug", "study", "scenario", "trial"):
        catalogue.new(kind, f"my-{kind}", tmp_path)
    return tmp_path


def test_what_new_writes_is_sound_and_beside_the_packages(mine):
    with ops.Library(mine):
        assert library_faults()[1] == []
        for kind in ("drug", "study", "scenario", "trial"):
            plural = {"study": "studies"}.get(kind, f"{kind}s")
            assert {f"my-{kind}"} < set(ops.names(plural))
        assert ops.drug("my-drug").routes.keys() == {"iv", "oral"}
    assert own() is None
    assert "my-drug" not in ops.names()
    with pytest.raises(ops.Refusal, match='there is no drug "my-drug".*new drug NAME'):
        ops.drug("my-drug")


def test_numbers_that_nobody_has_mended_are_told(mine):
    assert place_holders() == []
    file = mine / "drugs" / "my-drug.toml"
    file.write_text(file.read_text().replace("A place holder.", "Measured here.", 2))
    with ops.Library(mine):
        assert place_holders() == ["my-drug: so many numbers are still place holders: 7."]


def test_an_own_drug_is_run_and_an_own_study_held_against_it(mine):
    with ops.Library(mine):
        found = ops.simulate(
            ops.Scenario(doses=["my-drug 30 mg oral"], duration="1 d", outputs=["concentration.my-drug"])
        )
        clearance = ops.drug("my-drug").disposition.CL.value
        area = found.outcomes()["concentration.my-drug area"].item()
        assert area == pytest.approx(30 * ops.drug("my-drug").routes["oral"].F.value / clearance * 1000, rel=1e-2)
        assert [line.score.study for line in ops.validate(["my-study"])] == ["my-study"]


def test_a_drug_that_cannot_be_read_is_named_before_anything_that_it_spoils(mine):
    file = mine / "drugs" / "my-drug.toml"
    file.write_text(file.read_text().replace('duration = "short"', 'duration = "shrt"'))
    with ops.Library(mine):
        (said,) = library_faults()[1]
        assert said.startswith("drugs/my-drug.toml: \"duration\" is 'shrt'")
        with pytest.raises(ops.Refusal, match="drugs/my-drug.toml"):
            ops.names("protocols")


def test_own_files_may_cite_own_sources(mine):
    study = mine / "studies" / "my-study.toml"
    study.write_text(study.read_text().replace("lee-1988", "my-paper"))
    with ops.Library(mine):
        assert any(
            '"my-paper" is not in sources.toml. A new one goes into the sources.toml beside' in fault
            for fault in library_faults()[1]
        )
    (mine / "sources.toml").write_text(
        '["my-paper"]\ntitle = "A paper"\nauthors = "Somebody A"\nyear = 2020\ndoi = "10.1000/1"\nread_in = "paper"\n'
    )
    with ops.Library(mine):
        assert library_faults()[1] == []


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("drug", "naltrexone", 'there is a drug "naltrexone" already'),
        ("drug", "my-drug", 'there is a drug "my-drug" already'),
        ("drug", "../x", "is no name of a file"),
        ("drug", "My Drug", "is no name of a file"),
        ("planet", "x", "is no kind of file here"),
    ],
)
def test_what_cannot_be_written_is_refused(mine, kind, name, said):
    with pytest.raises(ops.Refusal, match=said):
        catalogue.new(kind, name, mine)


def test_a_name_of_the_package_and_a_folder_that_is_not_there_are_refused(mine):
    with pytest.raises(ops.Refusal, match="there is no folder"):
        ops.Library(mine / "nowhere")
    (mine / "drugs" / "naloxone.toml").write_text("")
    with ops.Library(mine), pytest.raises(ops.Refusal, match="has the name of a file of the package"):
        ops.names()
    assert "naloxone" in ops.names()
