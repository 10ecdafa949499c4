"""An answer as an RO-Crate: everything described, whole, and asked again from what lies in it."""

import hashlib
import json
import zipfile

import pytest

import opioidsim as ops
from opioidsim.refusal import Refusal
from opioidsim.show.crate import DESCRIPTOR, bundle


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crate") / "washout"
    ops.washout("naltrexone 50 mg oral", days=3.0).save(folder)
    return folder


def test_every_file_is_described_and_whole(answered):
    with zipfile.ZipFile(bundle(answered, answered.with_suffix(".zip"))) as archive:
        found = {each["@id"]: each for each in json.loads(archive.read(DESCRIPTOR))["@graph"]}
        inside = set(archive.namelist()) - {DESCRIPTOR}
        sums = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in inside}
    assert inside == {path.name for path in answered.iterdir()} == {part["@id"] for part in found["./"]["hasPart"]}
    assert all(found[name]["sha256"] == sums[name] for name in inside)
    assert found[DESCRIPTOR]["about"] == {"@id": "./"} and found["#asked"]["object"] == {"@id": "run.json"}
    assert {where["@id"] for where in found["./"]["citation"]} <= set(found)
    named = [each for each in found.values() if each["@type"] == "ScholarlyArticle"]
    assert len(named) == len({fact.source for _, fact in ops.ask(answered / "run.json").facts if fact.source})


def test_what_is_bundled_can_be_asked_again(answered, tmp_path):
    with zipfile.ZipFile(bundle(answered, tmp_path / "a.zip")) as archive:
        archive.extract("run.json", tmp_path)
    assert ops.ask(tmp_path / "run.json").table.equals(ops.ask(answered / "run.json").table)


def test_what_is_no_answer_is_refused(answered, tmp_path):
    with pytest.raises(Refusal, match="holds no answer"):
        bundle(tmp_path, tmp_path / "a.zip")
    with pytest.raises(Refusal, match=r"\.zip"):
        bundle(answered, tmp_path / "a.tar")
    (answered / "report.html").rename(tmp_path / "report.html")
    with pytest.raises(Refusal, match=r"has lost report\.html"):
        bundle(answered, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()
